"""While Temporal takes connections and never answers, callers wait little, whatever they ask."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.model.jobs import Status
from scripts.dev.ports import free_ports
from tests.services.export.api_kit import Api, owner_id

LONGEST = 2.9
"""The 2.5 seconds of the promise, and what a busy machine adds."""
PAUSE = 1.1
"""After a call that got no response the next is made only then."""
ADMIN = "/api/export/admin"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    (port,) = free_ports(1)
    with (
        socket.create_server(("127.0.0.1", port)),
        Api(tmp_path / "api", {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}"}) as api,
    ):
        yield api


def processed_for_long(api: Api, owner: str) -> str:
    """A job of which only Temporal knows what it waits for."""
    job_id = api.add_job(owner, Status.PROCESSING)
    long_ago = datetime.now(UTC) - timedelta(minutes=2)

    async def write(database: Database) -> None:
        change = update(jobs).where(jobs.c.job_id == job_id).values(started_at=long_ago)
        await database.run(lambda connection: connection.execute(change))

    api.in_database(write)
    return job_id


def asked(client: httpx.Client, method: str, path: str, **body: Any) -> httpx.Response:
    time.sleep(PAUSE)
    started = time.monotonic()
    response = client.request(method, path, json=body or None)
    took = time.monotonic() - started
    assert took < LONGEST, (method, path, took)
    assert response.is_success, (method, path, response.text)
    return response


def test_owner_waits_for_one_call_at_most(api: Api) -> None:
    owner = owner_id()
    ids = api.add_content(owner, 2)
    cancelled, read = (processed_for_long(api, owner) for _ in range(2))
    schedule = api.add_schedule(owner)
    with api.client(owner) as client:
        asked(client, "POST", "/api/export/", content_ids=ids, format="txt")
        asked(client, "DELETE", f"/api/export/jobs/{cancelled}")
        asked(client, "GET", f"/api/export/jobs/{read}")
        asked(client, "GET", "/api/export/jobs")
        asked(client, "POST", f"/api/export/schedules/{schedule}/run")
        asked(client, "DELETE", f"/api/export/schedules/{schedule}")
        made = asked(client, "POST", "/api/export/archive", formats=["txt"]).json()
        asked(client, "DELETE", f"/api/export/archives/{made['archive_id']}")


def test_operators_and_probes_wait_for_one_call_at_most(api: Api) -> None:
    owner = owner_id()
    failed, open_job = api.add_job(owner, Status.FAILED), processed_for_long(api, owner)
    scope = "export:read export:write export:admin"
    with api.client(owner, scope) as client:
        asked(client, "GET", f"{ADMIN}/state")
        asked(client, "GET", f"{ADMIN}/jobs")
        asked(client, "GET", f"{ADMIN}/jobs/{open_job}")
        asked(client, "POST", f"{ADMIN}/jobs/{failed}/retry")
        asked(client, "GET", "/health/ready")
        asked(client, "GET", "/metrics")
