"""Queries that walk through all that an owner or a tenant has, by keyset: each stretch from where
the one before ended, in the order of an index, so that the last costs what the first did."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, literal, or_, select, tuple_

from activities.content.schema import content, owners

WALKED: Final = 1_000
"""Ids of one stretch."""


def walk_query(owner_id: str, content_types: Sequence[str], after: str | None) -> Select[Any]:
    """Ids and times of the next items, the oldest first.

    Args:
        owner_id: whose items.
        content_types: parts of which an item has one; none given: all items.
        after: what `place_after` gave of the stretch before; None: the list begins.

    Raises:
        ValueError: it gave no such thing.
    """
    place = (content.c.created_at, content.c.id)
    query = select(content.c.id, content.c.created_at).where(content.c.owner_id == owner_id)
    if content_types:
        query = query.where(or_(*(content.c[f"has_{name}"] for name in content_types)))
    if after is not None:
        moment, _, item_id = after.partition(" ")
        at = datetime.fromisoformat(moment).astimezone(UTC)
        values = (literal(at, content.c.created_at.type), literal(item_id))
        query = query.where(tuple_(*place) > tuple_(*values))
    return query.order_by(*place).limit(WALKED)


def place_after(rows: Sequence[Any]) -> str | None:
    """Where the next stretch begins; None: there is none."""
    if len(rows) < WALKED:
        return None
    return f"{rows[-1].created_at.isoformat()} {rows[-1].id}"


def owners_query(tenant: str, after: str | None) -> Select[Any]:
    """The next owners who belong to a tenant, by their ids."""
    query = select(owners.c.owner_id).where(owners.c.tenant == tenant)
    if after is not None:
        query = query.where(owners.c.owner_id > after)
    return query.order_by(owners.c.owner_id).limit(WALKED)


def owner_after(owner_ids: Sequence[str]) -> str | None:
    """The last of a stretch of owners; None: there are no others."""
    return owner_ids[-1] if len(owner_ids) == WALKED else None
