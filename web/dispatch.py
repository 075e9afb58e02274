"""Starting and stopping the workflows of jobs, now or as soon as Temporal answers."""

import asyncio
import logging
import time
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from activities import temporal
from activities.jobs.model import Job
from activities.jobs.records import JobRecords, utc_now
from web.problems import trace

logger = logging.getLogger(__name__)

_ROUND_SECONDS = 5.0
# After a failed call the others need not wait for their own time-out too.
_AWAY_SECONDS = 5.0
_BATCH = 100


class Dispatcher:
    """Brings the wishes that the job records hold to Temporal.

    The record is written first, so nothing is lost here: what cannot be done now is done by
    `run` when Temporal answers again, by this process or another one.
    """

    def __init__(self, client: Client, records: JobRecords) -> None:
        self._client = client
        self._records = records
        self._away_until = float("-inf")

    async def start(self, job: Job) -> None:
        """Start the job's workflow, if Temporal answers."""
        if time.monotonic() >= self._away_until:
            await self._try_start(job)

    async def cancel(self, job_id: str) -> None:
        """Stop a job whose cancellation stands in its record, if Temporal answers."""
        if time.monotonic() >= self._away_until:
            await self._try_cancel(job_id)

    async def run(self) -> None:
        """Every few seconds, look for jobs that have no workflow yet; never returns."""
        while True:
            await asyncio.sleep(_ROUND_SECONDS)
            try:
                await self._catch_up()
            except SQLAlchemyError as error:
                logger.warning("job records away", extra={"fields": {"cause": trace(error)}})
            except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
                logger.error("starter failed", extra={"fields": {"cause": trace(error)}})  # noqa: TRY400

    async def _catch_up(self) -> None:
        before = utc_now() - timedelta(seconds=_ROUND_SECONDS)
        for job in await self._records.undispatched(before, _BATCH):
            if job.cancel_requested_at is not None:
                done = await self._try_cancel(job.job_id)
            else:
                done = await self._try_start(job)
                if done:
                    await self._records.mark_dispatched(job.job_id, utc_now())
            if not done:
                return

    async def _try_start(self, job: Job) -> bool:
        try:
            await temporal.start_export(self._client, job)
        except temporal.TemporalAwayError as error:
            self._note_away(job.job_id, error)
            return False
        self._away_until = float("-inf")
        return True

    async def _try_cancel(self, job_id: str) -> bool:
        try:
            running = await temporal.cancel_export(self._client, job_id)
        except temporal.TemporalAwayError as error:
            self._note_away(job_id, error)
            return False
        if not running:
            await self._records.cancel_unstarted(job_id, utc_now())
        return True

    def _note_away(self, job_id: str, error: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_SECONDS
        logger.warning(
            "temporal away, job waits", extra={"fields": {"job_id": job_id, "cause": trace(error)}}
        )
