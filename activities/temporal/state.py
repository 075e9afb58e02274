"""The state of the service as Temporal knows it: queue lengths, and the last run of retention."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError

from activities.common.clock import utc_now
from activities.temporal.client import RPC_TIMEOUT, TemporalUnavailableError
from activities.temporal.worker_heartbeats import read_heartbeats
from workflows.contracts import (
    EXPRESS_QUEUE,
    IO_QUEUE,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    RETENTION_SCHEDULE_ID,
    WORKFLOW_QUEUE,
    RetentionReport,
)

_QUEUES: tuple[tuple[str, "TaskQueueType.ValueType"], ...] = (
    (WORKFLOW_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    (IO_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (RENDER_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (RENDER_SMALL_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
)


_EXPRESS = ((EXPRESS_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),)


ROLES = {
    WORKFLOW_QUEUE: "workflow",
    IO_QUEUE: "io",
    RENDER_QUEUE: "render",
    RENDER_SMALL_QUEUE: "render",
    EXPRESS_QUEUE: "express",
}
"""The role of the workers that ask each queue for tasks."""

# A call that asks for a task is held for a minute at most, and the server keeps who made one for
# five more: https://docs.temporal.io/task-queue#task-queue-partitions and its dynamic configuration
# (`matching.longPollExpirationInterval`).
_GONE = timedelta(seconds=75)


class QueueState(msgspec.Struct, frozen=True):
    """One of Temporal's task queues."""

    name: str
    waiting: int
    """Tasks that no worker has taken yet; Temporal calls it an approximation."""
    oldest_seconds: float
    """The time that the oldest of them has waited, in seconds."""
    pollers: int
    """Workers that ask for tasks. One that is frozen or gone counts for 20 s more; where Temporal
    knows no heartbeats of workers, for a minute."""


class RetentionState(msgspec.Struct, frozen=True):
    """The last and the next run of retention."""

    next_run_at: datetime | None
    paused: bool
    last_run_at: datetime | None
    last_outcome: Literal["completed", "running", "failed"] | None
    """`failed` as well when the run came to its end and one of its steps did not."""
    last_report: RetentionReport | None
    """The report of the newest run that was completed."""
    reported_at: datetime | None
    """The time at which that run ended, in UTC."""


async def read_queues(client: Client, *, express: bool) -> list[QueueState]:
    """The state of each of the task queues.

    Args:
        client: a client of the Temporal server.
        express: True if small exports go to workers of their own.

    Raises:
        TemporalUnavailableError: the server did not respond.
    """
    states = []
    heartbeats = await read_heartbeats(client)
    for name, kind in _QUEUES + (_EXPRESS if express else ()):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=kind,
            report_stats=True,
        )
        try:
            response = await client.workflow_service.describe_task_queue(
                request, timeout=RPC_TIMEOUT
            )
        except (RPCError, RuntimeError) as error:
            raise TemporalUnavailableError(type(error).__name__) from error
        stats = response.stats
        now = utc_now()
        states.append(
            QueueState(
                name,
                stats.approximate_backlog_count,
                stats.approximate_backlog_age.ToTimedelta() / timedelta(seconds=1),
                sum(
                    now - poller.last_access_time.ToDatetime(UTC) < _GONE
                    and not heartbeats.silent(name, poller.identity)
                    for poller in response.pollers
                ),
            )
        )
    return states


async def read_retention(client: Client) -> RetentionState:
    """The state of the retention schedule.

    Raises:
        TemporalUnavailableError: the server did not respond.
    """
    try:
        schedule = await client.get_schedule_handle(RETENTION_SCHEDULE_ID).describe(
            rpc_timeout=RPC_TIMEOUT
        )
        runs = schedule.info.recent_actions[::-1]
        outcome, report, reported_at = None, None, None
        for run in runs:
            action = run.action
            assert isinstance(action, ScheduleActionExecutionStartWorkflow)
            handle = client.get_workflow_handle(
                action.workflow_id,
                run_id=action.first_execution_run_id,
                result_type=RetentionReport,
            )
            status = (described := await handle.describe(rpc_timeout=RPC_TIMEOUT)).status
            outcome = outcome or _OUTCOMES.get(status, "failed")
            if status is WorkflowExecutionStatus.COMPLETED:
                report = await handle.result(rpc_timeout=RPC_TIMEOUT)
                reported_at = described.close_time
                if run is runs[0] and report.failed_steps:
                    outcome = "failed"
                break
    except (RPCError, RuntimeError) as error:
        raise TemporalUnavailableError(type(error).__name__) from error
    return RetentionState(
        next_run_at=next(iter(schedule.info.next_action_times), None),
        paused=schedule.schedule.state.paused,
        last_run_at=runs[0].started_at if runs else None,
        last_outcome=outcome,
        last_report=report,
        reported_at=reported_at,
    )


_Outcome = Literal["completed", "running", "failed"]
_OUTCOMES: dict[WorkflowExecutionStatus | None, _Outcome] = {
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.RUNNING: "running",
}
