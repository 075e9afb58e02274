"""What owners have of the render workers in equal parts, with a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.model.catalog import formats
from activities.steps.implements import implements
from activities.temporal.exports import start_export
from scripts.dev.temporal_cli import SERVER_SETTINGS
from tests.unit.jobs.jobs_kit import new_job
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    FETCH,
    IO_QUEUE,
    MAKE,
    PUBLISH,
    RENDER,
    RENDER_QUEUE,
    WORKFLOW_QUEUE,
    ExportOutcome,
    FetchTask,
    MadeFile,
    MakeTask,
    PublishTask,
    RenderTask,
    SnapshotPart,
    StagedFile,
    workflow_id,
)
from workflows.export import ExportWorkflow

pytestmark = pytest.mark.anyio

HEAVY, LIGHT = "teacher-with-heavy-exports", "teacher-with-light-exports"
ITEMS = {HEAVY: 200, LIGHT: 40}
"""The items of each export of an owner."""
EXPORTS = {HEAVY: 3, LIGHT: 12}


class _StandIns:
    """Activities that do nothing but note the order of renders."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        """The owner of each export that was rendered, in order."""
        self.published = asyncio.Semaphore(0)
        """Can be acquired once for each export that was completed."""

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        return SnapshotPart("part", 1, datetime(2024, 1, 1, tzinfo=UTC), "f1")

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        self.rendered.append(_owner(task.job_id))
        return StagedFile("file", 0, "")

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        self.rendered.append(_owner(task.job_id))
        return MadeFile(StagedFile("file", 0, ""), "f1")

    @implements(PUBLISH)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        self.published.release()
        return ExportOutcome("completed")


def _owner(job_id: str) -> str:
    return job_id.rpartition("-")[0]


@asynccontextmanager
async def _everything_but_rendering(client: Client, stand_ins: _StandIns) -> AsyncIterator[None]:
    workflows = Worker(
        client,
        task_queue=WORKFLOW_QUEUE,
        workflows=[ExportWorkflow],
        activities=[stand_ins.publish],
        workflow_runner=SANDBOX,
    )
    async with workflows, Worker(client, task_queue=IO_QUEUE, activities=[stand_ins.fetch]):
        yield


async def _until_it_waits_for_rendering(client: Client, job_id: str) -> None:
    handle = client.get_workflow_handle(workflow_id(job_id))
    for _ in range(500):
        pending = (await handle.describe()).raw_description.pending_activities
        if any(each.activity_type.name in {RENDER.name, MAKE.name} for each in pending):
            return
        await asyncio.sleep(0.02)


async def _export_all(client: Client) -> list[str]:
    """Let both owners' exports wait for one render worker; the owners in the order it took them."""
    stand_ins = _StandIns()
    async with _everything_but_rendering(client, stand_ins):
        job_ids = [f"{owner}-{n}" for owner, count in EXPORTS.items() for n in range(count)]
        for job_id in job_ids:
            owner = _owner(job_id)
            ids = [str(number) for number in range(ITEMS[owner])]
            job = new_job(job_id, owner_id=owner, format="pdf", content_ids=ids)
            await start_export(client, job.as_job(None, None), 600)
        for job_id in job_ids:
            await _until_it_waits_for_rendering(client, job_id)
        renders = Worker(
            client,
            task_queue=RENDER_QUEUE,
            activities=[stand_ins.render, stand_ins.make],
            max_concurrent_activities=1,
        )
        async with renders:
            for _ in job_ids:
                await stand_ins.published.acquire()
    return stand_ins.rendered


async def test_owners_get_as_much_rendering_and_not_as_many_exports() -> None:
    async with temporal_server(*SERVER_SETTINGS) as client:
        rendered = await asyncio.wait_for(_export_all(client), 60)
    seconds = formats()["pdf"].seconds_per_item
    assert ITEMS[LIGHT] * seconds > 1, "both wait in one queue"
    had = dict.fromkeys(ITEMS, 0)
    for owner in rendered:
        if owner == HEAVY and had[HEAVY]:
            # It gets another one only when the other owner has had about as much.
            assert had[LIGHT] >= 0.8 * had[HEAVY], rendered
        had[owner] += ITEMS[owner]
