"""Exports of what changed and runs of schedules, with a real server and stand-ins."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.implements import implements
from activities.temporal.export_schedules import start_run
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    ABANDON,
    COMPARE,
    IO_QUEUE,
    LOOK_AT_RUN,
    MAKE,
    OPEN_RUN,
    PUBLISH,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    AbandonTask,
    Compared,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    JobTask,
    MadeFile,
    MakeTask,
    OpenedRun,
    PublishTask,
    ScheduledRun,
    StagedFile,
    scheduled_run_id,
)
from workflows.export import ExportWorkflow
from workflows.scheduled_export import ScheduledExportWorkflow

DUE = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
EARLIER = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
REQUEST = ExportRequest("job-1", "json", 3, 0.001, chunked=True, makes_in_one=True, compares=True)


class _Steps:
    """Steps that only note that they were taken, and with which task."""

    def __init__(self, left: int | None = None) -> None:
        self.tasks: list[Any] = []
        self._left = left

    @implements(COMPARE)
    async def compare(self, task: JobTask) -> Compared:
        self.tasks.append(task)
        if self._left is None:
            raise ApplicationError("", type=ErrorType.NOTHING_CHANGED, non_retryable=True)
        return Compared(self._left)

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        self.tasks.append(task)
        return MadeFile(StagedFile("made", 1, "sha"), "fingerprint")

    @activity.defn(name=PUBLISH.name)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        self.tasks.append(task)
        return ExportOutcome("completed")

    @activity.defn(name=ABANDON.name)
    async def abandon(self, task: AbandonTask) -> ExportOutcome:
        self.tasks.append(task)
        return ExportOutcome("failed")

    @implements(OPEN_RUN)
    async def open_run(self, task: ScheduledRun) -> OpenedRun:
        self.tasks.append(task)
        return OpenedRun("looking", EARLIER)

    @implements(LOOK_AT_RUN)
    async def look_at_run(self, task: ScheduledRun) -> OpenedRun:
        self.tasks.append(task)
        return OpenedRun("due", EARLIER)


async def _taken(steps: _Steps, lead: Any) -> list[Any]:
    async with temporal_server() as client:
        workflows = Worker(
            client,
            task_queue=WORKFLOW_QUEUE,
            workflows=[ExportWorkflow, ScheduledExportWorkflow],
            activities=[steps.publish],
            workflow_runner=SANDBOX,
        )
        io = Worker(
            client,
            task_queue=IO_QUEUE,
            activities=[steps.compare, steps.abandon, steps.open_run, steps.look_at_run],
        )
        render = Worker(client, task_queue=RENDER_SMALL_QUEUE, activities=[steps.make])
        async with workflows, io, render:
            await lead(client)
    return steps.tasks


async def _export(client: Client) -> None:
    with suppress(WorkflowFailureError):
        await client.execute_workflow(
            ExportWorkflow.run, REQUEST, id="export-job-1", task_queue=WORKFLOW_QUEUE
        )


def test_what_is_left_after_comparing_is_exported() -> None:
    _, make, publish = asyncio.run(_taken(_Steps(1), _export))
    assert (make.slice.start, make.slice.stop) == (0, 1)
    assert isinstance(publish, PublishTask)


def test_nothing_left_ends_the_job() -> None:
    _, abandon = asyncio.run(_taken(_Steps(), _export))
    assert isinstance(abandon, AbandonTask)
    assert abandon.code == ErrorType.NOTHING_CHANGED


def test_run_is_opened_and_looked_at_under_the_time_that_it_has() -> None:
    async def lead(client: Client) -> None:
        for _ in range(2):
            await start_run(client, "one", DUE)
        await client.get_workflow_handle(scheduled_run_id("one", DUE)).result()

    opened, looked = asyncio.run(_taken(_Steps(), lead))
    assert opened == ScheduledRun("one", DUE, manual=True)
    assert looked.due_at == EARLIER
