"""After an operator's reset the new run goes on; what is alive of the old one changes nothing."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client

from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.settings import Settings
from activities.steps.errors import JobTakenError
from activities.steps.publish import Publish
from activities.storage.keys import attempt_key, file_key
from activities.storage.protocol import Storage
from activities.temporal.exports import start_export
from tests.unit.jobs.jobs_kit import OTHER_RUN, RUN, processing
from tests.unit.steps.steps_kit import publisher, run, stored
from tests.unit.temporal_server import temporal_server
from workflows.contracts import PublishTask, StagedFile, workflow_id

pytestmark = pytest.mark.anyio

JOB = "job-1"
BODY = b"file"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


@pytest.fixture
async def newest_run(client: Client, records: JobRecords, execution: JobExecution) -> str:
    """The run that Temporal knows; the row belongs to the run before it."""
    await processing(records, execution, JOB)
    job = await records.get(JOB)
    assert job is not None
    await start_export(client, job, 600)
    return (await client.get_workflow_handle(workflow_id(JOB)).describe()).run_id


@pytest.fixture
async def task(storage: Storage) -> PublishTask:
    staged = attempt_key(JOB, "file", RUN, 1)
    await storage.put(staged, BODY)
    return PublishTask(JOB, "json", StagedFile(staged, len(BODY), hashlib.sha256(BODY).hexdigest()))


@pytest.fixture
def publish(execution: JobExecution, storage: Storage, settings: Settings) -> Publish:
    return publisher(execution, storage, settings)


async def test_newest_run_takes_over(
    publish: Publish,
    task: PublishTask,
    records: JobRecords,
    storage: Storage,
    client: Client,
    newest_run: str,
) -> None:
    info: dict[str, Any] = {"client": client, "workflow_id": workflow_id(JOB)}
    await run(publish.publish, task, run_id=newest_run, **info)
    job = await records.get(JOB)
    assert job is not None
    assert (job.status, job.run_id) == (Status.COMPLETED, newest_run)
    assert storage.read(file_key(JOB, "json")) == BODY


@pytest.mark.usefixtures("newest_run")
async def test_older_run_changes_nothing(
    publish: Publish, task: PublishTask, records: JobRecords, storage: Storage, client: Client
) -> None:
    before, keys = await records.get(JOB), await stored(storage)
    info: dict[str, Any] = {"client": client, "workflow_id": workflow_id(JOB)}
    with pytest.raises(JobTakenError):
        await run(publish.publish, task, run_id=OTHER_RUN, **info)
    assert await records.get(JOB) == before
    assert await stored(storage) == keys
