"""Checks that rows can be written, by writing one."""

import asyncio
import time

from sqlalchemy import update

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.schema import write_checks
from activities.jobs.statements import parameters

# Whoever asks, no more is written than once in so long.
_FRESH_SECONDS = 1.0

_WRITE = update(write_checks).values(parameters([write_checks.c.checked_at]))


class WriteCheck:
    """Writes one row that is there for nothing else: one at a time, and not again within a second.

    A database that is locked keeps a write waiting for longer than anybody waits for the answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written_at = float("-inf")
        self._writing: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Return if rows can be written.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they cannot: the database is away, locked, read-only or
                on a full disk.
        """
        writing = self._writing
        if writing is None or (
            writing.done() and time.monotonic() - self._written_at >= _FRESH_SECONDS
        ):
            writing = self._writing = asyncio.create_task(self._write())
        await asyncio.shield(writing)

    async def _write(self) -> None:
        try:
            await self._database.run(
                lambda connection: connection.execute(_WRITE, {"p_checked_at": utc_now()})
            )
        finally:
            self._written_at = time.monotonic()
