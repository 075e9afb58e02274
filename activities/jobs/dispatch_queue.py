"""Queries on jobs that are not dispatched: they have a record and no workflow yet.

A job is not dispatched while it is pending, its cancellation is not requested, and no process has
made sure that its workflow exists: it waits for its turn, and `dispatched_at` is empty; or it was
given its turn when it was created, and the process that did so must have ended since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from activities.common.clock import utc_now
from activities.common.column_types import UtcDateTime
from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.jobs.statements import MINE, THIS, among, number
from activities.jobs.turns import (
    ACTIVE_OWNERS,
    OTHERS,
    PENDING,
    PROCESSING,
    UNDER_WAY,
    is_within_share,
    share,
    share_parameters,
)
from activities.model.catalog import formats
from activities.model.jobs import OPEN

GRACE = timedelta(seconds=3)
"""The request that made a younger job is still at starting it."""

_AT_MOST = 1_000
"""Jobs that are started in one round over all owners, at most; the next round takes others."""

_CREATED_BEFORE = jobs.c.created_at < bindparam("p_before", type_=UtcDateTime)
_STARTABLE = and_(
    jobs.c.cancel_requested_at.is_(None),
    # A format that was uninstalled since then would hold up those behind it.
    jobs.c.format.in_(bindparam("p_formats", type_=String, expanding=True)),
)
_WAITING = and_(PENDING, jobs.c.dispatched_at.is_(None), _STARTABLE)
# It has its place; the process that was about to start it must have ended.
_LEFT = and_(
    PENDING,
    jobs.c.dispatched_at == jobs.c.created_at,
    jobs.c.created_at < bindparam("p_left_before", type_=UtcDateTime),
    _STARTABLE,
)
_NOT_DISPATCHED = or_(_WAITING, _LEFT)

_WAITING_OF_OWNER = (
    select(jobs.c.job_id)
    .where(MINE, _WAITING)
    .order_by(jobs.c.created_at, jobs.c.job_id)
    .limit(number("at_once"))
)
_UNDER_WAY_OF_OWNER = (
    select(func.count()).where(MINE, jobs.c.status.in_(OPEN), UNDER_WAY).scalar_subquery()
)
_SHARED = select(_UNDER_WAY_OF_OWNER, OTHERS)

# The steps of one statement: each reads less than the one before. Materialized, or else databases
# would look for the owners of open jobs among all jobs there ever were.
_open = (
    union_all(
        select(
            jobs.c.owner_id,
            jobs.c.created_at,
            literal(1).label("under_way"),
            literal(0).label("waiting"),
        ).where(PROCESSING),
        select(
            jobs.c.owner_id,
            jobs.c.created_at,
            case((jobs.c.dispatched_at.is_not(None), 1), else_=0),
            case((and_(_WAITING, _CREATED_BEFORE), 1), else_=0),
        ).where(PENDING),
    )
    .cte("open_jobs")
    .prefix_with("MATERIALIZED")
)
_active = ACTIVE_OWNERS.cte("active_owners").prefix_with("MATERIALIZED")
_owners = (
    select(
        _open.c.owner_id,
        func.sum(_open.c.under_way).label("under_way"),
        func.min(case((_open.c.waiting == 1, _open.c.created_at))).label("oldest"),
    )
    .group_by(_open.c.owner_id)
    .having(func.sum(_open.c.waiting) > 0)
    .cte("owners_waiting")
    .prefix_with("MATERIALIZED")
)
_sharers = select(func.count()).select_from(_active).scalar_subquery() + case(
    (_active.c.owner_id.is_(None), 1), else_=0
)
_free = (
    select(_owners.c.owner_id, _owners.c.under_way, _sharers.label("sharers"))
    .join_from(_owners, _active, _active.c.owner_id == _owners.c.owner_id, isouter=True)
    .where(is_within_share(_owners.c.under_way + 1, _sharers))
    .order_by(_owners.c.oldest)
    .limit(_AT_MOST)
    .cte("owners_with_places")
    .prefix_with("MATERIALIZED")
)
_turns = (
    select(
        jobs.c.job_id,
        jobs.c.created_at,
        _free.c.under_way,
        _free.c.sharers,
        func.row_number()
        .over(partition_by=jobs.c.owner_id, order_by=(jobs.c.created_at, jobs.c.job_id))
        .label("turn"),
    )
    .join_from(_free, jobs, jobs.c.owner_id == _free.c.owner_id)
    .where(_WAITING, _CREATED_BEFORE)
    .subquery()
)
_NEXT_OF_ALL = (
    select(_turns.c.job_id)
    .where(is_within_share(_turns.c.under_way + _turns.c.turn, _turns.c.sharers))
    .order_by(_turns.c.turn, _turns.c.created_at, _turns.c.job_id)
    .limit(_AT_MOST)
)
_LEFT_OF_ALL = (
    select(jobs.c.job_id).where(_LEFT, _CREATED_BEFORE).order_by(jobs.c.created_at).limit(_AT_MOST)
)

_OWNER_BEHIND = (
    select(jobs.c.owner_id)
    .where(
        jobs.c.owner_id == select(jobs.c.owner_id).where(THIS).scalar_subquery(),
        _WAITING,
    )
    .limit(1)
)
_AMONG = select(jobs.c.job_id).where(among(jobs.c.job_id), _NOT_DISPATCHED)
_CANCELLATION_PENDING = (
    select(jobs.c.job_id)
    .where(PENDING, _CREATED_BEFORE, jobs.c.cancel_requested_at.is_not(None))
    .limit(number("limit"))
)


class DispatchQueue:
    """The jobs of one database that are not dispatched. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._formats = {"p_formats": list(formats())}

    async def next_of(self, owner_id: str, at_once: int) -> list[str]:
        """The ids of the owner's waiting jobs to dispatch now, oldest first.

        It costs the same however many other owners have jobs.

        Args:
            owner_id: the owner of the jobs.
            at_once: the most exports under way for one owner; while other owners have some
                under way, each gets an equal share of it, and never less than one.
        """
        parameters = self._known() | share_parameters(at_once) | {"p_owner_id": owner_id}

        def read(connection: Connection) -> list[str]:
            waiting = list(connection.scalars(_WAITING_OF_OWNER, parameters))
            if not waiting:
                return []
            under_way, others = connection.execute(_SHARED, parameters).one()
            return waiting[: max(share(at_once, others) - under_way, 0)]

        return await self._database.read(read)

    async def next_of_all(self, at_once: int, older_than: datetime) -> list[str]:
        """The ids of all owners' jobs to dispatch now: of each owner one, then each a second.

        First come those that were given their turn by a process that must have ended since.

        Args:
            at_once: see `next_of`.
            older_than: only jobs that were created before this moment.
        """
        parameters = self._known() | share_parameters(at_once) | {"p_before": older_than}

        def read(connection: Connection) -> list[str]:
            left = connection.scalars(_LEFT_OF_ALL, parameters).all()
            return [*left, *connection.scalars(_NEXT_OF_ALL, parameters)]

        return await self._database.read(read)

    async def owner_behind(self, job_id: str) -> str | None:
        """The job's owner, if the owner has jobs that wait."""
        found = await self._texts(_OWNER_BEHIND, p_job_id=job_id)
        return found[0] if found else None

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

        return await self._database.read(read)
