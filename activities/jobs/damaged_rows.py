"""Rows that cannot be read: none of them takes a list with it.

A restored backup, another version of the service or a failing disk may leave a row that holds what
its column never does. It is told once by each process, with its id and without what it holds.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Connection, Select, type_coerce
from sqlalchemy.exc import OperationalError

from activities.common.column_types import StoredTime, UtcDateTime
from activities.common.logs import get_logger
from activities.common.metrics import ERRORS
from activities.common.tracebacks import format_traceback
from activities.model.problems import RECORD_DAMAGED

T = TypeVar("T")

logger = get_logger(__name__)

_MOST_REMEMBERED = 10_000
_told: set[tuple[str, object]] = set()

# What decoding a column raises, and what the driver does about text that is no UTF-8.
READING_FAILED = (msgspec.DecodeError, TypeError, ValueError, OperationalError)


def is_damage(error: Exception) -> bool:
    """True if it is the row that cannot be read, and not the database."""
    if not isinstance(error, OperationalError):
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "UTF-8" in str(error.orig)


def read_each(
    connection: Connection,
    query: Select[Any],
    parameters: dict[str, Any],
    id_: Column[T],
    read: Callable[[T], Any],
) -> list[Any]:
    """What `read` gives for the ids of each row that the query finds; None is left out.

    It takes a statement for each row, so it is for queries that found one that cannot be read.
    """
    ids = connection.scalars(
        query.with_only_columns(id_, maintain_column_froms=True), parameters
    ).all()
    return [found for each in ids if (found := read(each)) is not None]


def read_rows(
    connection: Connection,
    query: Select[Any],
    parameters: dict[str, Any],
    key: Sequence[Column[Any]],
    read: Callable[[Any], T],
) -> list[T]:
    """What `read` makes of each row that the query finds, without rows that cannot be read.

    Args:
        connection: to the database.
        query: finds rows, each of which has one row of the key's table.
        parameters: those of the query.
        key: the columns by which that table tells its rows apart.
        read: makes something of a row.
    """
    try:
        return [read(row) for row in connection.execute(query, parameters)]
    except READING_FAILED as error:
        if not is_damage(error):
            raise
    # The moment in a key may be what nobody can read.
    stored = [
        type_coerce(each, StoredTime) if isinstance(each.type, UtcDateTime) else each
        for each in key
    ]
    keys = query.with_only_columns(*stored, maintain_column_froms=True)
    any_of_them = query.order_by(None).limit(None).offset(None)
    found = list[T]()
    for values in connection.execute(keys, parameters).all():
        this = any_of_them.where(
            *(each == value for each, value in zip(stored, values, strict=True))
        )
        try:
            found += [read(row) for row in connection.execute(this, parameters)]
        except READING_FAILED as error:
            if not is_damage(error):
                raise
            tell_damaged(key[0].table.name, values[0], error)
    return found


def tell_damaged(table: str, row_id: object, error: Exception) -> None:
    """Log and count a row that cannot be read, unless this process has done so."""
    if (table, row_id) in _told:
        return
    if len(_told) >= _MOST_REMEMBERED:
        _told.clear()
    _told.add((table, row_id))
    ERRORS.labels(RECORD_DAMAGED.code).inc()
    logger.error(
        "record damaged",
        table=table,
        id=row_id,
        code=RECORD_DAMAGED.code,
        cause=format_traceback(error),
    )
