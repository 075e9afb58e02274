"""Which queue a render goes to, with a real server and stand-in activities."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.steps.errors import RenderNotSmallError
from activities.steps.implements import implements
from tests.unit.temporal_server import temporal_server
from workflows.contracts import (
    ASSEMBLE,
    FETCH,
    IO_QUEUE,
    MAKE,
    PUBLISH,
    RENDER,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    AssembleTask,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    MadeFile,
    MakeTask,
    PublishTask,
    RenderTask,
    SnapshotPart,
    StagedFile,
)
from workflows.export import ExportWorkflow
from workflows.policies import AMONG_SMALL

pytestmark = pytest.mark.anyio


class _StandIns:
    """Activities that do nothing but say on which queue they were asked for."""

    def __init__(self) -> None:
        self.rendered: list[tuple[str, str]] = []
        """The activity and the queue of each render, in order."""
        self.outgrown = False
        """Whether renders turn out to be large."""

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        return SnapshotPart("part", 1, datetime(2024, 1, 1, tzinfo=UTC))

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        return self._staged()

    @implements(ASSEMBLE)
    async def assemble(self, task: AssembleTask) -> StagedFile:
        return self._staged()

    @implements(PUBLISH)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        return ExportOutcome("completed")

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        return MadeFile(self._staged(), "fingerprint")

    def _staged(self) -> StagedFile:
        info = activity.info()
        self.rendered.append((info.activity_type, info.task_queue))
        if self.outgrown and info.task_queue == RENDER_SMALL_QUEUE:
            raise RenderNotSmallError
        return StagedFile("file", 0, "")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


@asynccontextmanager
async def _workers(
    client: Client, stand_ins: _StandIns, render_queues: Sequence[str]
) -> AsyncIterator[None]:
    renders: list[Callable[..., Any]] = [stand_ins.make, stand_ins.render, stand_ins.assemble]
    async with AsyncExitStack() as running:
        for worker in (
            Worker(
                client,
                task_queue=WORKFLOW_QUEUE,
                workflows=[ExportWorkflow],
                activities=[stand_ins.publish],
                workflow_runner=UnsandboxedWorkflowRunner(),
            ),
            Worker(client, task_queue=IO_QUEUE, activities=[stand_ins.fetch]),
            *(Worker(client, task_queue=queue, activities=renders) for queue in render_queues),
        ):
            await running.enter_async_context(worker)
        yield


async def _export(client: Client, job_id: str, items: int, seconds_per_item: float) -> None:
    outcome = await asyncio.wait_for(
        client.execute_workflow(
            ExportWorkflow.run,
            ExportRequest(job_id, "json", items, seconds_per_item, chunked=True, makes_in_one=True),
            id=f"export-{job_id}",
            task_queue=WORKFLOW_QUEUE,
        ),
        30,
    )
    assert outcome.status == "completed"


async def test_small_exports_are_rendered_apart_from_large_ones(client: Client) -> None:
    stand_ins = _StandIns()
    async with _workers(client, stand_ins, [RENDER_QUEUE, RENDER_SMALL_QUEUE]):
        await _export(client, "one", 1, 0.03)
        assert stand_ins.rendered == [("make", RENDER_SMALL_QUEUE)]
        # Cheap items in several chunks are small, too.
        await _export(client, "many", 100, 0.0002)
        assert stand_ins.rendered[1:] == [
            ("render", RENDER_SMALL_QUEUE),
            ("render", RENDER_SMALL_QUEUE),
            ("assemble", RENDER_SMALL_QUEUE),
        ]
        await _export(client, "large", 2, 0.6)
        assert stand_ins.rendered[4:] == [("make", RENDER_QUEUE)]


async def test_what_turns_out_to_be_large_begins_again_among_large_ones(client: Client) -> None:
    stand_ins = _StandIns()
    stand_ins.outgrown = True
    async with _workers(client, stand_ins, [RENDER_QUEUE, RENDER_SMALL_QUEUE]):
        await _export(client, "outgrown", 1, 0.03)
    assert stand_ins.rendered == [("make", RENDER_SMALL_QUEUE), ("make", RENDER_QUEUE)]


async def test_small_exports_are_made_while_workers_of_an_older_version_run(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those do not ask the queue of small renders."""
    soon = timedelta(milliseconds=300)
    monkeypatch.setitem(AMONG_SMALL, "schedule_to_start_timeout", soon)
    stand_ins = _StandIns()
    async with _workers(client, stand_ins, [RENDER_QUEUE]):
        await _export(client, "rolling", 1, 0.03)
    assert stand_ins.rendered == [("make", RENDER_QUEUE)]
