"""The steps of retention do not depend on each other; with a real server and stand-in steps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    WorkflowFailureError,
)
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.worker import Worker

from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements, implements_without_task
from activities.temporal.schedule import ensure_schedule
from activities.temporal.state import read_retention
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows import policies
from workflows.contracts import (
    IO_QUEUE,
    RECONCILE_JOBS,
    RETENTION_SCHEDULE_ID,
    TIDY,
    WORKFLOW_QUEUE,
    Reconciled,
    RetentionReport,
    Swept,
    Tidied,
    Verified,
    Walk,
)
from workflows.retention import RetentionWorkflow

pytestmark = pytest.mark.anyio

STEPS = [RECONCILE_JOBS.name, TIDY.name]


AFTER = Walk(next_piece=3, bytes=30, files=3, whole_bytes=4, whole_files=6)


class StandIns:
    """Steps that do nothing, one of which may do something else instead."""

    def __init__(self) -> None:
        self.instead: dict[str, Callable[[], Awaitable[None]]] = {}
        self.ran: list[str] = []
        self.walks: list[Walk] = []
        self.failed_parts: list[str] = []

    async def _pass(self, name: str) -> None:
        self.ran.append(name)
        if name in self.instead:
            await self.instead[name]()

    @implements_without_task(RECONCILE_JOBS)
    async def reconcile_jobs(self) -> Reconciled:
        await self._pass(RECONCILE_JOBS.name)
        return Reconciled(1, 2, 3)

    @implements(TIDY)
    async def tidy(self, walk: Walk) -> Tidied:
        self.walks.append(walk)
        await self._pass(TIDY.name)
        swept = Swept(6, staged_bytes=3, staged_files=2, walk=AFTER)
        return Tidied(4, 5, swept, Verified(9, 10), self.failed_parts)


WHOLE = RetentionReport(
    started=1,
    failed=2,
    cancelled=3,
    expired=4,
    records_removed=5,
    swept=6,
    stored_bytes=7,
    stored_files=8,
    files_verified=9,
    files_lost=10,
    walk=AFTER,
)


async def fail() -> None:
    """What a step does whose attempts are at an end."""
    raise ApplicationError("Storage could not be reached.", non_retryable=True)


@asynccontextmanager
async def workers(client: Client, steps: StandIns) -> AsyncIterator[None]:
    throttle = policies.HEARTBEAT_THROTTLE
    workflows = Worker(
        client,
        task_queue=WORKFLOW_QUEUE,
        workflows=[RetentionWorkflow],
        workflow_runner=SANDBOX,
    )
    activities = Worker(
        client,
        task_queue=IO_QUEUE,
        activities=[steps.reconcile_jobs, steps.tidy],
        max_heartbeat_throttle_interval=throttle,
        default_heartbeat_throttle_interval=throttle,
    )
    async with workflows, activities:
        yield


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


@pytest.fixture
async def steps(client: Client) -> AsyncIterator[StandIns]:
    """The steps that a worker runs meanwhile."""
    stand_ins = StandIns()
    async with workers(client, stand_ins):
        yield stand_ins


async def run_retention(client: Client) -> RetentionReport:
    return await client.execute_workflow(
        RetentionWorkflow.run, id="retention", task_queue=WORKFLOW_QUEUE
    )


async def test_all_is_done_and_open_jobs_come_first(client: Client, steps: StandIns) -> None:
    assert await run_retention(client) == WHOLE
    assert steps.ran == STEPS


@pytest.mark.parametrize("failing", STEPS)
async def test_a_step_that_fails_stops_no_other(
    client: Client, steps: StandIns, failing: str
) -> None:
    steps.instead[failing] = fail
    report = await run_retention(client)
    assert steps.ran == STEPS
    assert report.failed_steps == [failing]
    assert (report.stored_bytes is None) is (failing == TIDY.name)


@pytest.mark.parametrize("ends_well", [True, False], ids=["ends in spite of it", "is cancelled"])
async def test_a_cancellation_stops_all(
    client: Client, steps: StandIns, *, ends_well: bool
) -> None:
    started = asyncio.Event()

    async def wait_for_cancel() -> None:
        started.set()
        try:
            async with heartbeats():
                await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not ends_well:
                raise

    steps.instead[RECONCILE_JOBS.name] = wait_for_cancel
    handle = await client.start_workflow(
        RetentionWorkflow.run, id="retention", task_queue=WORKFLOW_QUEUE
    )
    await asyncio.wait_for(started.wait(), 20)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, CancelledError)
    assert steps.ran == [RECONCILE_JOBS.name]


async def run_by_schedule(client: Client) -> None:
    """Let the schedule run retention once, and not by itself."""
    await ensure_schedule(client)
    schedule = client.get_schedule_handle(RETENTION_SCHEDULE_ID)
    await schedule.pause()
    before = (await schedule.describe()).info.num_actions
    await schedule.trigger()
    for _ in range(400):
        info = (await schedule.describe()).info
        if info.num_actions > before:
            break
        await asyncio.sleep(0.05)
    action = info.recent_actions[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    await client.get_workflow_handle(action.workflow_id).result()
    for _ in range(400):
        if not (await schedule.describe()).info.running_actions:
            break
        await asyncio.sleep(0.05)  # until then the next one would be skipped


async def test_each_run_goes_on_with_the_walk_of_the_one_before(
    client: Client, steps: StandIns
) -> None:
    await run_by_schedule(client)
    assert steps.walks == [Walk()]
    steps.instead[TIDY.name] = fail
    await run_by_schedule(client)
    del steps.instead[TIDY.name]
    await run_by_schedule(client)
    assert steps.walks[1:] == [AFTER, AFTER], "also after a run that could not tidy"


async def test_a_part_that_failed_is_told(client: Client, steps: StandIns) -> None:
    steps.failed_parts = ["expire_files"]
    assert (await run_retention(client)).failed_steps == ["expire_files"]


async def test_operators_see_that_a_step_failed(client: Client, steps: StandIns) -> None:
    steps.instead[TIDY.name] = fail
    await run_by_schedule(client)
    state = await read_retention(client)
    assert state.last_outcome == "failed"
    assert state.last_report is not None
    assert state.last_report.failed_steps == [TIDY.name]
