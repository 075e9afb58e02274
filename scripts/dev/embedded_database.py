"""Reads the state of the embedded SQLite file without loading SQLAlchemy.

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
