"""Starts workflows for accepted exports: of each owner a few, while the others wait.

What has a workflow competes for workers, processors and the database in the order in which it came.
A job that waits in its record costs nothing, so the thousands of exports of one owner stay there,
and the single export of another owner finds capacity.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from temporalio.client import Client

from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.ending import end_job
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.jobs import Job, Status
from activities.model.problems import RECORD_DAMAGED, problem
from activities.temporal.circuit_breaker import CircuitBreaker, CircuitOpenError
from activities.temporal.client import TemporalUnavailableError
from activities.temporal.exports import ExportRefusedError, cancel_export, start_export
from workflows.contracts import ErrorType

logger = get_logger(__name__)

# The export that has ended is reported to Temporal after this; it must not look crashed meanwhile.
_SUCCESSION_SECONDS = 2.5
# About half of a small export. Where one of a long queue follows upon another at once, it is always
# in the way of the single export of somebody who looks on.
_GIVE_WAY_SECONDS = 0.015


class Admission:
    """Starts the workflows of exports that may begin, and cancels those of exports that must end.

    Any number of processes may do so at once: a job's workflow has the job's id, so a second start
    changes nothing.

    Attributes:
        queue: the jobs that are not dispatched.
        at_once: see `DispatchQueue.take_turns`.
        breaker: whether the server responds to it.
    """

    def __init__(
        self,
        client: Client,
        records: JobRecords,
        execution: JobExecution,
        queue: DispatchQueue,
        *,
        at_once: int,
        max_seconds: float,
        express: bool = False,
        public_url: str = "",
    ) -> None:
        self.queue = queue
        self.at_once = at_once
        self._client = client
        self._records = records
        self._execution = execution
        self._max_seconds = max_seconds
        self._express = express
        self._public_url = public_url
        self.breaker = CircuitBreaker()
        self._not_started = set[str]()

    async def start(self, job: Job) -> bool:
        """Start a job's workflow, even if others wait; its time began when it was accepted.

        Returns False when Temporal refuses the job, which has failed then: it could only hold up
        the owner's others.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it cannot be started now, see `start_export`.
        """
        waited = (utc_now() - job.created_at).total_seconds()
        left = min(max(self._max_seconds - waited, 0), self._max_seconds)
        try:
            # Whoever starts it, it belongs to the request that created it.
            with tracing.within(job.trace_parent):
                await self.breaker.call(
                    lambda: start_export(
                        self._client, job, left, express=self._express, public_url=self._public_url
                    )
                )
        except ExportRefusedError as error:
            logger.error(  # noqa: TRY400 - messages of exceptions stay out of logs
                "temporal refuses the job, which fails",
                job_id=job.job_id,
                request_id=job.request_id,
                owner=job.owner_id,
                cause=format_traceback(error),
            )
            error_of_job = problem(ErrorType.INTERNAL)
            await end_job(
                self._execution, job.job_id, job.format, Status.FAILED, error=error_of_job
            )
            return False
        except CircuitOpenError:
            raise  # it was not this job
        except Exception:
            self._not_started.add(job.job_id)
            raise
        self._not_started.discard(job.job_id)
        return True

    async def cancel(self, job_id: str) -> None:
        """Cancel the job's workflow, if it runs.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it refused.
        """
        await self.breaker.call(lambda: cancel_export(self._client, job_id))

    async def admit(self, owner_id: str) -> int:
        """Start the owner's oldest waiting exports, as many as may; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
        """
        return await self._start_each(await self.queue.take_turns(owner_id, self.at_once))

    async def admit_all(self, older_than: datetime) -> int:
        """Start the exports of all owners that may begin; returns how many.

        Those that could not be started the last time come last, so that they hold up nobody even
        if each of them waits for a time-out.

        Args:
            older_than: only exports that were created before this moment, in UTC.

        Raises:
            TemporalUnavailableError: the server did not respond.
        """
        job_ids = await self.queue.take_all_turns(self.at_once, older_than)
        self._not_started.intersection_update(job_ids)
        return await self._start_each(sorted(job_ids, key=self._not_started.__contains__))

    async def _start_each(self, job_ids: Iterable[str]) -> int:
        """Start waiting jobs; one that cannot be started leaves the others alone."""
        started = 0
        failed: list[tuple[str, Exception]] = []
        for job_id in job_ids:
            try:
                started += await self.start_one(job_id)
            except TemporalUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - it is this job's, whatever it is
                self._not_started.add(job_id)
                failed.append((job_id, error))
        if failed:
            # One line: it may be all of them, in each round.
            first, cause = failed[0]
            logger.error(
                "jobs not started", jobs=len(failed), job_id=first, cause=format_traceback(cause)
            )
        return started

    async def start_one(self, job_id: str) -> bool:
        """Start the workflow of a job and note that it exists; see `start` for what it raises.

        Returns False when the job is gone, or is refused, or fails as nobody can read its record.
        """
        job = await self._records.get(job_id)
        if job is None:
            return False
        if job.damaged:
            error = problem(RECORD_DAMAGED.code)
            await end_job(self._execution, job_id, job.format, Status.FAILED, error=error)
            return False
        if not await self.start(job):
            return False
        await self._records.mark_dispatched(job_id, utc_now())
        return True

    async def admit_after(self, job_id: str) -> None:
        """Give the place of an export that has ended to the next of the same owner.

        While others export as well, they have the processors for a moment first.

        What cannot be done now is done by the API, which looks for waiting jobs every few seconds.
        """
        try:
            async with asyncio.timeout(_SUCCESSION_SECONDS):
                owner_id = await self.queue.owner_behind(job_id)
                if owner_id is None:
                    return
                if await self.queue.has_others(owner_id, self.at_once):
                    await asyncio.sleep(_GIVE_WAY_SECONDS)
                await self.admit(owner_id)
        except Exception as error:  # noqa: BLE001 - the export that has ended must not fail by it
            logger.warning("next export of the owner waits", cause=format_traceback(error))
