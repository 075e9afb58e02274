"""What callers do is in the audit log, with who they are and in which request they did it."""

import asyncio
import sqlite3
import time
from uuid import UUID

import httpx
import pytest

from activities.common.database import connect
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog
from activities.jobs.records import JobRecords
from tests.services.export.api_kit import Api
from tests.services.export.test_api_operations import value

DATA = b"The exported text."


def audited(api: Api, **wanted: object) -> list[AuditEntry]:
    """The rows that are found, oldest first."""

    async def read() -> list[AuditEntry]:
        database = connect(api.settings.database)
        try:
            found, *_ = await AuditLog(database).page(
                AuditFilter(**wanted),  # type: ignore[arg-type]
                page=1,
                page_size=100,
            )
        finally:
            await database.close()
        return found[::-1]

    return asyncio.run(read())


def downloads(api: Api, job_id: str) -> list[AuditEntry]:
    return audited(api, job_id=job_id, action=Action.DOWNLOADED)


def test_an_export_and_its_end_are_noted(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    with api.client(owner) as client:
        made = client.post("/api/export/", json={"content_ids": [item], "format": "txt"})
        path = f"/api/export/jobs/{made.json()['job_id']}"
        cancelled = client.delete(path, headers={"X-Request-ID": "trace-1"})
        client.delete(path)

    noted = audited(api, owner_id=owner)
    assert [entry.action for entry in noted] == [Action.CREATED, Action.CANCELLED]
    assert {(entry.actor, entry.format, entry.items) for entry in noted} == {(owner, "txt", 1)}
    assert [entry.request_id for entry in noted] == [
        response.headers["x-request-id"] for response in (made, cancelled)
    ]
    assert noted[1].request_id == "trace-1"
    job = api.in_database(lambda database: JobRecords(database).get(made.json()["job_id"]))
    assert job is not None
    assert job.request_id == made.headers["x-request-id"]
    assert "request_id" not in made.json()


def test_a_repeated_request_is_not_another_export(api: Api, owner: str) -> None:
    api.add_content(owner, 1)
    with api.client(owner) as client:
        for _ in range(2):
            body = {"format": "txt"}
            client.post("/api/export/bulk", json=body, headers={"Idempotency-Key": "once"})
    assert [entry.action for entry in audited(api, owner_id=owner)] == [Action.CREATED]


def test_a_download_is_noted_once_whatever_is_fetched_again(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    path = f"/api/export/jobs/{job_id}/download"
    with api.client(owner) as client:
        client.head(path)
        assert downloads(api, job_id) == []
        whole = client.get(path)
        client.get(path, headers={"If-None-Match": whole.headers["etag"]})
        client.get(path, headers={"Range": f"bytes={len(DATA)}-"})
        assert client.get(path, headers={"Range": "bytes=5-"}).status_code == 206

    (entry,) = downloads(api, job_id)
    assert (entry.actor, entry.owner_id) == (owner, owner)
    assert entry.request_id == whole.headers["x-request-id"]


def test_skipping_the_first_byte_does_not_escape_the_log(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    with api.client(owner) as client:
        client.get(f"/api/export/jobs/{job_id}/download", headers={"Range": "bytes=1-"})
    assert [entry.actor for entry in downloads(api, job_id)] == [owner]


def test_whoever_has_a_link_is_nobody_but_the_link_is_told(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    with api.client(owner) as client:
        link = client.get(f"/api/export/jobs/{job_id}").json()["download_url"]
    assert httpx.get(link).content == DATA

    (entry,) = downloads(api, job_id)
    assert (entry.actor, entry.owner_id) == (None, owner)
    assert entry.link is not None
    assert len(entry.link) == 12
    assert f"-{entry.link}" in link


def test_no_holder_of_a_link_floods_the_log_or_hides_behind_another(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    counter = {"operation": "download", "format": "txt", "outcome": "accepted"}
    with api.client(owner) as client:
        path = f"/api/export/jobs/{job_id}"
        one = client.get(path).json()["download_url"]
        time.sleep(1.1)  # links of one second are the same
        other = client.get(path).json()["download_url"]
        counted = value(api, "export_operations_total", **counter)
        with httpx.Client() as holder:
            for link in (one, other):
                for span in ("bytes=1-", "bytes=0-0", "bytes=5-7", *["bytes=0-0"] * 20):
                    assert holder.get(link, headers={"Range": span}).status_code == 206
                for _ in range(3):
                    assert holder.get(link).status_code == 200
    after = value(api, "export_operations_total", **counter)

    links = [entry.link for entry in downloads(api, job_id)]
    assert len(set(links)) == len(links) == 2
    assert after - counted == 2 * (1 + 3)


def test_a_file_is_not_sent_when_the_log_cannot_be_written(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    lock = "CREATE TRIGGER broken BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'x'); END"
    if api.settings.database.startswith("postgresql"):
        pytest.skip("SQLite's triggers are the simplest way to break it")

    def on_database(statement: str) -> None:
        with sqlite3.connect(api.settings.database.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)
        connection.close()

    on_database(lock)
    try:
        with api.client(owner) as client:
            response = client.get(f"/api/export/jobs/{job_id}/download")
            assert response.status_code >= 500
            assert DATA not in response.content
    finally:
        on_database("DROP TRIGGER broken")


@pytest.mark.parametrize("given", ["", "a b", "x" * 64, "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
def test_ids_of_requests_that_could_be_something_else_are_replaced(api: Api, given: str) -> None:
    with api.client() as client:
        response = client.get("/health/live", headers={"X-Request-ID": given})
    assert UUID(response.headers["x-request-id"]).version == 4
