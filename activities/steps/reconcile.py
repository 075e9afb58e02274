"""Reconciling: open jobs and their workflows are brought together, whatever happened to either."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import RETENTION
from activities.common.tracebacks import format_traceback
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle, OpenJob
from activities.model.job_formats import job_format
from activities.model.jobs import Status
from activities.model.problems import RECORD_DAMAGED, problem
from activities.settings import Settings
from activities.steps.end_job import end_without_file
from activities.steps.implements import implements_without_task
from activities.steps.retention_step import left_for_later, one_step
from activities.storage.protocol import Storage
from activities.temporal.admission import Admission
from activities.temporal.exports import cancel_export, terminate_export
from workflows.contracts import RECONCILE_JOBS, ErrorType, Reconciled, workflow_id
from workflows.policies import RECONCILE_INTERVAL

logger = get_logger(__name__)

_PAGE = 500

_BETWEEN = RECONCILE_INTERVAL.total_seconds()

# An export younger than this is left to the API that is just starting it.
_SETTLED = timedelta(seconds=30)

# A workflow ends itself at the end of its time, or when it is cancelled. One that has not by then
# is one for which no worker can decide, and it would hold its owner's place for ever.
_OVERDUE = timedelta(minutes=15)


class Reconcile:
    """The activity that reconciles, with what it needs."""

    def __init__(
        self,
        lifecycle: JobLifecycle,
        execution: JobExecution,
        storage: Storage,
        client: Client,
        admission: Admission,
        settings: Settings,
    ) -> None:
        self._lifecycle = lifecycle
        self._execution = execution
        self._storage = storage
        self._client = client
        self._admission = admission
        self._longest = timedelta(seconds=settings.max_seconds) + _OVERDUE

    @implements_without_task(RECONCILE_JOBS)
    async def reconcile_jobs(self) -> Reconciled:
        """Bring open jobs and their workflows together, whatever happened to either."""
        async with one_step():
            return await self._reconcile_all()

    async def keep_reconciling(self) -> None:
        """Do the same about once a minute, beside the workers of this process; never returns.

        Several processes may: what one of them changes is no longer there for the others.
        """
        while True:
            # Those that were started together spread.
            await asyncio.sleep(_BETWEEN * random.uniform(0.5, 1))  # noqa: S311 - no secret
            try:
                await self._reconcile_all()
            except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
                logger.warning("jobs not reconciled", cause=format_traceback(error))

    async def _reconcile_all(self) -> Reconciled:
        counts = {"started": 0, "failed": 0, "cancelled": 0}
        with left_for_later("exports that wait for their turn"):
            started = await self._admission.admit_all(utc_now() - _SETTLED)
            counts["started"] += started
            RETENTION.labels("job_started").inc(started)
        async for job in self._settled_open_jobs():
            with left_for_later(f"job {job.job_id}"):
                done = await self._reconcile(job)
                if done:
                    counts[done] += 1
                    RETENTION.labels(f"job_{done}").inc()
        return Reconciled(**counts)

    async def _settled_open_jobs(self) -> AsyncIterator[OpenJob]:
        async for page in self._lifecycle.open_jobs(utc_now() - _SETTLED, _PAGE):
            waiting = await self._admission.queue.among([job.job_id for job in page])
            now = utc_now()
            for job in page:
                # Who waits for a turn has no workflow, and must not wait for ever.
                if job.job_id not in waiting or self._is_overdue(job, now):
                    yield job

    async def _reconcile(self, job: OpenJob) -> str | None:
        running = await self._workflow_runs(job.job_id)
        overdue = self._is_overdue(job, utc_now())
        if running:
            if not overdue:
                if job.cancel_requested_at is not None:
                    await cancel_export(self._client, job.job_id)
                return None
            await terminate_export(self._client, job.job_id, "it did not end in its time")
        if running is None and job.archive_id is not None and not overdue:
            # The archive's workflow starts those of its parts.
            return None
        error = None
        if job.cancel_requested_at is None:
            never_began = running is None and job.status is Status.PENDING
            if job.damaged:
                error = problem(RECORD_DAMAGED.code)
            elif running or (never_began and overdue):
                error = problem(ErrorType.TIMED_OUT)
            elif job_format(job.format) is None:
                error = problem(ErrorType.RENDER_FAILED, "The format is not installed any more.")
            elif never_began:
                return "started" if await self._admission.start_one(job.job_id) else "failed"
            else:
                error = problem(ErrorType.TERMINATED)
        ended = await end_without_file(
            self._execution, self._storage, job.job_id, job.format, error
        )
        return ended.value if ended in {Status.FAILED, Status.CANCELLED} else None

    def _is_overdue(self, job: OpenJob, now: datetime) -> bool:
        """True if the job should have ended a while ago."""
        if job.cancel_requested_at is not None and now - job.cancel_requested_at > _OVERDUE:
            return True
        return now - job.created_at > self._longest

    async def _workflow_runs(self, job_id: str) -> bool | None:
        """True if the job's workflow is running, False if it has ended, None if there is none."""
        handle = self._client.get_workflow_handle(workflow_id(job_id))
        try:
            status = (await handle.describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return status is WorkflowExecutionStatus.RUNNING
