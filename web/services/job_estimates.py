"""Estimates for jobs that have not ended: their position in the queue and the time left.

Times are told from what is known at no cost: the pace of the job itself once it has one, else the
catalog's seconds an item; and for those who wait, how many jobs were completed in the last minute.
"""

import asyncio
import math
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.queue_positions import PendingJob, QueuePositions, read_queue_positions
from activities.model.catalog import formats
from activities.model.jobs import Job, Status
from web.schemas.job import JobEstimate, progress_of

logger = get_logger(__name__)

_FRESH_SECONDS = 1.0
_WINDOW = timedelta(minutes=1)
# Fewer say how little was asked for, not how much can be done.
_ENOUGH_COMPLETED = 10
# Before that, the pace says more about how the job began.
_PACE_FROM_PERCENT = 5.0
_PACE_FROM_SECONDS = 1.0
# What an export takes beside rendering, when no job waits.
_SECONDS_AROUND = 0.5


class JobEstimates:
    """Estimates queue positions and time left. The queue is read at most once a second."""

    def __init__(self, database: Database, retention: timedelta) -> None:
        self._database = database
        self._retention = retention
        self._positions = QueuePositions()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def of(self, jobs: Iterable[Job]) -> dict[str, JobEstimate]:
        """The estimates of those of the jobs that have not ended, by their ids."""
        open_jobs = [job for job in jobs if not job.status.ended]
        if any(job.status is Status.PENDING for job in open_jobs):
            await self._refresh()
        now = utc_now()
        return {
            job.job_id: self._waiting(job)
            if job.status is Status.PENDING
            else JobEstimate(estimated_seconds_left=_seconds_left(job, now))
            for job in open_jobs
        }

    def _waiting(self, job: Job) -> JobEstimate:
        position = self._positions.of(PendingJob(job.job_id, job.owner_id))
        own = _seconds_of_work(job)
        if position is None or own is None:
            return JobEstimate(position)
        if position == 0:
            return JobEstimate(position, math.ceil(own))
        completed = self._positions.completed
        if completed < _ENOUGH_COMPLETED:
            return JobEstimate(position)
        ahead = position * _WINDOW.total_seconds() / completed
        return JobEstimate(position, math.ceil(own + ahead))

    async def _refresh(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < _FRESH_SECONDS:
                return
            self._read_at = time.monotonic()
            try:
                since = utc_now() - _WINDOW
                self._positions = await read_queue_positions(self._database, since, self._retention)
            except SQLAlchemyError as error:
                # The response is about the job; its position in the queue is an extra.
                logger.warning("queue not read", cause=format_traceback(error))


def _seconds_left(job: Job, now: datetime) -> int | None:
    """Seconds until a job ends that is being processed; None while nothing tells."""
    spent = (now - job.started_at).total_seconds() if job.started_at else 0.0
    percent = progress_of(job).percent
    if percent >= _PACE_FROM_PERCENT and spent >= _PACE_FROM_SECONDS:
        return math.ceil(spent * (100 - percent) / percent)
    whole = _seconds_of_work(job)
    return None if whole is None else max(math.ceil(whole - spent), 1)


def _seconds_of_work(job: Job) -> float | None:
    """Seconds the whole job takes by the catalog; None for a format that is no longer there."""
    entry = formats().get(job.format)
    return None if entry is None else _SECONDS_AROUND + entry.seconds_per_item * job.items_total
