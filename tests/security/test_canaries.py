"""What leaves: unique words in content, titles, tokens and links are found nowhere else.

Job ids, owner ids and item ids may appear: operators need them.
"""

import asyncio
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing.items import data_url, item, png
from activities.model.catalog import formats
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.api_kit import BOTH
from tests.services.export.kit import workflow_history

OWNER = "owner-of-canaries"
GOOD, BROKEN, LARGE = "item-good", "item-broken", "item-large"


class Canaries:
    """Words that were never written before, by where they were put."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        self.words[place] = f"canary{secrets.token_hex(8)}"
        return self.words[place]

    def found_in(self, data: bytes | str) -> list[str]:
        """The places whose words stand in the data."""
        raw = data.encode() if isinstance(data, str) else data
        return [place for place, word in self.words.items() if word.encode() in raw]


def content(canary: Canaries) -> list[Item]:
    picture = data_url(png())
    good = item(
        GOOD,
        owner_id=OWNER,
        title=canary("title"),
        outline=Outline(
            canary("outline"),
            [
                Section(
                    canary("section"),
                    canary("section summary"),
                    [canary("objective")],
                    [canary("key point")],
                )
            ],
        ),
        study_guide=f"# {canary('heading')}\n\n![{canary('alt')}]({picture}) ![x]"
        f"(https://example.org/{canary('image url')}) [x](https://example.org/{canary('link')}) "
        f"<b>{canary('html')}</b> ${canary('maths')}$ \x00\n\n```{canary('info')}\n"
        f"{canary('code')}\n```\n\n| {canary('cell')} |\n|---|\n",
        faqs=[Faq(canary("question"), canary("answer"))],
        flashcards=[Flashcard(canary("front"), canary("back"), tags=[canary("tag")])],
        reading_guide_questions=[
            ReadingQuestion(canary("reading question"), canary("reading answer"))
        ],
        metadata={canary("metadata name"): canary("metadata value")},
        quality_metrics={canary("metric"): 0.5},
    )
    large = item(LARGE, owner_id=OWNER, study_guide=f"{canary('large')} " * 60_000)
    broken = item(BROKEN, owner_id=OWNER, title=canary("title of broken"))
    return [good, large, broken]


async def store(stack: Stack, items: list[Item], broken_document: str) -> None:
    database = connect(stack.settings.database)
    await SqlContent(database).store(items)
    statement = text("UPDATE content_item SET document = :document WHERE id = :id")
    values = {"document": broken_document, "id": BROKEN}
    await database.run(lambda connection: connection.execute(statement, values))
    await database.close()


@pytest.fixture(scope="module")
def canary() -> Canaries:
    return Canaries()


@pytest.fixture(scope="module")
def jobs(guarded: Stack, canary: Canaries) -> dict[str, list[str]]:
    """A service that has seen all there is to see; its job ids by how they ended."""
    broken = f'{{"id": "{canary("broken document")}"'
    asyncio.run(store(guarded, content(canary), broken))
    token = issue_token(guarded.settings, OWNER, BOTH, timedelta(hours=1))
    canary.words["token"] = token.rsplit(".", 1)[1]
    ended: dict[str, list[str]] = {}
    with ServiceClient(guarded.api, token) as client:
        started = [
            client.export([GOOD], name, include_quality_metrics=True, title=canary(f"name {name}"))
            for name in formats()
        ]
        started += [
            client.export([GOOD], "broken", title=canary("name of failing")),
            client.export([BROKEN], "txt"),
            client.export([LARGE], "txt"),
        ]
        slow = client.export([GOOD], "stubborn", title=canary("name of cancelled"))
        client.wait_until(slow["job_id"], lambda job: job["status"] != "pending")
        client.cancel(slow["job_id"])
        for job in [*started, slow]:
            done = client.wait(job["job_id"])
            ended.setdefault(done["status"], []).append(done["job_id"])
            if done["status"] == "completed":
                client.download(done)
                _use_link(guarded.api, done["download_url"], canary)
        _make_mistakes(client.http, ended["completed"][0], canary)
    return ended


def _use_link(api: str, url: str, canary: Canaries) -> None:
    signature = parse_qs(urlsplit(url).query)["signature"][0]
    canary.words[f"signature {url}"] = signature.rsplit("-", 1)[1]
    for attempt in (url, url[:-1] + "x", url.replace("signature=", "signature=x")):
        httpx.get(attempt)
    httpx.get(url, headers={"Range": "bytes=0-10", "If-None-Match": canary("etag")})


def _make_mistakes(http: httpx.Client, job_id: str, canary: Canaries) -> None:
    """Requests that are refused, each with a word of its own."""
    for body in (
        {"content_ids": [GOOD], "format": canary("format")},
        {"content_ids": [GOOD], "format": "txt", canary("field"): 1},
        {"content_ids": [GOOD], "format": "txt", "title": canary("long title") * 20},
        {"content_ids": [GOOD], "format": "txt", "language": canary("language")},
        {"content_ids": {canary("wrong type"): 1}, "format": "txt"},
    ):
        assert http.post("/api/export/", json=body).status_code == 400
    http.post("/api/export/", content=b'{"' + canary("no JSON").encode())
    http.post("/api/export/bulk", json={"format": "txt", "filters": {canary("filter"): 1}})
    http.post(
        "/api/export/",
        json={"content_ids": [GOOD], "format": "txt"},
        headers={"Idempotency-Key": canary("idempotency key")},
    )
    for header in ("Authorization", "Cookie", "X-Forwarded-For", "User-Agent", "Referer", "Host"):
        value = canary(header)
        http.get("/api/export/jobs", headers={header: f"Bearer {value}"})
    for query in ("page", "status", "page_size", "token"):
        http.get("/api/export/jobs", params={query: canary(f"query {query}")})
    http.get(f"/api/export/jobs/{job_id}/events", headers={"Last-Event-ID": canary("event id")})


def test_every_way_to_end_was_gone(jobs: dict[str, list[str]]) -> None:
    assert jobs.keys() == {"completed", "failed", "cancelled"}
    assert len(jobs["completed"]) == len(formats())
    assert len(jobs["failed"]) == 3


def test_no_word_is_in_a_log(guarded: Stack, jobs: dict[str, list[str]], canary: Canaries) -> None:
    logs = {file.name: file.read_bytes() for file in (guarded.data_dir / "logs").iterdir()}

    assert jobs["completed"][0].encode() in b"".join(logs.values())
    assert [name for name, log in logs.items() if canary.found_in(log)] == []


def test_no_word_is_in_a_metric(
    guarded: Stack, jobs: dict[str, list[str]], canary: Canaries
) -> None:
    for url in (f"{guarded.api}/metrics", *guarded.info.metrics):
        metrics = httpx.get(url).text
        assert "export_operations_total" in metrics
        assert canary.found_in(metrics) == []
        assert OWNER not in metrics


def test_no_word_is_in_temporal(
    guarded: Stack, jobs: dict[str, list[str]], canary: Canaries
) -> None:
    files = [file.read_bytes() for file in guarded.data_dir.glob("temporal.db*")]
    assert jobs["completed"][0].encode() in b"".join(files)
    assert [canary.found_in(data) for data in files] == [[]] * len(files)
    for ids in jobs.values():
        for job_id in ids:
            events = workflow_history(guarded, job_id)
            assert canary.found_in(b"".join(event.SerializeToString() for event in events)) == []


def test_no_word_is_in_what_operators_see(
    guarded: Stack, jobs: dict[str, list[str]], canary: Canaries
) -> None:
    ui = f"{guarded.info.temporal_ui}/api/v1/namespaces/default/workflows"
    listed = httpx.get(ui).text
    assert jobs["failed"][0] in listed
    assert canary.found_in(listed) == []


def test_only_records_content_and_files_hold_words(
    guarded: Stack, jobs: dict[str, list[str]], canary: Canaries
) -> None:
    kept = {"export.db", "export.db-wal", "files"}
    for file in guarded.data_dir.rglob("*"):
        relative = file.relative_to(guarded.data_dir)
        if file.is_file() and relative.parts[0] not in kept:
            assert canary.found_in(file.read_bytes()) == [], relative


def test_a_failure_names_no_word(
    guarded: Stack, jobs: dict[str, list[str]], canary: Canaries
) -> None:
    token = issue_token(guarded.settings, OWNER, BOTH, timedelta(hours=1))
    with ServiceClient(guarded.api, token) as client:
        errors = [client.job(job_id)["error"] for job_id in jobs["failed"]]

    assert {error["code"] for error in errors} == {
        "render-failed",
        "content-source-broken",
        "export-too-large",
    }
    assert canary.found_in(str(errors)) == []


def test_files_and_secrets_are_their_owners_alone(
    guarded: Stack, jobs: dict[str, list[str]]
) -> None:
    for path in (guarded.data_dir / "secrets.json", Path(guarded.settings.temp_path)):
        assert path.stat().st_mode & 0o077 == 0, path
