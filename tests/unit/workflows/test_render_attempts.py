"""What one attempt of a render tells the next, with a real server and stand-in activities."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.implements import implements
from activities.steps.render_attempt import RenderAttempt
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    FETCH,
    IO_QUEUE,
    PUBLISH,
    RENDER,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    PublishTask,
    RenderTask,
    SnapshotPart,
    StagedFile,
)
from workflows.export import ExportWorkflow

FAILURES = 3


@activity.defn(name=FETCH.name)
async def fetch(task: FetchTask) -> SnapshotPart:
    """A part that nobody stored."""
    return SnapshotPart("part", 1, datetime(2024, 1, 1, tzinfo=UTC))


@activity.defn(name=PUBLISH.name)
async def publish(task: PublishTask) -> ExportOutcome:
    """Nothing to publish."""
    return ExportOutcome("completed")


class _Away:
    """A render that cannot reach something at first."""

    def __init__(self) -> None:
        self.told: list[list[Any]] = []
        """What each attempt found that the one before had told."""

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        self.told.append(list(activity.info().heartbeat_details))
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            attempt.progress.item_id = "content-1"
            if len(self.told) <= FAILURES:
                raise ApplicationError("The database could not be reached.")
            return StagedFile("file", 0, "")


async def _export(away: _Away) -> None:
    async with temporal_server() as client:
        workflows = Worker(
            client,
            task_queue=WORKFLOW_QUEUE,
            workflows=[ExportWorkflow],
            activities=[publish],
            workflow_runner=SANDBOX,
        )
        fetches = Worker(client, task_queue=IO_QUEUE, activities=[fetch])
        renders = Worker(client, task_queue=RENDER_SMALL_QUEUE, activities=[away.render])
        async with workflows, fetches, renders:
            await client.execute_workflow(
                ExportWorkflow.run,
                ExportRequest("job-1", "json", 1, 0.001, chunked=True),
                id="export-job-1",
                task_queue=WORKFLOW_QUEUE,
            )


def test_attempts_that_failed_are_known_from_those_of_which_there_is_no_word() -> None:
    away = _Away()
    asyncio.run(asyncio.wait_for(_export(away), 60))
    assert away.told == [[], *([0, "content-1", [], number] for number in range(1, FAILURES + 1))]
