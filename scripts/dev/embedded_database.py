"""Looks after the embedded SQLite files without loading SQLAlchemy.

A stack that was set up before asks at each start, and Alembic alone would take a good part of it.
"""

import contextlib
import sqlite3
from pathlib import Path

from scripts.dev.environment import CHECKOUT

_MIGRATIONS = CHECKOUT / "activities" / "jobs" / "migrations" / "versions"


def is_migrated(database: Path) -> bool:
    """True if the newest migration was applied; their files begin with their revisions."""
    newest = max(file.name.partition("_")[0] for file in _MIGRATIONS.glob("[0-9]*.py"))
    if not database.exists():
        return False
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.Error:
            return False
    return rows == [(newest,)]


def merge_log(database: Path) -> None:
    """Bring what is in the write-ahead log into the file, and remove the log.

    The last process that closes a database does so by itself; one that was killed, and Temporal's
    server, close nothing. Another process that has it open keeps the log.
    """
    if not database.with_name(f"{database.name}-wal").exists():
        return
    with (
        # The next start can do it: a full disk, for instance, must not keep a stack from ending.
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(database)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
