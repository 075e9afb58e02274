"""A database that refuses what would make a remembered job an old one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from activities.common.database import Database
from activities.jobs.ended_jobs import CHANGING
from activities.jobs.schema import jobs
from activities.model.jobs import Job

_TRIGGER = "ended_jobs_stay"
_MAY_CHANGE = (*CHANGING, "dispatched_at")
_UNCHANGING = [name for name in Job.__struct_fields__ if name in jobs.c and name not in _MAY_CHANGE]
"""The columns of which a job is made whose changes nobody would see. When an ended job was
dispatched is shown nowhere."""


def refuse_changes_of_ended_jobs(database: Path) -> None:
    """Have an SQLite file refuse changes of other columns than `CHANGING` after a job's end."""
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _UNCHANGING)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            f"CREATE TRIGGER {_TRIGGER} BEFORE UPDATE ON {jobs.name}"
            f" WHEN OLD.completed_at IS NOT NULL AND ({changed})"
            " BEGIN SELECT RAISE(ABORT, 'a job that has ended was changed'); END"
        )
        connection.commit()


async def allow_changes_of_ended_jobs(database: Database) -> None:
    """Let a test damage what no statement of the service touches."""
    if database.dialect == "sqlite":
        drop = text(f"DROP TRIGGER IF EXISTS {_TRIGGER}")
        await database.run(lambda connection: connection.execute(drop))
