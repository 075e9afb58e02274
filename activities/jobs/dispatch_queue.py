"""Queries on jobs that are not dispatched: they have a record and no workflow yet.

A job is not dispatched while it is pending, its cancellation is not requested, and no process has
made sure that its workflow exists: `dispatched_at` is empty, or it is the time of creation, and the
process that created the job must have ended since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
)

from activities.common.clock import utc_now
from activities.common.column_types import UtcDateTime
from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.model.catalog import formats
from activities.model.jobs import Status

GRACE = timedelta(seconds=3)
"""The request that made a younger job is still at starting it."""

_OWNER = bindparam("p_owner_id", type_=Text)
_JOB = bindparam("p_job_id", type_=String)
_BEFORE = bindparam("p_before", type_=UtcDateTime)
_LIMIT = bindparam("p_limit", type_=Integer)

_LEFT_BEFORE = bindparam("p_left_before", type_=UtcDateTime)

_NOT_DISPATCHED = and_(
    jobs.c.status == Status.PENDING,
    or_(
        jobs.c.dispatched_at.is_(None),
        and_(jobs.c.dispatched_at == jobs.c.created_at, jobs.c.created_at < _LEFT_BEFORE),
    ),
    jobs.c.cancel_requested_at.is_(None),
    # A format that was uninstalled since then would hold up those behind it.
    jobs.c.format.in_(bindparam("p_formats", type_=String, expanding=True)),
)
_PROCESSING = jobs.c.status == Status.PROCESSING
# Whose exports begin at this moment is seen at the end of the queue; all of it may be long.
_NEWEST = 50

_PENDING_OF_OWNER = (
    select(jobs.c.job_id, jobs.c.dispatched_at, _NOT_DISPATCHED.label("not_dispatched"))
    .where(jobs.c.owner_id == _OWNER, jobs.c.status == Status.PENDING)
    .order_by(jobs.c.created_at, jobs.c.job_id)
    .limit(_LIMIT)
)
_STARTED = select(func.count()).where(jobs.c.owner_id == _OWNER, _PROCESSING)
_ACTIVE_OWNERS = union(
    select(jobs.c.owner_id).where(_PROCESSING),
    select(
        select(jobs.c.owner_id)
        .where(jobs.c.status == Status.PENDING)
        .order_by(jobs.c.created_at.desc())
        .limit(_NEWEST)
        .subquery()
        .c.owner_id
    ),
).subquery()
_OTHERS = select(func.count()).where(_ACTIVE_OWNERS.c.owner_id != _OWNER)
_UNDER_WAY = select(_STARTED.scalar_subquery(), _OTHERS.scalar_subquery())
_OWNER_BEHIND = (
    select(jobs.c.owner_id)
    .where(
        jobs.c.owner_id == select(jobs.c.owner_id).where(jobs.c.job_id == _JOB).scalar_subquery(),
        _NOT_DISPATCHED,
    )
    .limit(1)
)
_OWNERS = select(jobs.c.owner_id).distinct().where(_NOT_DISPATCHED, jobs.c.created_at < _BEFORE)
_AMONG = select(jobs.c.job_id).where(
    jobs.c.job_id.in_(bindparam("p_job_ids", type_=String, expanding=True)), _NOT_DISPATCHED
)
_CANCELLATION_PENDING = (
    select(jobs.c.job_id)
    .where(
        jobs.c.status == Status.PENDING,
        jobs.c.created_at < _BEFORE,
        jobs.c.cancel_requested_at.is_not(None),
    )
    .limit(_LIMIT)
)


class DispatchQueue:
    """The jobs of one database that are not dispatched. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._formats = {"p_formats": list(formats())}

    async def next_of(self, owner_id: str, at_once: int) -> list[str]:
        """The ids of the owner's jobs to dispatch now, oldest first.

        Args:
            owner_id: the owner of the jobs.
            at_once: the most exports under way for one owner; while other owners have some
                under way, each gets an equal share of it, and never less than one.
        """
        # Oldest first, so those that have a workflow already are at the front.
        parameters = self._known() | {"p_owner_id": owner_id, "p_limit": 2 * at_once}

        def read(connection: Connection) -> list[str]:
            pending = connection.execute(_PENDING_OF_OWNER, parameters).all()
            queued: list[str] = [row.job_id for row in pending if row.not_dispatched]
            if not queued:
                return []
            processing, others = connection.execute(_UNDER_WAY, parameters).one()
            dispatched = sum(
                row.dispatched_at is not None and not row.not_dispatched for row in pending
            )
            free = max(at_once // (1 + others), 1) - processing - dispatched
            return queued[: max(free, 0)]

        return await self._database.run(read)

    async def owner_behind(self, job_id: str) -> str | None:
        """The job's owner, if the owner has jobs that are not dispatched."""
        found = await self._texts(_OWNER_BEHIND, p_job_id=job_id)
        return found[0] if found else None

    async def owners(self, older_than: datetime) -> list[str]:
        """The owners of jobs that were created before `older_than` and are not dispatched."""
        return await self._texts(_OWNERS, p_before=older_than)

    async def among(self, job_ids: Sequence[str]) -> set[str]:
        """Those of these jobs that are not dispatched."""
        return set(await self._texts(_AMONG, p_job_ids=list(job_ids)))

    async def cancellation_pending(self, older_than: datetime, limit: int) -> list[str]:
        """The ids of pending jobs whose cancellation was requested, and which have not ended.

        Args:
            older_than: only of jobs that were created before this moment.
            limit: the most jobs to return.
        """
        return await self._texts(_CANCELLATION_PENDING, p_before=older_than, p_limit=limit)

    def _known(self) -> dict[str, object]:
        return {**self._formats, "p_left_before": utc_now() - GRACE}

    async def _texts(self, query: Select[tuple[str]], **parameters: object) -> list[str]:
        def read(connection: Connection) -> list[str]:
            return list(connection.scalars(query, self._known() | parameters))

        return await self._database.run(read)
