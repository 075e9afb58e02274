"""With a build id, an export ends on the code with which it began."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing.items import plain_item
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.model.catalog import catalog
from activities.model.jobs import NewJob, Status
from activities.model.options import RenderOptions
from activities.temporal.current_build import BuildNotServedError, make_current
from activities.temporal.exports import start_export
from tests.services.export.kit import PLUGINS
from tests.unit.temporal_server import temporal_server
from workflows.contracts import workflow_id

pytestmark = pytest.mark.anyio


@contextmanager
def _worker(build_id: str, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "activities.worker", "--role", "io,workflow,render"],
        env=os.environ | environment | {"EXPORT_BUILD_ID": build_id},
    )
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def _run_command(build_id: str, environment: dict[str, str]) -> None:
    """Let new exports begin on a build, as an operator would."""
    command = [sys.executable, "-m", "activities.temporal.current_build", build_id]
    subprocess.run(command, env=os.environ | environment, check=True)


async def _build_of(client: Client, job_id: str) -> str:
    handle = client.get_workflow_handle(workflow_id(job_id))
    description = await handle.describe()
    info = description.raw_description.workflow_execution_info.versioning_info
    return str(info.deployment_version.build_id)


@asynccontextmanager
async def _records(url: str) -> AsyncIterator[JobRecords]:
    database = connect(url)
    await SqlContent(database).store([plain_item(f"item-{n}") for n in range(30)])
    yield JobRecords(database)
    await database.close()


async def _start(client: Client, records: JobRecords) -> str:
    job_id = str(uuid.uuid4())
    ids = [f"item-{number}" for number in range(30)]
    options = RenderOptions()
    await records.create(
        NewJob(job_id, plain_item().owner_id, "slow", options, "Title", ids, utc_now())
    )
    job = await records.get(job_id)
    assert job is not None
    await start_export(client, job, 600)
    return job_id


async def _status(records: JobRecords, job_id: str) -> Status:
    job = await records.get(job_id)
    assert job is not None
    return job.status


async def _until(records: JobRecords, job_id: str, status: Status) -> None:
    for _ in range(400):
        if await _status(records, job_id) is status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {await _status(records, job_id)}")


@pytest.fixture
def slow_format(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process know the format, too."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    catalog.cache_clear()
    yield
    catalog.cache_clear()


@pytest.mark.long
@pytest.mark.usefixtures("slow_format")
async def test_exports_are_pinned_to_their_build(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'export.db'}"
    migrate(url)
    async with temporal_server() as client, _records(url) as records:
        environment = {
            "EXPORT_DATABASE_URL": url,
            "EXPORT_TEMP_PATH": str(tmp_path / "files"),
            "PYTHONPATH": str(PLUGINS),
            "TEMPORAL_ADDRESS": client.service_client.config.target_host,
        }
        with _worker("first", environment):
            await make_current(client, "first", 120)
            old = await _start(client, records)
            await _until(records, old, Status.PROCESSING)
            with _worker("second", environment):
                _run_command("second", environment)
                new = await _start(client, records)
                await _until(records, old, Status.COMPLETED)
                await _until(records, new, Status.COMPLETED)
                assert await _build_of(client, old) == "first"
                assert await _build_of(client, new) == "second"


async def test_a_build_without_workers_does_not_become_current() -> None:
    async with temporal_server() as client:
        with pytest.raises(BuildNotServedError, match="no exports can begin on build third"):
            await make_current(client, "third", 0.1)
