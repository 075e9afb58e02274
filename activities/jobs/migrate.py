"""Bring the database's schema up to date: `python -m activities.jobs.migrate`."""

import sys
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from activities.common.database import parse_url, prepare_sqlite
from activities.common.private_files import (
    UnusableDirectoryError,
    keep_files_private,
    mend_directory,
)
from activities.settings import API_SECRETS, CANNOT_START, SettingsError, from_environment

# Any number will do, as long as nothing else in the database locks it.
_LOCK_ID = 7_305_411

# A change of a table waits for whoever reads it, such as a backup, and whoever comes after waits
# behind the change. So it gives up before a request would, which waits for `LOCK_SECONDS`.
_LOCK_TIMEOUT = "2s"
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_PAUSE_SECONDS = 3.0
_PATIENCE_SECONDS = 600.0


class UnusableDatabaseError(RuntimeError):
    """The database cannot be brought up to date; the message says why, for an operator."""


def migrate(url: str) -> None:
    """Run the migrations that the database has not had yet: all of them, or none.

    Several processes may call it at once: one migrates, the others wait. On PostgreSQL nobody waits
    for a migration longer than two seconds: it is given up and tried again, for ten minutes, while
    somebody has a table that it changes.

    Args:
        url: the database's SQLAlchemy URL.

    Raises:
        UnusableDatabaseError: it cannot be reached or written, is damaged, or was migrated by a
            newer version of this service.
    """
    try:
        _migrate(url)
    except CommandError:
        # A revision that is not among ours.
        raise UnusableDatabaseError(
            "a newer version of this service has migrated the database; run that version, "
            "or put back the copy from before"
        ) from None
    except DBAPIError as error:
        raise UnusableDatabaseError(f"the database: {_first_line(error.orig)}") from None
    except (SQLAlchemyError, ValueError):
        raise UnusableDatabaseError("EXPORT_DATABASE_URL: this is no URL of a database") from None


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _migrate(url: str) -> None:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite")
        if parsed.database:
            try:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UnusableDatabaseError(f"{error.filename}: {error.strerror}") from None
    engine = create_engine(parsed)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    try:
        while True:
            try:
                _upgrade(engine, config)
            except OperationalError as error:
                locked = getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE
                if not locked or time.monotonic() > deadline:
                    raise
            else:
                return
            time.sleep(_LOCK_PAUSE_SECONDS)
    finally:
        engine.dispose()


def _upgrade(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK_ID)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: Any, record: Any) -> None:
    prepare_sqlite(connection, record)
    # Another process that migrates may take longer than a request may.
    connection.execute("PRAGMA busy_timeout = 30000")
    # The driver's own transactions do not hold DDL.
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


if __name__ == "__main__":
    keep_files_private()
    try:
        settings = from_environment(unread=(*API_SECRETS, "content_token"))
        if not settings.database_url:
            mend_directory(Path(settings.data_dir))
        migrate(settings.database)
    except (SettingsError, UnusableDatabaseError, UnusableDirectoryError) as error:
        sys.exit(f"{CANNOT_START}{error}")
