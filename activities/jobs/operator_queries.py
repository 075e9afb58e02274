"""Queries on the jobs of all owners, for those who operate the service."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)

from activities.common.column_types import StoredTime, UtcDateTime
from activities.common.database import Database
from activities.jobs.cached_counts import CachedCounts
from activities.jobs.job_table import read_jobs
from activities.jobs.pages import Listed, Pages
from activities.jobs.schema import REASON, chunks, jobs
from activities.jobs.statements import READ, among, number, parameter
from activities.model.jobs import OPEN, Job, Status

LAST_DAY = timedelta(days=1)
LAST_WEEK = timedelta(days=7)


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that jobs meet; None is no condition."""

    owner_id: str | None = None
    status: Status | None = None
    format: str | None = None
    reason: str | None = None
    """The code of the problem for which a job failed."""


class FailureCount(msgspec.Struct, frozen=True):
    """The number of jobs that failed for one reason."""

    reason: str
    """The code of a problem."""
    last_day: int
    last_week: int


class Ages(msgspec.Struct, frozen=True):
    """How long ago it was, for the oldest of all open jobs; None when there is no such job."""

    unfinished: timedelta | None
    """Since it was asked for."""
    without_progress: timedelta | None
    """Since it last made progress, of those that have their turn."""


_OPEN = jobs.c.completed_at.is_(None)
# An index begins with the oldest of one state; for that of both a database might walk through all
# that have ended.
_IN_STATUS = jobs.c.status == parameter(jobs.c.status)
# The index of open jobs has both columns: the rows of thousands that wait are not read.
_HAS_ITS_TURN = or_(jobs.c.dispatched_at.is_not(None), jobs.c.status == Status.PROCESSING)
_NOTED = (
    select(func.max(chunks.c.noted_at))
    .where(chunks.c.job_id == jobs.c.job_id)
    .correlate(jobs)
    .scalar_subquery()
)
_LAST_PROGRESS = func.coalesce(_NOTED, jobs.c.started_at, jobs.c.dispatched_at)
_OLDEST_OPEN = (
    READ.where(_IN_STATUS, _HAS_ITS_TURN)
    .order_by(jobs.c.created_at, jobs.c.job_id)
    .limit(number("limit"))
)
_LAST_PROGRESS_OF = select(jobs.c.job_id, _LAST_PROGRESS).where(among(jobs.c.job_id))
# As they are stored: a row that cannot be read must not hide how old the others are.
_OLDEST = select(type_coerce(func.min(jobs.c.created_at), StoredTime)).where(_IN_STATUS)
_OLDEST_PROGRESS = select(type_coerce(func.min(_LAST_PROGRESS), StoredTime)).where(
    _OPEN, _HAS_ITS_TURN
)


class OperatorQueries:
    """Reads what all owners have."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = CachedCounts()
        self._read_time = database.reader(jobs.c.created_at)
        self._reason: ColumnElement[str] = literal_column(REASON[database.dialect], String)
        ended = jobs.c.completed_at
        in_last_day = case((ended > bindparam("p_day", type_=UtcDateTime), 1), else_=0)
        last_day, last_week = func.sum(in_last_day), func.count()
        self._failures = (
            select(self._reason, last_day, last_week)
            .where(jobs.c.status == Status.FAILED, ended > bindparam("p_week", type_=UtcDateTime))
            .group_by(self._reason)
            .order_by(last_day.desc(), last_week.desc(), self._reason)
        )

    async def page(
        self, wanted: JobFilter, *, page: int, page_size: int, cursor: str | None = None
    ) -> Listed[Job]:
        """One page of the jobs, newest first; see `Pages.read`."""
        pages = Pages(self._filtered(READ, wanted), jobs.c.created_at, jobs.c.job_id)

        def read(connection: Connection) -> Listed[Job]:
            count = self._counts.of(wanted, lambda: pages.count(connection, {}))
            return pages.read(
                connection,
                {},
                read_jobs,
                count,
                page=page,
                page_size=page_size,
                cursor=cursor,
            )

        return await self._database.read_long(None, read)

    async def ages(self, now: datetime) -> Ages:
        """How old the oldest open jobs are."""

        def read(connection: Connection) -> Ages:
            first = [connection.scalar(_OLDEST, {"p_status": status}) for status in OPEN]
            known = [moment for moment in first if moment is not None]
            progressed = connection.scalar(_OLDEST_PROGRESS)
            return Ages(self._age(min(known, default=None), now), self._age(progressed, now))

        return await self._database.read_long(None, read)

    async def oldest_open(self, limit: int) -> list[Job]:
        """The jobs that have their turn and have not ended, the oldest first."""

        def read(connection: Connection) -> list[Job]:
            return [
                job
                for status in OPEN
                for job in read_jobs(
                    connection, _OLDEST_OPEN, {"p_status": status, "p_limit": limit}
                )
            ]

        found = await self._database.read_long(None, read)
        return sorted(found, key=lambda job: (job.created_at, job.job_id))[:limit]

    async def last_progress(self, job_ids: Sequence[str]) -> dict[str, datetime]:
        """When each of the jobs last made progress, in UTC; those that never did are left out."""
        parameters = {"p_job_ids": list(job_ids)}
        rows = await self._database.read(
            lambda connection: connection.execute(_LAST_PROGRESS_OF, parameters).all()
        )
        return {job_id: moment for job_id, moment in rows if moment is not None}

    def _age(self, stored: object, now: datetime) -> timedelta | None:
        moment = self._read_time(stored)
        return None if moment is None else max(now - moment, timedelta())

    async def failures(self, now: datetime) -> list[FailureCount]:
        """The reasons for which jobs failed in the last week, the most frequent today first."""
        moments = {"p_day": now - LAST_DAY, "p_week": now - LAST_WEEK}
        rows = await self._database.read_long(
            None, lambda connection: connection.execute(self._failures, moments).all()
        )
        return [FailureCount(reason, int(day), week) for reason, day, week in rows]

    def _filtered(self, query: Select[Any], wanted: JobFilter) -> Select[Any]:
        if wanted.owner_id is not None:
            query = query.where(jobs.c.owner_id == wanted.owner_id)
        if wanted.status is not None:
            query = query.where(jobs.c.status == wanted.status)
        if wanted.format is not None:
            query = query.where(jobs.c.format == wanted.format)
        if wanted.reason is not None:
            # The index has rows with an error alone.
            query = query.where(jobs.c.error.is_not(None), self._reason == wanted.reason)
        return query
