"""Queries of the SQL source for the items that match, each from an index in its order.

A query is led by the table that knows best which items match: that of a collection, of a facet's
value, or of titles. Other conditions are looked up for each row of it by primary key, so that no
more rows are read than the leading condition has.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    desc,
    exists,
    func,
    select,
    text,
    union,
)

from activities.content.schema import collections, facets, titles
from activities.content.source import (
    COLLECTIONS_LISTED,
    FACETED_MAX,
    NEWEST_FIRST,
    VALUES_COUNTED,
    Filters,
    Sort,
)
from activities.model.content_index import collection_key, parts_mask
from activities.model.facets import LANGUAGE, value_key
from activities.model.folding import searchable

MOST_COUNTED: Final = 100_000
"""Items of which the order is made, and which are counted."""
WORDS_MAX: Final = 20
"""Words of a text that are looked for."""
_TITLE_COLUMNS = {"title": "sort_key", "updated_at": "updated_at"}


class _Lead(NamedTuple):
    """The rows of a table that lead a query."""

    table: Table
    conditions: list[ColumnElement[bool]]


def matching(
    dialect: str, owner_id: str, filters: Filters, sort: Sort, limit: int, skip: int = 0
) -> Select[Any]:
    """The ids of the items that match, in order, each once.

    Args:
        dialect: of the database.
        owner_id: whose items.
        filters: the conditions that they meet.
        sort: their order.
        limit: the most items.
        skip: the number of those before them.
    """
    leads = list(_leads(dialect, owner_id, filters))
    descending = sort.startswith("-")
    field = sort.removeprefix("-")
    if len(leads) == 1:
        ids = _ordered(leads[0], owner_id, field, limit, skip, descending=descending)
        return ids.with_only_columns(ids.selected_columns.id)
    each = [_ordered(lead, owner_id, field, skip + limit, descending=descending) for lead in leads]
    together = union(*(select(ids.subquery()) for ids in each)).subquery()
    order = [
        desc(column) if descending else column
        for name in ("key", "created_at", "id")
        if (column := together.c.get(name)) is not None
    ]
    return select(together.c.id).order_by(*order).limit(limit).offset(skip)


def counted(dialect: str, owner_id: str, filters: Filters, most: int) -> Select[int]:
    """How many items match, up to so many."""
    ids = matching(dialect, owner_id, filters, filters.usual_order, most)
    return select(func.count()).select_from(ids.subquery())


def facet_values(dialect: str, owner_id: str, filters: Filters, name: str) -> Select[Any, int]:
    """The labels of a facet's values among the newest items that match, and their counts."""
    ids = matching(dialect, owner_id, filters, NEWEST_FIRST, FACETED_MAX).subquery()
    count = func.count().label("count")
    label = func.min(facets.c.label).label("label")
    return (
        select(label, count)
        .select_from(ids.join(facets, facets.c.id == ids.c.id))
        .where(facets.c.owner_id == owner_id, facets.c.name == name)
        .group_by(facets.c.value)
        .order_by(desc(count), facets.c.value)
        .limit(VALUES_COUNTED)
    )


# Each key is found by one look into the index, however many items the collection has.
COLLECTION_KEYS: Final = text(
    f"""
    WITH RECURSIVE known(key) AS (
        SELECT min(key) FROM content_collection WHERE owner_id = :owner_id
        UNION ALL
        SELECT (
            SELECT min(key) FROM content_collection
            WHERE owner_id = :owner_id AND key > known.key
        )
        FROM known WHERE known.key IS NOT NULL
    )
    SELECT key FROM known WHERE key IS NOT NULL LIMIT {COLLECTIONS_LISTED}
    """  # noqa: S608 - a number of ours
)
_IN_ORDER = (collections.c.place, collections.c.created_at, collections.c.id)


