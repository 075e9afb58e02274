"""A database that somebody else keeps locked refuses in a known time, and says why."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from activities.common import database as database_module
from activities.common.database import Database, connect
from activities.common.database_faults import SENTENCES, DatabaseLockedError, database_fault
from activities.common.tracebacks import format_traceback
from activities.settings import Settings

pytestmark = pytest.mark.anyio

_WRITE = text("UPDATE write_check SET checked_at = checked_at")
_WRITERS = 24
"""More than twice as many as write at once on any engine."""


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold what keeps others from writing, as a forgotten session or a backup does."""
    with database._engine.connect() as other:
        if database.dialect == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            other.exec_driver_sql("BEGIN")
            other.exec_driver_sql("LOCK TABLE write_check IN ACCESS EXCLUSIVE MODE")
        yield
        other.exec_driver_sql("ROLLBACK")


async def refusal(database: Database) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as refused:
        await database.run(lambda connection: connection.execute(_WRITE))
    return refused.value


async def test_what_waits_behind_others_for_a_lock_is_refused_with_these(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LOCK_SECONDS", 0.5)
    locked_out = connect(settings.database)
    with locked(database):
        errors = await asyncio.gather(*(refusal(locked_out) for _ in range(_WRITERS)))

    assert {database_fault(error) for error in errors} == {"locked"}
    waited = [error for error in errors if not isinstance(error, DatabaseLockedError)]
    assert 0 < len(waited) <= _WRITERS // 2, "the others would have waited after them"
    await locked_out.run(lambda connection: connection.execute(_WRITE))
    await locked_out.close()


async def test_the_log_names_the_lock(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LOCK_SECONDS", 0.05)
    locked_out = connect(settings.database)
    with locked(database):
        error = await refusal(locked_out)
    await locked_out.close()

    code = "SQLITE_BUSY" if database.dialect == "sqlite" else "55P03"
    assert f"({code})" in format_traceback(error)


async def test_a_database_that_may_only_be_read_is_told_from_a_locked_one(
    database: Database,
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL is read-only as a whole")
    query_only = text("PRAGMA query_only = 1")
    await database.run(lambda connection: connection.execute(query_only))

    assert database_fault(await refusal(database)) == "read-only"


def test_errors_of_others_are_none_of_the_database() -> None:
    assert database_fault(OSError("no")) is None
    assert set(SENTENCES) == {"locked", "full", "read-only", "unavailable"}
