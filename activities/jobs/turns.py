"""How many exports of an owner may be under way at once.

While others have exports under way, or made some within the last second, an owner has an equal
share of the most that one owner may have, and at least one. An export is under way while it is
processed, and from when it is given its turn (`dispatched_at`) until then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union,
)

from activities.common.clock import utc_now
from activities.common.column_types import UtcDateTime
from activities.common.database import transaction
from activities.jobs.schema import jobs
from activities.jobs.statements import number, parameter
from activities.model.jobs import Status

# Whose exports begin at this moment is seen at the end of the queue; all of it may be long.
_NEWEST = 50
# Who makes one export after the other has none under way between two of them. If another's queue
# took that for leave, its exports would be in the way of each next one.
_MOMENT = timedelta(seconds=1)
# Sets our locks on owners apart from whatever else locks numbers in the database.
_OWNER_LOCKS = 7_305_412

_AT_ONCE = number("at_once")

PROCESSING = jobs.c.status == Status.PROCESSING
PENDING = jobs.c.status == Status.PENDING
WITHOUT_TURN = datetime(1970, 1, 1, tzinfo=UTC)
"""As `dispatched_at`: the job takes no turn, as parts of archives do, of which these have few made
at once."""
_HAS_TURN = or_(
    jobs.c.dispatched_at.is_(None),
    jobs.c.dispatched_at > literal(WITHOUT_TURN, jobs.c.dispatched_at.type),
)
UNDER_WAY = or_(and_(PROCESSING, _HAS_TURN), and_(PENDING, jobs.c.dispatched_at.is_not(None)))

# However many owners there are, so many rows have as many of them as make any difference.
_PROCESSED = select(jobs.c.owner_id).where(PROCESSING).limit(number("rows_enough")).subquery()
_BEGINNING = (
    select(jobs.c.owner_id)
    .where(PENDING)
    .order_by(jobs.c.created_at.desc())
    .limit(_NEWEST)
    .subquery()
)
_RECENT = (
    select(jobs.c.owner_id)
    .where(jobs.c.created_at > bindparam("p_recent", type_=UtcDateTime))
    .order_by(jobs.c.created_at.desc())
    .limit(_NEWEST)
    .subquery()
)
ACTIVE_OWNERS = union(
    select(_PROCESSED.c.owner_id), select(_BEGINNING.c.owner_id), select(_RECENT.c.owner_id)
)
"""The owners who have exports under way, or about to be, or began some a moment ago: all, or more
than share anything."""

_active = ACTIVE_OWNERS.subquery()
OTHERS = (
    select(func.count()).where(_active.c.owner_id != parameter(jobs.c.owner_id)).scalar_subquery()
)
"""The number of owners besides the one of the parameter among whom places are shared."""


def share(sharers: Any) -> ColumnElement[int]:
    """The most exports that an owner may have under way.

    Args:
        sharers: the number of owners among whom places are shared, this one included.
    """
    return case((sharers < _AT_ONCE, _AT_ONCE // sharers), (_AT_ONCE > 0, 1), else_=0)


def has_place(under_way: Any, sharers: Any) -> ColumnElement[bool]:
    """A condition: the owner has fewer exports under way than `share`.

    Args:
        under_way: the number of the owner's exports under way.
        sharers: see `share`; of who has none under way nobody asks for it.
    """
    return or_(and_(under_way == 0, _AT_ONCE > 0), (under_way + 1) * sharers <= _AT_ONCE)


def share_parameters(at_once: int) -> dict[str, Any]:
    """What statements with the parts above take.

    Args:
        at_once: the most exports under way for one owner who is alone; 0: none begins.
    """
    # Each owner has at most `at_once` rows, and among `at_once` others the share is one.
    return {
        "p_at_once": at_once,
        "p_rows_enough": at_once * (at_once + 1),
        "p_recent": utc_now() - _MOMENT,
    }


@contextmanager
def owner_transaction(connection: Connection, owner_id: str) -> Iterator[None]:
    """A transaction whose first statement sees what others of this owner wrote before it began.

    PostgreSQL shows a statement what was committed when it began; so the next of the same owner
    must not begin before this one is committed. SQLite has one writer at a time anyway.
    """
    with transaction(connection):
        if connection.dialect.name == "postgresql":
            lock = func.hashtextextended(owner_id, _OWNER_LOCKS)
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
        yield
