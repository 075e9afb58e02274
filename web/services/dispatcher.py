"""Starts and cancels the workflows of jobs, now or as soon as Temporal responds."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.dispatch_queue import GRACE
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.temporal.admission import Admission
from activities.temporal.client import TemporalUnavailableError
from activities.temporal.exports import cancel_export

logger = get_logger(__name__)

_ROUND_SECONDS = 2.0
# After a failed call the others need not wait for their own time-out too.
_UNAVAILABLE_SECONDS = 1.0
_BATCH = 100


class Dispatcher:
    """Starts and cancels workflows as the job records ask for it.

    The record is written first, so nothing is lost here: what cannot be done now is done by
    `run` when Temporal responds again, by this process or another one.
    """

    def __init__(self, client: Client, records: JobRecords, admission: Admission) -> None:
        self._client = client
        self._records = records
        self._admission = admission
        self._unavailable_until = float("-inf")

    def dispatches_immediately(self, in_flight: int) -> bool:
        """True if a new job's workflow starts at once.

        Args:
            in_flight: the number of other jobs of its owner that have not ended.
        """
        return in_flight < self._admission.at_once

    async def start(self, job: Job, *, dispatched_immediately: bool) -> None:
        """Start a new job's workflow if it may begin and Temporal responds.

        Args:
            job: the job as it was written.
            dispatched_immediately: True if it was written so; else it may have to wait for others.
        """
        if dispatched_immediately:
            await self._ask_temporal(self._admission.start(job), {"job_id": job.job_id})
        else:
            await self._admit(job.owner_id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job whose record has the requested cancellation.

        A pending job ends here and now: no workflow can take a record that is to be cancelled.
        One that runs is stopped by its workflow; when Temporal is unavailable, the workflow finds
        the requested cancellation in the record.
        """
        await self._records.cancel_pending(job_id, utc_now())
        await self._ask_temporal(cancel_export(self._client, job_id), {"job_id": job_id})

    async def run(self) -> None:
        """Now and every few seconds, look for jobs that have no workflow yet; never returns."""
        while True:
            try:
                await self._catch_up()
            except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
                logger.warning("catching up failed", cause=format_traceback(error))
            await asyncio.sleep(_ROUND_SECONDS)

    async def _catch_up(self) -> None:
        before = utc_now() - GRACE
        for job_id in await self._admission.queue.cancellation_pending(before, _BATCH):
            await self.cancel(job_id)
        for owner_id in await self._admission.queue.owners(before):
            await self._admit(owner_id)

    async def _admit(self, owner_id: str) -> None:
        await self._ask_temporal(self._admission.admit(owner_id), {"owner": owner_id})

    async def _ask_temporal(
        self, call: Coroutine[Any, Any, object], fields: dict[str, str]
    ) -> None:
        """Await the call, unless Temporal just was unavailable; a failed call is repeated later."""
        if time.monotonic() < self._unavailable_until:
            call.close()
            return
        try:
            await call
        except TemporalUnavailableError as error:
            self._unavailable_until = time.monotonic() + _UNAVAILABLE_SECONDS
            logger.warning("temporal away, job waits", **fields, cause=format_traceback(error))
        except Exception as error:  # noqa: BLE001 - the record stands, so the job was taken
            logger.error(  # noqa: TRY400
                "job not started", **fields, cause=format_traceback(error)
            )
        else:
            self._unavailable_until = float("-inf")
