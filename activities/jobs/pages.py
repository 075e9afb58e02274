"""Pages of long lists, newest first: each is read from the end that is nearer.

A database finds a page by skipping the rows before it. Here it skips entries of an index, not
rows, and those after the page when they are fewer: the last page costs what the first does, and
the one in the middle most.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    select,
    type_coerce,
)

from activities.common.column_types import StoredTime
from activities.jobs.cached_counts import Count
from activities.jobs.statements import number

T = TypeVar("T")

NEAR = 1_000
"""Fewer rows than this are skipped in no time."""

_LIMITS = (number("limit"), number("offset"))


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
    ) -> tuple[list[T], int]:
        """The entries of one page, the first of which is page 1, and how many there are in all.

        Args:
            connection: to the database.
            parameters: those of the list.
            read: reads the entries that a statement with these parameters finds.
            count: the count of the list, which may be some seconds old.
            page: the number of the page.
            page_size: the number of entries on a full page.
        """
        skipped = (page - 1) * page_size
        if skipped < NEAR or skipped * 2 < count.total:
            statement = self.first if skipped < NEAR else self._from_start
            limits = {"p_limit": page_size, "p_offset": skipped}
            return read(connection, statement, parameters | limits), count.total
        # What came since it was counted; else those would be skipped who read one page after
        # another and come to the first that is read from the end.
        newer = connection.scalar(self._newer, parameters | {f"p_{self._at.name}": count.newest})
        total = count.total + (newer or 0)
        listed = min(total - skipped, page_size)
        if listed <= 0:
            return [], total
        behind = total - skipped - listed
        limits = {"p_limit": listed, "p_offset": behind}
        if behind < NEAR:
            return read(connection, self._last, parameters | limits)[::-1], total
        return read(connection, self._from_end, parameters | limits), total

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
    def _newer(self) -> Select[Any]:
        return self._only(func.count()).where(
            self._at > bindparam(f"p_{self._at.name}", type_=StoredTime)
        )

    def _only(self, *values: ColumnElement[Any]) -> Select[Any]:
        return self._rows.with_only_columns(*values, maintain_column_froms=True)
