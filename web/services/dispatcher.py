"""Starts and cancels the workflows of jobs, now or as soon as Temporal responds."""

import asyncio
from collections.abc import Awaitable

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.dispatch_queue import GRACE
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.temporal.admission import Admission
from activities.temporal.circuit_breaker import CircuitOpenError
from activities.temporal.client import ANSWER_SECONDS, TemporalUnavailableError
from web.services.rounds import keep_doing

logger = get_logger(__name__)

_BATCH = 100


class Dispatcher:
    """Starts and cancels workflows as the job records ask for it.

    The record is written first, so nothing is lost here: what cannot be done now is done by
    `run` when Temporal responds again, by this process or another one.
    """

    def __init__(self, records: JobRecords, admission: Admission) -> None:
        self._records = records
        self._admission = admission

    async def start(self, job: Job) -> None:
        """Start a new job's workflow if it has its turn and Temporal responds.

        Args:
            job: the job as it was written. If it has no turn, the owner's oldest that wait are
                started, should a place have become free meanwhile.
        """
        if job.dispatched_at is not None:
            await or_later(self._admission.start(job), job_id=job.job_id)
        else:
            # It may mean several calls, after those of other requests; this one waits for one.
            admitted = self._admission.admit(job.owner_id)
            await or_later(asyncio.wait_for(admitted, ANSWER_SECONDS), owner=job.owner_id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job whose record has the requested cancellation.

        A pending job ends here and now: no workflow can take a record that is to be cancelled.
        One that runs is stopped by its workflow; when Temporal is unavailable, the workflow finds
        the requested cancellation in the record.
        """
        await self._records.cancel_pending(job_id, utc_now())
        await or_later(self._admission.cancel(job_id), job_id=job_id)

    async def run(self) -> None:
        """Now and every few seconds, look for jobs that have no workflow yet; never returns."""
        await keep_doing(self._catch_up, "catching up failed", logger)

    async def _catch_up(self) -> None:
        before = utc_now() - GRACE
        for job_id in await self._admission.queue.cancellation_pending(before, _BATCH):
            await self.cancel(job_id)
        await or_later(self._admission.admit_all(before))


async def or_later(call: Awaitable[object], **fields: str) -> None:
    """Await a call that the next round repeats, should it fail: the record stands."""
    try:
        await call
    except CircuitOpenError:
        return  # the call that found out has been logged
    except (TemporalUnavailableError, TimeoutError) as error:
        logger.warning("temporal away, job waits", **fields, cause=format_traceback(error))
    except Exception as error:  # noqa: BLE001 - the record stands, so the job was taken
        logger.error(  # noqa: TRY400 - messages of exceptions stay out of logs
            "temporal was not told", **fields, cause=format_traceback(error)
        )
