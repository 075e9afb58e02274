"""What the export workflow does when things end: with a real server and stand-in activities."""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows import policies
from workflows.contracts import (
    ABANDON,
    FETCH,
    IO_QUEUE,
    WORKFLOW_QUEUE,
    AbandonTask,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    SnapshotPart,
)
from workflows.export import ExportWorkflow, _all


class StandIns:
    """A fetch that fails, and an abandon that takes its time."""

    def __init__(self) -> None:
        self.abandoning = asyncio.Event()
        self.may_end = asyncio.Event()
        self.abandoned: list[AbandonTask] = []
        self.cancelled = False

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        raise ApplicationError("Gone.", type=ErrorType.CONTENT_NOT_FOUND, non_retryable=True)

    @implements(ABANDON)
    async def abandon(self, task: AbandonTask) -> ExportOutcome:
        self.abandoning.set()
        try:
            async with heartbeats():
                await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.abandoned.append(task)
        return ExportOutcome("failed")


async def _with_workers(work: Callable[[Client, StandIns], Awaitable[None]]) -> None:
    async with temporal_server() as client:
        stand_ins = StandIns()
        throttle = policies.HEARTBEAT_THROTTLE
        workflows = Worker(
            client,
            task_queue=WORKFLOW_QUEUE,
            workflows=[ExportWorkflow],
            workflow_runner=SANDBOX,
        )
        activities = Worker(
            client,
            task_queue=IO_QUEUE,
            activities=[stand_ins.fetch, stand_ins.abandon],
            max_heartbeat_throttle_interval=throttle,
            default_heartbeat_throttle_interval=throttle,
        )
        async with workflows, activities:
            await work(client, stand_ins)


async def _heard_of_cancel(handle: WorkflowHandle[ExportWorkflow, ExportOutcome]) -> None:
    while True:
        kinds = [event.event_type for event in (await handle.fetch_history()).events]
        asked = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
        if asked in kinds:
            later = kinds[kinds.index(asked) :]
            if EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED in later:
                return
        await asyncio.sleep(0.05)


def test_cancelling_a_job_that_is_failing_does_not_stop_its_cleaning_up() -> None:
    async def work(client: Client, stand_ins: StandIns) -> None:
        handle = await client.start_workflow(
            ExportWorkflow.run,
            ExportRequest("job-1", "json", 2, 0.001, chunked=True),
            id="export-job-1",
            task_queue=WORKFLOW_QUEUE,
        )
        await asyncio.wait_for(stand_ins.abandoning.wait(), 20)
        await handle.cancel()
        await asyncio.wait_for(_heard_of_cancel(handle), 20)
        # Two heartbeats: a cancelled activity would know by then.
        await asyncio.sleep(2 * policies.HEARTBEAT_THROTTLE.total_seconds())
        stand_ins.may_end.set()
        with pytest.raises(WorkflowFailureError) as raised:
            await handle.result()
        assert isinstance(raised.value.cause, ApplicationError)
        assert raised.value.cause.type == ErrorType.CONTENT_NOT_FOUND
        assert not stand_ins.cancelled
        assert [task.code for task in stand_ins.abandoned] == [ErrorType.CONTENT_NOT_FOUND]

    asyncio.run(_with_workers(work))


class TestAll:
    """Running chunks some at a time."""

    def test_results_come_in_order_and_not_too_many_at_once(self) -> None:
        running = most = 0

        async def chunk(number: int) -> int:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001)
            running -= 1
            return number

        count = 3 * policies.CHUNKS_AT_ONCE
        assert asyncio.run(_all([chunk(n) for n in range(count)])) == list(range(count))
        assert most == policies.CHUNKS_AT_ONCE

    def test_failure_stops_the_others_and_waits_for_them(self) -> None:
        ended: list[int] = []
        started: list[int] = []

        async def chunk(number: int) -> None:
            started.append(number)
            try:
                await asyncio.sleep(0 if number == 3 else 60)
                raise ValueError(number)
            except asyncio.CancelledError:
                await asyncio.sleep(0.01)  # an activity on its way to stop
                ended.append(number)
                raise

        count = 3 * policies.CHUNKS_AT_ONCE
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with pytest.raises(ValueError, match="3"):
                asyncio.run(_all([chunk(n) for n in range(count)]))
            gc.collect()  # when Python tells of coroutines that never ran
        assert set(ended) == set(started) - {3}
        assert len(started) <= policies.CHUNKS_AT_ONCE + 1
        assert [str(warning.message) for warning in caught] == []
