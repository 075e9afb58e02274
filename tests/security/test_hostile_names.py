"""Hostile owners, items and titles over HTTP: the file's name does no harm, the file opens."""

import asyncio
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.model.catalog import formats
from activities.model.content import Flashcard, Item
from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from scripts.validation.readers import TEXT_OF
from tests.client import ServiceClient
from tests.services.export.api_kit import BOTH

OWNERS = ["../../etc", "a' OR '1'='1", "\U0001f469\U0001f3fd\u200d"[:2], "%2e%2e%2f", "x" * 255]
"""Each exports one format after the other."""
TITLES = {
    "header": 'x"\r\nSet-Cookie: a=b\r\n\r\n<script>',
    "path": "../../../etc/passwd",
    "windows": "..\\..\\C:\\con",
    "override": "gpj\u202eexe.pdf",
    "nul": "a\0b.pdf",
    "four bytes": "\U0001f600\U00020000 title",
    "long": "title " * 5_000,
    "quotes": "x'; filename*=UTF-8''evil.exe; y=\"",
    "percent": "%0d%0aSet-Cookie:a=b %00",
    "blank": "\u200b\u00a0 \t",
}
IDS = {kind: f"{kind}/../?a=b&#%00\U0001f600'\"" for kind in TITLES} | {"long": "i" * 255}
HEADER = re.compile(r"attachment; filename=\"([^\"\\]*)\"; filename\*=UTF-8''([!#$&+\-.^_`|~\w%]+)")
FORBIDDEN = set('/\\:*?"<>|\0\r\n')
# What may not stand in a name: control characters, and marks that turn the direction around.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


async def store(stack: Stack, items: list[Item]) -> None:
    database = connect(stack.settings.database)
    await SqlContent(database).store(items)
    await database.close()


@pytest.fixture(scope="module")
def stored(guarded: Stack) -> Stack:
    items = [
        item(
            IDS[kind],
            owner_id=owner,
            title=title,
            study_guide=f"guide of {number} end",
            flashcards=[Flashcard(f"guide of {number} end", "Back", "card-1")],
        )
        for owner in OWNERS
        for number, (kind, title) in enumerate(TITLES.items())
    ]
    asyncio.run(store(guarded, items))
    return guarded


@pytest.mark.parametrize("format_id", sorted(TEXT_OF))
def test_names_are_harmless_and_files_open(stored: Stack, tmp_path: Path, format_id: str) -> None:
    owner = OWNERS[sorted(TEXT_OF).index(format_id) % len(OWNERS)]
    token = issue_token(stored.settings, owner, BOTH, timedelta(hours=1))
    with ServiceClient(stored.api, token) as client:
        started = [client.export([IDS[kind]], format_id)["job_id"] for kind in TITLES]
        for number, job_id in enumerate(started):
            job = client.wait(job_id, 120)
            assert job["status"] == "completed", job
            response = client.http.get(f"/api/export/jobs/{job_id}/download")
            assert response.status_code == 200
            assert "set-cookie" not in response.headers
            check_name(response.headers["content-disposition"], job["file"]["name"], format_id)

            file = tmp_path / f"{number}.{formats()[format_id].extension}"
            file.write_bytes(response.content)
            text = TEXT_OF[format_id](file)
            assert f"guide of {number} end" in " ".join(text.split())


def check_name(header: str, name: str, format_id: str) -> None:
    """The header is as RFC 6266 and RFC 8187 have it, and its names could be used anywhere."""
    match = HEADER.fullmatch(header)
    assert match, header
    plain, encoded = match.groups()
    shown = unquote_to_bytes(encoded).decode("utf-8", "strict")
    assert shown == name
    for each in (plain, shown):
        assert not FORBIDDEN & set(each)
        assert not TURNING & set(each)
        assert not any(unicodedata.category(char) == "Cc" for char in each)
        assert each.endswith(f".{formats()[format_id].extension}")
        assert not each.startswith((".", "-", " "))
        assert len(each.encode()) <= 255
    assert plain.isascii()
    assert not re.match(r"(con|prn|aux|nul)\.", shown, re.IGNORECASE)
