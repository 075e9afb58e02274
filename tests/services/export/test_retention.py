"""What the retention schedule does to files, records and jobs gone astray."""

import asyncio
import time
import uuid
from datetime import timedelta
from typing import Any

from activities.common.clock import utc_now
from activities.jobs.records import JobRecords
from activities.model.jobs import NewJob
from activities.model.options import RenderOptions
from activities.storage.keys import FILES, STAGING
from activities.storage.open_storage import open_storage
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.engines.choice import Engines
from tests.services.export.kit import (
    bulk_ids,
    change_job,
    in_database,
    leftovers,
    run_retention,
    temporal,
)
from tests.waiting import eventually
from workflows.contracts import workflow_id


def test_file_past_its_time_goes_and_the_record_stays(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.export(["content-1"], "json")["job_id"])
    other = client.wait(client.export(["content-1"], "json")["job_id"])
    change_job(stack, job["job_id"], expires_at=utc_now() - timedelta(seconds=1))
    asyncio.run(run_retention(stack))
    assert client.job(job["job_id"])["status"] == "expired"
    assert leftovers(stack, job["job_id"]) == []
    response = client.http.get(f"/api/export/jobs/{job['job_id']}/download")
    assert response.status_code == 410
    assert client.http.get(job["download_url"]).status_code in (404, 410)
    assert client.download(other)


def test_record_past_its_time_goes(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.export(["content-1"], "broken")["job_id"])
    long_ago = utc_now() - timedelta(days=91)
    change_job(stack, job["job_id"], created_at=long_ago, completed_at=long_ago)
    asyncio.run(run_retention(stack))
    assert client.http.get(f"/api/export/jobs/{job['job_id']}").status_code == 404


def test_leftovers_are_swept_and_nothing_else(
    stack: Stack, client: ServiceClient, engines: Engines
) -> None:
    job = client.wait(client.export(["content-1"], "json")["job_id"])
    two_days = timedelta(days=2)
    places = {
        "of an ended job": (f"staging/{job['job_id']}/file.run.1", None, False),
        "of nobody, old": (f"staging/{uuid.uuid4()}/file.run.1", two_days, False),
        "of nobody, new": (f"staging/{uuid.uuid4()}/file.run.1", None, True),
        "not of our form": ("staging/notes.txt", two_days, True),
    }
    storage = open_storage(stack.settings)
    for key, age, _ in places.values():
        asyncio.run(storage.put(key, b"left"))
        if age is not None:
            engines.age(stack.settings, key, age)
    asyncio.run(run_retention(stack))
    for name, (key, _, stays) in places.items():
        assert (asyncio.run(storage.head(key)) is not None) is stays, name
    assert client.download(job)


def test_row_without_a_workflow_is_started(stack: Stack, client: ServiceClient) -> None:
    job_id = str(uuid.uuid4())

    async def create(database: Any) -> None:
        await JobRecords(database).create(
            NewJob(
                job_id=job_id,
                owner_id="teacher-1",
                format="json",
                options=RenderOptions(),
                title="Left behind",
                content_ids=["content-1"],
                created_at=utc_now() - timedelta(minutes=2),
            )
        )

    in_database(stack, create)
    assert client.wait(job_id, seconds=20)["status"] == "completed"


def test_terminated_workflow_fails_its_job(stack: Stack, client: ServiceClient) -> None:
    job_id = client.export(bulk_ids(client, 60), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)

    async def terminate() -> None:
        await (await temporal(stack)).get_workflow_handle(workflow_id(job_id)).terminate("stop")

    asyncio.run(terminate())
    change_job(stack, job_id, created_at=utc_now() - timedelta(minutes=2))
    time.sleep(2)  # until the render has heard of it
    asyncio.run(run_retention(stack))
    job = client.job(job_id)
    assert job["status"] == "failed"
    assert job["error"]["code"] == "terminated"
    assert leftovers(stack, job_id) == []


def test_storage_is_measured(stack: Stack, client: ServiceClient) -> None:
    client.wait(client.export(["content-1"], "json")["job_id"])
    storage = open_storage(stack.settings)

    async def stored() -> int:
        return sum([item.size for name in (FILES, STAGING) async for item in storage.list(name)])

    def measured() -> float:
        asyncio.run(run_retention(stack))
        metrics = client.http.get(stack.info.metrics[0]).text
        [line] = [line for line in metrics.splitlines() if line.startswith("export_storage_bytes ")]
        return float(line.split()[1])

    # The more files there are, the longer is the pause from one walk through them to the next.
    eventually(lambda: measured() == asyncio.run(stored()))
