"""A new export that takes over the file of an earlier one, where the request allows it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from activities.common.clock import utc_now
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.model.content import Item
from activities.storage.keys import file_key
from activities.storage.open_storage import open_storage
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import change_job, in_database, leftovers, run_retention

OWNER = "teacher-1"
OTHER_OWNER = "teacher-2"


@pytest.fixture
def ids(stack: Stack) -> list[str]:
    """Content that no other test exports; both owners have it."""
    names = [f"lesson-{uuid4().hex[:8]}" for _ in range(2)]
    _store(stack, *(item(name, owner_id=owner) for name in names for owner in (OWNER, OTHER_OWNER)))
    return names


def _store(stack: Stack, *items: Item) -> None:
    in_database(stack, lambda database: SqlContent(database).store(items))


def _made(client: ServiceClient, ids: list[str], **options: Any) -> dict[str, Any]:
    job = client.wait(client.export(ids, "txt", **options)["job_id"])
    assert job["status"] == "completed"
    return job


def _again(client: ServiceClient, ids: list[str], **options: Any) -> dict[str, Any]:
    return client.export(ids, options.pop("format", "txt"), reuse=True, **options)


def test_same_export_is_completed_at_once_with_the_same_file(
    client: ServiceClient, ids: list[str]
) -> None:
    first = _made(client, ids)
    assert not first["reused"]
    again = _again(client, ids)
    assert (again["status"], again["reused"]) == ("completed", True)
    assert again["job_id"] != first["job_id"]
    assert again["file"] == first["file"]
    assert again["progress"]["percent"] == 100
    assert client.job(again["job_id"])["file"] == first["file"]
    assert client.download(again) == client.download(first)
    assert httpx.get(again["download_url"]).content == client.download(first)
    # A copy of a copy is one too.
    assert _again(client, ids)["reused"]


def test_who_does_not_ask_gets_a_new_file(client: ServiceClient, ids: list[str]) -> None:
    _made(client, ids)
    assert not _made(client, ids)["reused"]


@pytest.mark.parametrize(
    "other",
    [{"format": "csv"}, {"include_metadata": False}, {"title": "Another"}, {"language": "de"}],
    ids=lambda other: next(iter(other)),
)
def test_another_format_option_or_title_is_another_file(
    client: ServiceClient, ids: list[str], other: dict[str, Any]
) -> None:
    _made(client, ids)
    assert not _again(client, ids, **other)["reused"]


def test_other_items_or_another_order_are_another_file(
    client: ServiceClient, ids: list[str]
) -> None:
    _made(client, ids)
    assert not _again(client, ids[:1])["reused"]
    assert not _again(client, ids[::-1])["reused"]


def test_changed_content_is_exported_anew(
    stack: Stack, client: ServiceClient, ids: list[str]
) -> None:
    first = _made(client, ids)
    # Its version and times say nothing of it: what counts is the text.
    _store(stack, item(ids[0], owner_id=OWNER, study_guide="Now it says something else."))
    again = client.wait(_again(client, ids)["job_id"])
    assert not again["reused"]
    assert client.download(again) != client.download(first)


def test_file_of_many_items_is_found(stack: Stack, client: ServiceClient) -> None:
    names = [f"lesson-{uuid4().hex[:8]}" for _ in range(25)]
    _store(stack, *map(item, names))
    first = _made(client, names)
    again = _again(client, names)
    assert (again["reused"], again["file"]) == (True, first["file"])


def test_file_is_made_anew_once_the_first_is_gone(
    stack: Stack, client: ServiceClient, ids: list[str]
) -> None:
    first = _made(client, ids)
    assert _again(client, ids)["reused"]
    change_job(stack, first["job_id"], expires_at=utc_now() - timedelta(seconds=1))
    assert not _again(client, ids)["reused"]


def test_nobody_gets_anothers_file(
    client: ServiceClient, stranger: ServiceClient, ids: list[str]
) -> None:
    _made(client, ids)
    assert not _again(stranger, ids)["reused"]


def test_each_file_lives_as_long_as_its_own_job(
    stack: Stack, client: ServiceClient, ids: list[str]
) -> None:
    first = _made(client, ids)
    again = _again(client, ids)
    text = client.download(first)
    change_job(stack, first["job_id"], expires_at=utc_now() - timedelta(seconds=1))
    asyncio.run(run_retention(stack))
    assert client.job(first["job_id"])["status"] == "expired"
    assert leftovers(stack, first["job_id"]) == []
    assert client.download(again) == text
    change_job(stack, again["job_id"], expires_at=utc_now() - timedelta(seconds=1))
    asyncio.run(run_retention(stack))
    assert leftovers(stack, again["job_id"]) == []
    assert not _again(client, ids)["reused"]


def test_file_that_is_gone_is_made_anew(
    stack: Stack, client: ServiceClient, ids: list[str]
) -> None:
    first = _made(client, ids)
    asyncio.run(open_storage(stack.settings).delete(file_key(first["job_id"], "txt")))
    again = client.wait(_again(client, ids)["job_id"])
    assert (again["status"], again["reused"]) == ("completed", False)
    assert client.download(again)


def test_idempotency_key_gives_the_same_job(client: ServiceClient, ids: list[str]) -> None:
    _made(client, ids)
    headers = {"Idempotency-Key": uuid4().hex}
    body = {"content_ids": ids, "format": "txt", "reuse": True}
    jobs = [client.http.post("/api/export/", json=body, headers=headers) for _ in range(2)]
    assert [response.status_code for response in jobs] == [202, 202]
    assert jobs[0].json()["job_id"] == jobs[1].json()["job_id"]
    assert [response.json()["reused"] for response in jobs] == [True, True]
    other = {**body, "reuse": False}
    assert client.http.post("/api/export/", json=other, headers=headers).status_code == 422


def test_bulk_export_can_reuse_too(client: ServiceClient) -> None:
    first = client.wait(client.bulk("json", max_items=3)["job_id"])
    again = client.bulk("json", max_items=3, reuse=True)
    assert again["reused"]
    assert client.download(again) == client.download(first)


def _file_of(stack: Stack, job: dict[str, Any]) -> Path:
    if stack.settings.storage_url:
        pytest.skip("changes a file on the disk")
    return Path(stack.settings.temp_path) / file_key(job["job_id"], "txt")


def _download_status(client: ServiceClient, job: dict[str, Any]) -> int:
    return client.http.get(f"/api/export/jobs/{job['job_id']}/download").status_code


def test_file_that_was_cut_is_not_given_to_another_export(
    client: ServiceClient, stack: Stack, ids: list[str]
) -> None:
    first = _made(client, ids)
    _file_of(stack, first).write_bytes(b"x")
    again = _again(client, ids)
    assert not again["reused"]
    assert client.download(client.wait(again["job_id"]))


@pytest.mark.parametrize("found_by", ["the first", "the copy"])
def test_file_that_was_found_damaged_is_made_anew(
    client: ServiceClient, stack: Stack, ids: list[str], found_by: str
) -> None:
    first = _made(client, ids)
    copy = _again(client, ids)
    assert copy["reused"]
    for job in (first, copy):  # on a disk it is one file
        file = _file_of(stack, job)
        file.write_bytes(b"!" + file.read_bytes()[1:])
    assert _download_status(client, first if found_by == "the first" else copy) == 410
    again = _again(client, ids)
    assert not again["reused"]
    assert client.download(client.wait(again["job_id"]))
