"""Queries on jobs that are not dispatched: they have a record and no workflow yet.

A job is not dispatched while it is pending, its cancellation is not requested, and no process has
made sure that its workflow exists: it waits for its turn, and `dispatched_at` is empty; or it was
given its turn, and the process that did so must have ended since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from activities.common.clock import utc_now
from activities.common.column_types import StoredTime, UtcDateTime
from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.jobs.statements import MINE, THIS, among, number
from activities.jobs.turns import (
    ACTIVE_OWNERS,
    OTHERS,
    PENDING,
    UNDER_WAY,
    has_place,
    owner_transaction,
    share,
    share_parameters,
)
from activities.model.catalog import formats
from activities.model.declarations import BUNDLE

GRACE = timedelta(seconds=3)
"""The request that made a younger job is still at starting it."""

_AT_MOST = 1_000
"""Owners who are served in one round over all, at most; the next round takes others."""

# It follows from the states that are asked for, and an index has it.
_OPEN = jobs.c.completed_at.is_(None)
_CREATED_BEFORE = jobs.c.created_at < bindparam("p_before", type_=UtcDateTime)
_STARTABLE = and_(
    jobs.c.cancel_requested_at.is_(None),
    # A format that was uninstalled since then would hold up those behind it.
    jobs.c.format.in_(bindparam("p_formats", type_=String, expanding=True)),
)
_WAITING = and_(jobs.c.dispatched_at.is_(None), PENDING, _STARTABLE)
# It has its place; the process that was about to start it must have ended.
_LEFT = and_(
    jobs.c.dispatched_at == jobs.c.created_at,
    PENDING,
    jobs.c.created_at < bindparam("p_left_before", type_=UtcDateTime),
    _STARTABLE,
)
_NOT_DISPATCHED = or_(_WAITING, _LEFT)

_UNDER_WAY_OF_OWNER = select(func.count()).where(MINE, _OPEN, UNDER_WAY).scalar_subquery()
_shared = select(_UNDER_WAY_OF_OWNER.label("under_way"), OTHERS.label("others")).cte("shared")
_PLACES = select(
    case(
        (
            share(_shared.c.others + 1) > _shared.c.under_way,
            share(_shared.c.others + 1) - _shared.c.under_way,
        ),
        else_=0,
    )
).scalar_subquery()
_NEXT_OF_OWNER = (
    select(jobs.c.job_id)
    .where(MINE, _OPEN, _WAITING)
    .order_by(jobs.c.created_at, jobs.c.job_id)
    .limit(_PLACES)
)
# What has its place is started next; until it was, it looks like what a request is starting.
_TAKE_TURNS = (
    update(jobs)
    .where(
        jobs.c.job_id.in_(_NEXT_OF_OWNER),
        # Again, for a row that PostgreSQL finds changed; no index has these.
        jobs.c.dispatched_at.is_(None),
        jobs.c.cancel_requested_at.is_(None),
    )
    .values(dispatched_at=jobs.c.created_at)
    # It orders them; one that cannot be read holds up no other.
    .returning(type_coerce(jobs.c.created_at, StoredTime), jobs.c.job_id)
)

# One pass over an index of open jobs. Materialized, or else databases ask for each owner anew.
_owners = (
    select(
        jobs.c.owner_id,
        func.count().filter(UNDER_WAY).label("under_way"),
        func.min(jobs.c.created_at).filter(_WAITING, _CREATED_BEFORE).label("oldest"),
        func.count().filter(_LEFT).label("left_behind"),
    )
    .where(_OPEN)
    .group_by(jobs.c.owner_id)
    .cte("owners")
    .prefix_with("MATERIALIZED")
)
_active = ACTIVE_OWNERS.cte("active_owners").prefix_with("MATERIALIZED")
_sharers = select(func.count()).select_from(_active).scalar_subquery() + case(
    (_owners.c.owner_id.in_(select(_active.c.owner_id)), 0), else_=1
)
_OWNERS_TO_SERVE = (
    select(_owners.c.owner_id, _owners.c.left_behind)
    .where(
        or_(
            _owners.c.left_behind > 0,
            and_(_owners.c.oldest.is_not(None), has_place(_owners.c.under_way, _sharers)),
        )
    )
    .order_by(_owners.c.oldest)
    .limit(_AT_MOST)
)
_LEFT_OF_ALL = select(jobs.c.job_id).where(_OPEN, _LEFT).order_by(jobs.c.created_at).limit(_AT_MOST)

_OWNER_BEHIND = (
    select(jobs.c.owner_id)
    .where(
        jobs.c.owner_id == select(jobs.c.owner_id).where(THIS).scalar_subquery(),
        _OPEN,
        _WAITING,
    )
    .limit(1)
)
_HAS_OTHERS = select(OTHERS > 0)
_AMONG = select(jobs.c.job_id).where(among(jobs.c.job_id), _NOT_DISPATCHED)
_CANCELLATION_PENDING = (
    select(jobs.c.job_id)
    .where(
        _OPEN,
        jobs.c.cancel_requested_at.is_not(None),
        # Not bare: SQLite would follow an index of states, through the rows of all that wait.
        case((PENDING, 1), else_=0) == 1,
        _CREATED_BEFORE,
    )
    .limit(number("limit"))
)


class DispatchQueue:
    """The jobs of one database that are not dispatched. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._formats = {"p_formats": [*formats(), BUNDLE]}

    async def take_turns(self, owner_id: str, at_once: int) -> list[str]:
        """Give the owner's oldest waiting jobs their turn, as many as may have it now.

        However many processes do so at once, each place is given once. The caller starts the
        workflows next; others leave them to the caller for a while. It costs the same however many
        other owners have jobs.

        Args:
            owner_id: the owner of the jobs.
            at_once: the most exports under way for one owner; while other owners have some
                under way, each gets an equal share of it, and never less than one.

        Returns:
            The ids of the jobs, oldest first.
        """
        parameters = self._known() | share_parameters(at_once)
        of_owner = parameters | {"p_owner_id": owner_id}
        # Most of the time there is nothing to write, for which nobody need wait.
        if not await self._ids(_NEXT_OF_OWNER, of_owner):
            return []
        return await self._database.run(
            lambda connection: _take_turns(connection, owner_id, parameters)
        )

    async def take_all_turns(self, at_once: int, older_than: datetime) -> list[str]:
        """Give all owners' jobs their turns: of each owner one, then each a second.

        First come those that were given their turn by a process that must have ended since.

        Args:
            at_once: see `take_turns`.
            older_than: only of owners with a waiting job from before this moment, in UTC.

        Returns:
            The ids of the jobs to start now.
        """
        parameters = self._known() | share_parameters(at_once) | {"p_before": older_than}

        owners = await self._database.read(
            lambda connection: connection.execute(_OWNERS_TO_SERVE, parameters).all()
        )
        if not owners:
            return []
        left: list[str] = []
        if any(row.left_behind for row in owners):
            left = await self._ids(_LEFT_OF_ALL, parameters)
        turns = await self._database.run(
            lambda connection: [_take_turns(connection, row.owner_id, parameters) for row in owners]
        )
        in_turn = chain.from_iterable(zip_longest(*turns))
        return [*left, *(job_id for job_id in in_turn if job_id is not None)]

    async def owner_behind(self, job_id: str) -> str | None:
        """The job's owner, if the owner has jobs that wait."""
        found = await self._ids(_OWNER_BEHIND, self._known() | {"p_job_id": job_id})
        return found[0] if found else None

    async def has_others(self, owner_id: str, at_once: int) -> bool:
        """Whether others than this owner have exports under way, or made some a moment ago.

        Args:
            owner_id: the owner.
            at_once: see `take_turns`.
        """
        parameters = share_parameters(at_once) | {"p_owner_id": owner_id}
        return await self._database.read(
            lambda connection: bool(connection.execute(_HAS_OTHERS, parameters).scalar_one())
        )

    async def among(self, job_ids: Sequence[str]) -> set[str]:
        """Those of these jobs that are not dispatched."""
        return set(await self._ids(_AMONG, self._known() | {"p_job_ids": list(job_ids)}))

    async def cancellation_pending(self, older_than: datetime, limit: int) -> list[str]:
        """The ids of pending jobs whose cancellation was requested, and which have not ended.

        Args:
            older_than: only of jobs that were created before this moment.
            limit: the most jobs to return.
        """
        parameters = {"p_before": older_than, "p_limit": limit}
        return await self._ids(_CANCELLATION_PENDING, parameters)

    def _known(self) -> dict[str, Any]:
        return {**self._formats, "p_left_before": utc_now() - GRACE}

    async def _ids(self, query: Select[tuple[str]], parameters: dict[str, Any]) -> list[str]:
        return await self._database.read(
            lambda connection: list(connection.scalars(query, parameters))
        )


def _take_turns(connection: Connection, owner_id: str, known: dict[str, Any]) -> list[str]:
    parameters = known | {"p_owner_id": owner_id}
    with owner_transaction(connection, owner_id):
        taken = connection.execute(_TAKE_TURNS, parameters).all()
    return [row.job_id for row in sorted(taken)]