def first_of_collection(owner_id: str, key: str) -> Select[Any]:
    """The id and the title of a collection, as the first of its items has them."""
    return (
        select(collections.c.collection_id, collections.c.title)
        .where(collections.c.owner_id == owner_id, collections.c.key == key)
        .order_by(*_IN_ORDER)
        .limit(1)
    )


def collection_counts(owner_id: str, keys: Sequence[str]) -> Select[Any]:
    """By key how many items these collections have."""
    return (
        select(collections.c.key, func.count().label("count"))
        .where(collections.c.owner_id == owner_id, collections.c.key.in_(keys))
        .group_by(collections.c.key)
    )


def _leads(dialect: str, owner_id: str, filters: Filters) -> Iterator[_Lead]:
    """The tables that lead: several where one facet has one of several values."""
    ranked = sorted(filters.facets, key=lambda facet: facet[0] == LANGUAGE)
    if filters.collection_id is not None:
        key = collection_key(filters.collection_id)
        lead = _Lead(collections, [collections.c.key == key])
        others = ranked
        leads = [lead]
    elif ranked:
        (name, values), *others = ranked
        leads = [
            _Lead(facets, [facets.c.name == name, facets.c.value == value])
            for value in sorted(set(map(value_key, values)))
        ]
    else:
        others = []
        leads = [_Lead(titles, [])]
    for table, conditions in leads:
        conditions += [
            table.c.owner_id == owner_id,
            *_dates(table.c.created_at, filters.first, filters.last),
            *(_has_value(table, name, values) for name, values in others),
            *_of_title(dialect, table, filters),
        ]
        yield _Lead(table, conditions)


def _dates(
    column: Column[Any], first: datetime | None, last: datetime | None
) -> Iterator[ColumnElement[bool]]:
    if first is not None:
        yield column >= first
    if last is not None:
        yield column <= last


def _has_value(table: Table, name: str, values: Sequence[str]) -> ColumnElement[bool]:
    other = facets.alias()
    return exists().where(
        other.c.owner_id == table.c.owner_id,
        other.c.id == table.c.id,
        other.c.name == name,
        other.c.value.in_(sorted(set(map(value_key, values)))),
    )


def _of_title(dialect: str, table: Table, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """What is known of an item by its row in the table of titles."""
    other = titles if table is titles else titles.alias()
    # Compared as it is: in it nothing is a wildcard.
    holds = func.strpos if dialect == "postgresql" else func.instr
    words = list(dict.fromkeys(searchable(filters.text).split()))[:WORDS_MAX]
    conditions = [holds(other.c.searchable, word) > 0 for word in words]
    if filters.content_types:
        conditions.append(other.c.parts.bitwise_and(parts_mask(filters.content_types)) != 0)
    if table is titles:
        yield from conditions
    elif conditions:
        same = (other.c.owner_id == table.c.owner_id, other.c.id == table.c.id)
        yield exists().where(and_(*same, *conditions))


def _ordered(
    lead: _Lead, owner_id: str, field: str, limit: int, skip: int = 0, *, descending: bool
) -> Select[Any]:
    """Ids of a lead with what orders them, in order."""
    table = lead.table
    if field == "position":
        rows = select(table.c.place.label("key"), table.c.created_at, table.c.id)
    elif field == "created_at":
        rows = select(table.c.created_at, table.c.id)
    elif table is titles:
        rows = select(table.c[_TITLE_COLUMNS[field]].label("key"), table.c.id)
    else:
        # All of them have to be put in order; the limit keeps databases from other ways.
        found = select(table.c.id).where(*lead.conditions).limit(MOST_COUNTED).subquery()
        key = titles.c[_TITLE_COLUMNS[field]].label("key")
        rows = (
            select(key, titles.c.id)
            .select_from(found.join(titles, titles.c.id == found.c.id))
            .where(titles.c.owner_id == owner_id)
        )
        lead = _Lead(titles, [])
    order = [desc(column) if descending else column for column in rows.selected_columns]
    return rows.where(*lead.conditions).order_by(*order).limit(limit).offset(skip)
