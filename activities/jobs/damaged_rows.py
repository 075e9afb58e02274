"""Rows that cannot be read: none of them takes a list with it.

A restored backup, another version of the service or a failing disk may leave a row that holds what
its column never does. It is told once by each process, with its id and without what it holds.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Connection, Select
from sqlalchemy.exc import OperationalError

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
