"""What the job record knows of its file in storage: whether it was checked, whether it is lost."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, or_, select, update

from activities.common.database import Database, transaction
from activities.jobs.job_table import JobTable
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, THIS, among, first, number, parameter


class UncheckedFile(msgspec.Struct, frozen=True):
    """A file that was not compared with its hash yet."""

    job_id: str
    owner_id: str
    name: str
    """The name under which it is downloaded."""
    size: int
    """The size in bytes."""
    sha256: str | None
    """The hash that it should have, in hex."""


_MARK_LOST = (
    update(jobs)
    .where(THIS, COMPLETED)
    # Without the fingerprint no later export is given this file.
    .values(file_lost_at=first(jobs.c.file_lost_at), fingerprint=None)
)
_SOURCE = select(jobs.c.reused_from).where(THIS).scalar_subquery()
_FORGET_SOURCE = update(jobs).where(jobs.c.job_id == _SOURCE).values(fingerprint=None)
_MARK_CHECKED = (
    update(jobs)
    .where(among(jobs.c.job_id))
    .values(file_checked_at=parameter(jobs.c.file_checked_at))
)
_UNCHECKED = (
    select(
        jobs.c.job_id,
        jobs.c.owner_id,
        func.coalesce(jobs.c.file_name, ""),
        func.coalesce(jobs.c.file_size, 0),
        jobs.c.sha256,
    )
    .where(
        COMPLETED,
        jobs.c.file_checked_at.is_(None),
        or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > parameter(jobs.c.expires_at)),
        jobs.c.completed_at < parameter(jobs.c.completed_at),
    )
    .order_by(jobs.c.expires_at)
    .limit(number("limit"))
)


class FileChecks:
    """The queries and changes that checks of files make in the job records of one database. All
    times are UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = JobTable(database)

    async def mark_lost(self, job_id: str, now: datetime) -> bool:
        """Note that a completed job's file is missing or damaged; it is not reused either.

        Nor is the file that it was copied from, which on a disk is the same.

        Returns:
            True if the row is completed; False if it has expired meanwhile, or is gone.
        """
        parameters = {"p_job_id": job_id, "p_file_lost_at": now}

        def mark(connection: Connection) -> bool:
            with transaction(connection):
                changed = connection.execute(_MARK_LOST, parameters).rowcount > 0
                connection.execute(_FORGET_SOURCE, {"p_job_id": job_id})
            return changed

        return await self._database.run(mark)

    async def mark_checked(self, job_ids: Sequence[str], now: datetime) -> None:
        """Note that the files of these jobs were compared, whatever came of it."""
        await self._table.change(_MARK_CHECKED, {"p_job_ids": job_ids, "p_file_checked_at": now})

    async def unchecked(
        self, completed_before: datetime, now: datetime, limit: int
    ) -> list[UncheckedFile]:
        """Files of completed jobs that were never checked, those first that expire first.

        Args:
            completed_before: only those completed before this moment.
            now: only those whose time is not up then.
            limit: the most jobs to return.
        """
        rows = await self._table.rows(
            _UNCHECKED,
            {"p_completed_at": completed_before, "p_expires_at": now, "p_limit": limit},
        )
        return [UncheckedFile(*row) for row in rows]
