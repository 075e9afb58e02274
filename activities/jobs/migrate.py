"""Bring the database's schema up to date: `python -m activities.jobs.migrate`."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, func, select

from activities.common.database import parse_url, prepare_sqlite
from activities.settings import from_environment

# Any number will do, as long as nothing else in the database locks it.
_LOCK_ID = 7_305_411


def migrate(url: str) -> None:
    """Run the migrations that the database has not had yet: all of them, or none.

    Several processes may call it at once: one migrates, the others wait.

    Args:
        url: the database's SQLAlchemy URL.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite")
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK_ID)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _prepare_sqlite(connection: Any, record: Any) -> None:
    prepare_sqlite(connection, record)
    # The driver's own transactions do not hold DDL.
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


if __name__ == "__main__":
    migrate(from_environment().database)
