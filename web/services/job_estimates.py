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
from activities.model.job_formats import missing_formats, seconds_per_item
from activities.model.jobs import Job, Phase, Status
from activities.temporal.pending_work import PendingWork, PendingWorks
from web.schemas.job import JobEstimate, progress_of
from workflows.contracts import ASSEMBLE, FETCH, FREEZE_PICTURES, RENDER, ErrorType

logger = get_logger(__name__)

_FRESH_SECONDS = 1.0
_WINDOW = timedelta(minutes=1)
# Fewer say how little was asked for, not how much can be done.
_ENOUGH_COMPLETED = 10
# Before that, the pace says more about how the job began.
_PACE_FROM_PERCENT = 5.0
_PACE_FROM_SECONDS = 1.0
# A machine may be half as fast as that of the catalog, and others work on it too.
_CLEARLY = 3.0
_CLEARLY_SECONDS = 5.0

# A step that does several things shows in the record which of them it is at.
_PHASES = {
    FETCH.name: Phase.FETCHING,
    FREEZE_PICTURES.name: Phase.FETCHING,
    RENDER.name: Phase.RENDERING,
    ASSEMBLE.name: Phase.ASSEMBLING,
}

# What is away for a while, other than a mistake or a worker.
_MAY_PASS = {
    ErrorType.SOURCE_UNAVAILABLE,
    ErrorType.DATABASE,
    ErrorType.STORAGE,
    ErrorType.NO_SPACE,
}

# What an export takes beside rendering, when no job waits.
_SECONDS_AROUND = 0.5


class JobEstimates:
    """Estimates queue positions and time left. The queue is read at most once a second."""

    def __init__(self, database: Database, retention: timedelta, works: PendingWorks) -> None:
        """Take the collaborators; nothing is called yet.

        Args:
            database: the database of the job records.
            retention: how long files live.
            works: tell what exports wait for that take far longer than was estimated.
        """
        self._works = works
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
        overdue = [job.job_id for job in open_jobs if _is_overdue(job, now)]
        works = await self._works.of(overdue, briefly=True) if overdue else {}
        return {
            job.job_id: self._waiting(job, now)
            if job.status is Status.PENDING
            else _working(job, now, works.get(job.job_id))
            for job in open_jobs
        }

    def _waiting(self, job: Job, now: datetime) -> JobEstimate:
        position = self._positions.of(PendingJob(job.job_id, job.owner_id))
        own = _seconds_of_work(job)
        if position is None or own is None or _is_overdue(job, now):
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


def _working(job: Job, now: datetime, work: PendingWork | None) -> JobEstimate:
    """The estimate for a job that is being processed."""
    waits_for = _waits_for(work)
    if work is not None and not work.has_worker:
        waiting = Phase.QUEUED if waits_for is None else _PHASES.get(work.step)
        return JobEstimate(phase=waiting, waits_for=waits_for)
    phase = None if work is None else _PHASES.get(work.step)
    if work is not None and work.attempt > 1:
        return JobEstimate(phase=phase, waits_for=waits_for)
    return JobEstimate(estimated_seconds_left=_seconds_left(job, now), phase=phase)


def _waits_for(work: PendingWork | None) -> str | None:
    """The problem of another service, by its code, for which the step is tried again."""
    if work is None or work.failure not in _MAY_PASS:
        return None
    return work.failure


def _is_overdue(job: Job, now: datetime) -> bool:
    """True if it clearly takes longer than the catalog says; never while others come first."""
    begun = job.started_at or job.dispatched_at
    whole = _seconds_of_work(job)
    if begun is None or whole is None:
        return False
    return (now - begun).total_seconds() > _CLEARLY * whole + _CLEARLY_SECONDS


def _seconds_left(job: Job, now: datetime) -> int | None:
    """Seconds until a job ends that is being processed; None while nothing tells."""
    spent = (now - job.started_at).total_seconds() if job.started_at else 0.0
    percent = progress_of(job).percent
    if percent >= _PACE_FROM_PERCENT and spent >= _PACE_FROM_SECONDS:
        return math.ceil(spent * (100 - percent) / percent)
    whole = _seconds_of_work(job)
    if whole is None or _is_overdue(job, now):
        return None
    return max(math.ceil(whole - spent), 1)


def _seconds_of_work(job: Job) -> float | None:
    """Seconds the whole job takes by the catalog; None for a format that is no longer there."""
    if missing_formats(job.format, job.options):
        return None
    per_item = seconds_per_item(job.format, job.options)
    return _SECONDS_AROUND + per_item * job.items_total
