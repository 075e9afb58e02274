"""How many exports of an owner may be under way at once.

While others have exports under way, an owner has an equal share of the most that one owner may
have, and at least one. An export is under way while it is processed, and from when it is given its
turn (`dispatched_at`) until then.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union

from activities.jobs.schema import jobs
from activities.jobs.statements import number, parameter
from activities.model.jobs import Status

# Whose exports begin at this moment is seen at the end of the queue; all of it may be long.
_NEWEST = 50

_AT_ONCE = number("at_once")

PROCESSING = jobs.c.status == Status.PROCESSING
PENDING = jobs.c.status == Status.PENDING
UNDER_WAY = or_(PROCESSING, and_(PENDING, jobs.c.dispatched_at.is_not(None)))

# However many owners there are, so many rows have as many of them as make any difference.
_PROCESSED = select(jobs.c.owner_id).where(PROCESSING).limit(number("rows_enough")).subquery()
_BEGINNING = (
    select(jobs.c.owner_id)
    .where(PENDING)
    .order_by(jobs.c.created_at.desc())
    .limit(_NEWEST)
    .subquery()
)
ACTIVE_OWNERS = union(select(_PROCESSED.c.owner_id), select(_BEGINNING.c.owner_id))
"""The owners who have exports under way, or about to be: all, or more than share anything."""

_active = ACTIVE_OWNERS.subquery()
OTHERS = (
    select(func.count()).where(_active.c.owner_id != parameter(jobs.c.owner_id)).scalar_subquery()
)
"""The number of owners besides the one of the parameter among whom places are shared."""


def is_within_share(place: Any, sharers: Any) -> ColumnElement[bool]:
    """A condition: the owner may have so many exports under way.

    Args:
        place: the number of the owner's exports under way, the one in question included.
        sharers: the number of owners among whom places are shared, this one included.
    """
    return or_(and_(place == 1, _AT_ONCE > 0), place * sharers <= _AT_ONCE)


def share(at_once: int, others: int) -> int:
    """The most exports that an owner may have under way; the same as `is_within_share`."""
    return max(at_once // (1 + others), 1)


def share_parameters(at_once: int) -> dict[str, int]:
    """What statements with the parts above take.

    Args:
        at_once: the most exports under way for one owner who is alone; 0: none begins.
    """
    # Each owner has at most `at_once` rows, and among `at_once` others the share is one.
    return {"p_at_once": at_once, "p_rows_enough": at_once * (at_once + 1)}
