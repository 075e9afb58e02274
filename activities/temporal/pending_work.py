"""What an export's workflow waits for at this moment, as Temporal knows it."""

import asyncio
import time
from collections.abc import Iterable

import msgspec
from temporalio.api.enums.v1 import PendingActivityState, PendingWorkflowTaskState, TimeoutType
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from activities.temporal.circuit_breaker import CircuitBreaker
from activities.temporal.client import RPC_TIMEOUT, TemporalUnavailableError, in_time
from workflows.contracts import workflow_id

_FRESH_SECONDS = 5.0
_AT_ONCE = 8
_MOST_REMEMBERED = 1_000
_PATIENCE_SECONDS = 1.8
_BRIEFLY_SECONDS = 1.0


class PendingWork(msgspec.Struct, frozen=True):
    """The step that a running export is at, of several the one that has been tried most often."""

    step: str
    """Its name; `decide` while only a worker of the workflow can go on."""
    has_worker: bool
    """False while it waits for one, or for its next attempt."""
    attempt: int
    """1 for the first."""
    failure: str | None
    """Why the attempt before failed: the type of its error, which is a problem's code, or the kind
    of time-out; never a message, which might hold content."""


class PendingWorks:
    """Asks Temporal about exports, about each at most once in five seconds."""

    def __init__(self, client: Client, others: CircuitBreaker | None = None) -> None:
        """Ask nothing while calls of others, if given, are known to get no response."""
        self._client = client
        self._others = others
        self._breaker = CircuitBreaker()
        self._known = dict[str, tuple[float, PendingWork | None]]()
        self._calls = asyncio.Semaphore(_AT_ONCE)

    async def of(self, job_ids: Iterable[str], *, briefly: bool = False) -> dict[str, PendingWork]:
        """The pending work of those of the jobs whose workflow runs.

        Of nobody while Temporal does not respond: what the records tell is then all there is.

        Args:
            job_ids: the jobs.
            briefly: for a response to which it is an extra.
        """
        job_ids = list(job_ids)
        if not job_ids or (self._others is not None and self._others.is_open):
            return {}
        limit = _BRIEFLY_SECONDS if briefly else _PATIENCE_SECONDS

        async def ask() -> list[PendingWork | None]:
            try:
                async with asyncio.timeout(limit):
                    return await asyncio.gather(*map(self._one, job_ids))
            except TimeoutError as error:
                raise TemporalUnavailableError("no response") from error

        try:
            found = await self._breaker.call(ask)
        except (TemporalUnavailableError, RPCError):
            return {}
        return {
            job_id: work for job_id, work in zip(job_ids, found, strict=True) if work is not None
        }

    async def _one(self, job_id: str) -> PendingWork | None:
        known = self._known.get(job_id)
        if known is not None and time.monotonic() - known[0] < _FRESH_SECONDS:
            return known[1]
        async with self._calls:
            work = await self._read(job_id)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[job_id] = (time.monotonic(), work)
        return work

    async def _read(self, job_id: str) -> PendingWork | None:
        handle = self._client.get_workflow_handle(workflow_id(job_id))
        try:
            described = await in_time(handle.describe(rpc_timeout=RPC_TIMEOUT))
        except RPCError:
            return None  # there is none, or it is not to be seen
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return None
        raw = described.raw_description
        steps = [
            PendingWork(
                each.activity_type.name,
                each.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
                max(each.attempt, 1),
                _reason(each.last_failure) if each.HasField("last_failure") else None,
            )
            for each in raw.pending_activities
        ]
        if steps:
            return max(steps, key=lambda step: (step.attempt, step.has_worker))
        if raw.HasField("pending_workflow_task"):
            task = raw.pending_workflow_task
            taken = task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED
            return PendingWork("decide", taken, max(task.attempt, 1), None)
        return None


def _reason(failure: Failure) -> str:
    if failure.HasField("application_failure_info"):
        return failure.application_failure_info.type or "internal-error"
    if failure.HasField("timeout_failure_info"):
        kind = TimeoutType.Name(failure.timeout_failure_info.timeout_type)
        return "worker-lost" if kind == "TIMEOUT_TYPE_HEARTBEAT" else "timed-out"
    return "internal-error"
