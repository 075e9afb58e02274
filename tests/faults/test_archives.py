"""An archive of thousands of items is whole, however often what makes it is killed."""

import asyncio
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.automation.signed_statement import opened
from activities.automation.signing_keys import SigningKeys
from activities.formats.testing.items import item
from scripts.dev.credentials import issue_token, load_secrets
from scripts.load_content import load
from tests.client import ServiceClient
from tests.faults.arena import Arena, running_arena
from tests.waiting import eventually

pytestmark = pytest.mark.faults

ITEMS = 5_000
KILLS = 20
SECONDS = 900.0
ROLES = ("worker-io", "worker-render", "api")
URL = "/api/export/archives"
OWNER = "archivist"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Arena]:
    """A service in which one owner has thousands of items."""
    with running_arena(tmp_path) as arena:
        found = [
            item(
                f"archived-{n}",
                owner_id=OWNER,
                study_guide=f"Item {n}. " + "Many words. " * 150,
                created_at=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n),
            )
            for n in range(ITEMS)
        ]
        asyncio.run(load(found, arena.stack.settings.database))
        yield arena


@pytest.fixture
def archivist(full: Arena) -> Iterator[ServiceClient]:
    scope = "export:read export:write"
    token = issue_token(full.stack.settings, OWNER, scope, timedelta(days=1))
    with ServiceClient(full.stack.api, token) as client:
        yield client


def asked(client: ServiceClient, path: str) -> httpx.Response | None:
    """What the API answers; None while there is none."""
    with suppress(httpx.TransportError):
        response = client.http.get(path)
        return response if response.is_success else None
    return None


def test_archive_is_whole_after_twenty_kills(full: Arena, archivist: ServiceClient) -> None:
    chance = random.Random(31)
    body: dict[str, Any] = {"formats": ["jsonl"], "part_bytes": 1024**2}
    made = archivist.http.post("/api/export/archive", json=body)
    assert made.status_code == 202, made.text
    url = f"{URL}/{made.json()['archive_id']}"
    archive: dict[str, Any] = {}

    def has_ended() -> bool:
        response = asked(archivist, url)
        archive.update(response.json() if response else {})
        return archive.get("status") in {"completed", "failed", "cancelled"}

    began = time.monotonic()
    for number in range(KILLS):
        time.sleep(chance.uniform(0.5, 2.0))
        assert not has_ended(), f"it ended after {number} kills: {archive['status']}"
        full.kill(ROLES[number % len(ROLES)])
    eventually(has_ended, SECONDS, pause=0.5, otherwise=lambda: archive)
    print(f"{time.monotonic() - began:.0f} s, {len(archive['parts'])} parts")  # noqa: T201

    assert (archive["status"], archive["items"], archive["left_out"]) == ("completed", ITEMS, [])
    found: Counter[str] = Counter()
    for part in archive["parts"]:
        file = archivist.http.get(part["download_url"]).content
        assert hashlib.sha256(file).hexdigest() == part["sha256"]
        assert len(file) <= body["part_bytes"]
        found.update(json.loads(line)["id"] for line in file.splitlines())
    assert found == Counter(f"archived-{n}" for n in range(ITEMS))
    manifest = archivist.http.get(f"{url}/manifest").content
    keys = SigningKeys([load_secrets(full.stack.data_dir).signing_key.encode()])
    told = {part["sha256"] for part in opened("archive", manifest, keys)["parts"]}
    assert told == {part["sha256"] for part in archive["parts"]}
