"""Starting and stopping the workflows of jobs, now or as soon as Temporal answers."""

import asyncio
import logging
import time
from datetime import timedelta

from temporalio.client import Client

from activities import temporal
from activities.jobs.model import Job
from activities.jobs.records import JobRecords, utc_now
from web.problems import trace

logger = logging.getLogger(__name__)

_ROUND_SECONDS = 2.0
# The client's own limit on a call does not cover making the connection, which takes forever
# when an address swallows packets.
_CALL_SECONDS = 2.5
# The request that made a younger record is still at starting it.
_GRACE_SECONDS = 3.0
# After a failed call the others need not wait for their own time-out too.
_AWAY_SECONDS = 1.0
_BATCH = 100


class Dispatcher:
    """Brings the wishes that the job records hold to Temporal.

    The record is written first, so nothing is lost here: what cannot be done now is done by
    `run` when Temporal answers again, by this process or another one.
    """

    def __init__(self, client: Client, records: JobRecords, max_seconds: float) -> None:
        self._client = client
        self._records = records
        self._max_seconds = max_seconds
        self._away_until = float("-inf")

    async def start(self, job: Job) -> None:
        """Start the job's workflow, if Temporal answers."""
        if time.monotonic() >= self._away_until:
            await self._try_start(job)

    async def cancel(self, job_id: str) -> None:
        """Stop a job whose cancellation stands in its record.

        A pending job ends here and now: no workflow can take a record that is to be cancelled.
        One that runs is stopped by its workflow; when Temporal is away, the workflow finds the
        wish in the record.
        """
        await self._records.cancel_unstarted(job_id, utc_now())
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(_CALL_SECONDS):
                    await temporal.cancel_export(self._client, job_id)
            except (temporal.TemporalAwayError, TimeoutError) as error:
                self._note_away(job_id, error)

    async def run(self) -> None:
        """Now and every few seconds, look for jobs that have no workflow yet; never returns."""
        while True:
            try:
                await self._catch_up()
            except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
                logger.warning("catching up failed", extra={"fields": {"cause": trace(error)}})
            await asyncio.sleep(_ROUND_SECONDS)

    async def _catch_up(self) -> None:
        before = utc_now() - timedelta(seconds=_GRACE_SECONDS)
        batch = await self._records.undispatched(before, _BATCH)
        while batch:
            done = [await self._bring(job) for job in batch]
            if time.monotonic() < self._away_until or not any(done):
                return
            batch = await self._records.undispatched(before, _BATCH)

    async def _bring(self, job: Job) -> bool:
        """Do what the record asks for; False when that was not possible."""
        if job.cancel_requested_at is not None:
            await self.cancel(job.job_id)
            return True
        if time.monotonic() < self._away_until or not await self._try_start(job):
            return False
        await self._records.mark_dispatched(job.job_id, utc_now())
        return True

    async def _try_start(self, job: Job) -> bool:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                await temporal.start_export(self._client, job, self._max_seconds)
        except (temporal.TemporalAwayError, TimeoutError) as error:
            self._note_away(job.job_id, error)
            return False
        except Exception as error:  # noqa: BLE001 - the record stands, so the job was taken
            fields = {"job_id": job.job_id, "cause": trace(error)}
            logger.error("job not started", extra={"fields": fields})  # noqa: TRY400
            return False
        self._away_until = float("-inf")
        return True

    def _note_away(self, job_id: str, error: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_SECONDS
        logger.warning(
            "temporal away, job waits", extra={"fields": {"job_id": job_id, "cause": trace(error)}}
        )
