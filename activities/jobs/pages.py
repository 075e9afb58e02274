"""Pages of long lists, newest first: by their numbers, or from where another page ends.

A database finds a page by its number when it skips the entries before it. Here it skips entries of
an index, not rows, and those after the page when they are fewer; where both are many, the page is
not read. From where another page ends, each page costs the same.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    select,
    tuple_,
    type_coerce,
)

from activities.common.column_types import StoredTime
from activities.jobs.cached_counts import Count
from activities.jobs.statements import number, parameter

T = TypeVar("T")

NEAR = 1_000
"""Fewer rows than this are skipped in no time."""
FARTHEST = 25_000
"""The most entries that are skipped, from whichever end: some three times the time of a first page.
"""

_LIMITS = (number("limit"), number("offset"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
# Of the direction, the time and the id of the entry from which to go.
_CURSOR = re.compile(r"(older|newer)-([0-9]{1,17})-([0-9A-Za-z-]{1,36})")
_LARGEST_ID = 2**63 - 1


class TooFarError(Exception):
    """A page was asked for by its number that is too far from both ends of the list."""


class BadCursorError(ValueError):
    """A text is no cursor of the list."""


class Listed(NamedTuple, Generic[T]):
    """One page of a list, and the way to those beside it."""

    entries: list[T]
    total: int
    """The number of entries on all pages, which may be some seconds old."""
    newer: str | None
    """The cursor of the page before this one; None when there is none, or nothing on this one."""
    older: str | None
    """The cursor of the page after it, likewise."""


class Pages:
    """The pages of one list."""

    def __init__(self, rows: Select[Any], at: Column[Any], id_: Column[Any]) -> None:
        """Take the list.

        Args:
            rows: the list in no order, without a limit.
            at: the column of times, by which the list is ordered.
            id_: a column of which no two rows have the same value; it orders those of one time.
        """
        self._rows = rows
        self._at = at
        self._id = id_

    def read(
        self,
        connection: Connection,
        parameters: dict[str, Any],
        read: Callable[[Connection, Select[Any], dict[str, Any]], list[T]],
        count: Count,
        *,
        page: int,
        page_size: int,
        cursor: str | None,
    ) -> Listed[T]:
        """Read one page.

        Args:
            connection: to the database.
            parameters: those of the list.
            read: reads the entries that a statement with these parameters finds. They have the
                columns of the order as attributes.
            count: the count of the list, which may be some seconds old.
            page: the number of the page, from 1; without meaning when there is a cursor.
            page_size: the number of entries on a full page.
            cursor: that of the page, which another one gave; None: it is found by its number.

        Raises:
            TooFarError: by its number the page is further than `FARTHEST` from both ends.
            BadCursorError: the cursor is none of this list.
        """
        if cursor is not None:
            return self._beside(connection, parameters, read, count.total, page_size, cursor)
        skipped = (page - 1) * page_size
        if skipped < NEAR or skipped * 2 < count.total:
            _check_distance(skipped)
            statement = self.first if skipped < NEAR else self._from_start
            limits = {"p_limit": page_size + 1, "p_offset": skipped}
            found = read(connection, statement, parameters | limits)
            # What cannot be read is not in the page, yet there is more.
            more = max(len(found), count.total - skipped) > page_size
            return self._listed(found[:page_size], count.total, skipped > 0, more)
        # What came since it was counted; else those would be skipped who read one page after
        # another and come to the first that is read from the end.
        came = connection.scalar(self._came, parameters | {f"p_{self._at.name}": count.newest})
        total = count.total + (came or 0)
        listed = min(total - skipped, page_size)
        if listed <= 0:
            return Listed([], total, None, None)
        behind = total - skipped - listed
        _check_distance(behind)
        limits = {"p_limit": listed, "p_offset": behind}
        if behind < NEAR:
            entries = read(connection, self._last, parameters | limits)[::-1]
        else:
            entries = read(connection, self._from_end, parameters | limits)
        return self._listed(entries, total, skipped > 0, behind > 0)

    def _beside(
        self,
        connection: Connection,
        parameters: dict[str, Any],
        read: Callable[[Connection, Select[Any], dict[str, Any]], list[T]],
        total: int,
        page_size: int,
        cursor: str,
    ) -> Listed[T]:
        """The page to which a cursor leads."""
        is_newer, place = self._place(cursor)
        statement = self._newer_than if is_newer else self._older_than
        wanted = parameters | place | {"p_limit": page_size + 1}
        found = read(connection, statement, wanted)
        more = len(found) > page_size
        if not more:
            # Unless the rest cannot be read.
            ids = statement.with_only_columns(self._id, maintain_column_froms=True)
            more = len(connection.scalars(ids, wanted).all()) > page_size
        entries = found[:page_size]
        if is_newer:
            entries.reverse()
        return self._listed(entries, total, not is_newer or more, is_newer or more)

    def count(self, connection: Connection, parameters: dict[str, Any]) -> Count:
        """Count the list."""
        return Count(*connection.execute(self._count, parameters).one())

    @cached_property
    def first(self) -> Select[Any]:
        """The page after `p_offset` rows, of `p_limit` rows."""
        limit, offset = _LIMITS
        return self._rows.order_by(self._at.desc(), self._id.desc()).limit(limit).offset(offset)

    @cached_property
    def _last(self) -> Select[Any]:
        """The same from the end, oldest first."""
        limit, offset = _LIMITS
        return self._rows.order_by(self._at, self._id).limit(limit).offset(offset)

    @cached_property
    def _older_than(self) -> Select[Any]:
        """Those that follow an entry, newest first."""
        rows = self._rows.where(self._order < self._entry)
        return rows.order_by(self._at.desc(), self._id.desc()).limit(_LIMITS[0])

    @cached_property
    def _newer_than(self) -> Select[Any]:
        """Those that precede an entry, oldest first."""
        rows = self._rows.where(self._order > self._entry)
        return rows.order_by(self._at, self._id).limit(_LIMITS[0])

    @property
    def _order(self) -> ColumnElement[Any]:
        return tuple_(self._at, self._id)

    @property
    def _entry(self) -> ColumnElement[Any]:
        return tuple_(parameter(self._at), parameter(self._id))

    @cached_property
    def _from_start(self) -> Select[Any]:
        return self._of(self._only(self._id).order_by(self._at.desc(), self._id.desc()))

    @cached_property
    def _from_end(self) -> Select[Any]:
        return self._of(self._only(self._id).order_by(self._at, self._id))

    def _of(self, ids: Select[Any]) -> Select[Any]:
        """The rows of some of the ids."""
        limit, offset = _LIMITS
        page = ids.limit(limit).offset(offset).subquery()
        return (
            select(*self._rows.selected_columns)
            .join(page, page.c[self._id.name] == self._id)
            .order_by(self._at.desc(), self._id.desc())
        )

    @cached_property
    def _count(self) -> Select[Any]:
        # As it is stored: whether it can be read matters to no other entry.
        newest = type_coerce(self._only(func.max(self._at)).scalar_subquery(), StoredTime)
        return self._only(func.count(), newest)

    @cached_property
    def _came(self) -> Select[Any]:
        return self._only(func.count()).where(
            self._at > bindparam(f"p_{self._at.name}", type_=StoredTime)
        )

    def _only(self, *values: ColumnElement[Any]) -> Select[Any]:
        return self._rows.with_only_columns(*values, maintain_column_froms=True)

    def _listed(self, entries: list[T], total: int, is_newer: bool, is_older: bool) -> Listed[T]:
        """A page of entries, and whether there are others before and after it."""
        # The time of a damaged entry, which may not be known, is none from which to go.
        places = [place for place in map(self._place_of, entries) if not place.startswith("0-")]
        newer = f"newer-{places[0]}" if places and is_newer else None
        older = f"older-{places[-1]}" if places and is_older else None
        return Listed(entries, total, newer, older)

    def _place_of(self, entry: object) -> str:
        at: datetime = getattr(entry, self._at.name)
        return f"{(at - _EPOCH) // _TICK}-{getattr(entry, self._id.name)}"

    def _place(self, cursor: str) -> tuple[bool, dict[str, Any]]:
        """Whether a cursor leads to newer entries, and its entry as parameters."""
        read = _CURSOR.fullmatch(cursor)
        if read is None:
            raise BadCursorError
        direction, ticks, text = read.groups()
        try:
            id_ = self._id.type.python_type(text)
        except ValueError:
            raise BadCursorError from None
        if isinstance(id_, int) and id_ > _LARGEST_ID:
            raise BadCursorError
        at = _EPOCH + int(ticks) * _TICK
        return direction == "newer", {f"p_{self._at.name}": at, f"p_{self._id.name}": id_}


def _check_distance(skipped: int) -> None:
    if skipped > FARTHEST:
        raise TooFarError
