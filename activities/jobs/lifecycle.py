"""The job record as retention keeps it: files expire, records go, what is stuck is found."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, exists, select, update

from activities.common.database import Database, transaction
from activities.jobs.audit import Action, note_jobs
from activities.jobs.job_table import JobTable
from activities.jobs.schema import chunks, jobs
from activities.jobs.statements import COMPLETED, THIS, among, number, parameter
from activities.model.jobs import OPEN, Status


class OpenJob(msgspec.Struct, frozen=True):
    """What decides about a job that has not ended. No other column can make a row unreadable."""

    job_id: str
    format: str
    status: Status
    created_at: datetime
    cancel_requested_at: datetime | None


_DUE_TO_EXPIRE = (
    select(jobs.c.job_id)
    .where(COMPLETED, jobs.c.expires_at <= parameter(jobs.c.expires_at))
    .order_by(jobs.c.expires_at)
    .limit(number("limit"))
)
_EXPIRE = update(jobs).where(THIS, COMPLETED).values(status=Status.EXPIRED)
_ENDED_LONG_AGO = (
    select(jobs.c.job_id)
    .where(
        jobs.c.status.in_((Status.EXPIRED, Status.FAILED, Status.CANCELLED)),
        jobs.c.completed_at < parameter(jobs.c.completed_at),
        # It follows from the condition above, and an index has it.
        jobs.c.created_at < parameter(jobs.c.completed_at),
    )
    .limit(number("limit"))
)
_REMOVE_CHUNKS = delete(chunks).where(among(chunks.c.job_id))
_REMOVE_JOBS = delete(jobs).where(among(jobs.c.job_id))
# Few jobs have chunks, but many have ended: so from the chunks to their jobs.
_CLEAR_PROGRESS = delete(chunks).where(
    exists().where(
        jobs.c.job_id == chunks.c.job_id, jobs.c.status.in_((Status.COMPLETED, Status.EXPIRED))
    )
)
_STATUSES = select(jobs.c.job_id, jobs.c.status).where(among(jobs.c.job_id))
_OPEN_JOBS = (
    select(*(jobs.c[name] for name in OpenJob.__struct_fields__))
    .where(
        jobs.c.status.in_(OPEN),
        jobs.c.created_at < parameter(jobs.c.created_at),
        jobs.c.job_id > parameter(jobs.c.job_id),
    )
    .order_by(jobs.c.job_id)
    .limit(number("limit"))
)


class JobLifecycle:
    """The queries and changes that retention makes in the job records of one database. All times
    are UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = JobTable(database)

    async def due_to_expire(self, now: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` completed jobs whose files have outlived their time."""
        rows = await self._table.rows(_DUE_TO_EXPIRE, {"p_expires_at": now, "p_limit": limit})
        return [row.job_id for row in rows]

    async def expire(self, job_id: str, now: datetime) -> bool:
        """Mark a completed job's file as gone; False when the job was not completed."""

        def mark(connection: Connection) -> bool:
            with transaction(connection):
                changed = connection.execute(_EXPIRE, {"p_job_id": job_id}).rowcount > 0
                if changed:
                    note_jobs(connection, Action.EXPIRED, now, [job_id])
            return changed

        return await self._database.run(mark)

    async def remove_ended(self, ended_before: datetime, limit: int, now: datetime) -> int:
        """Remove at most `limit` records of ended jobs without a file; returns how many.

        Args:
            ended_before: only of jobs that ended before this moment.
            limit: the most jobs to return.
            now: the time for the audit log.
        """
        parameters = {"p_completed_at": ended_before, "p_limit": limit}

        def remove(connection: Connection) -> int:
            with transaction(connection):
                found = connection.scalars(_ENDED_LONG_AGO, parameters).all()
                if found:
                    note_jobs(connection, Action.REMOVED, now, found)
                    connection.execute(_REMOVE_CHUNKS, {"p_job_ids": found})
                    connection.execute(_REMOVE_JOBS, {"p_job_ids": found})
            return len(found)

        return await self._database.run(remove)

    async def clear_progress(self) -> None:
        """Remove the chunk rows of completed jobs; those of failed ones still show how far."""
        await self._table.change(_CLEAR_PROGRESS, {})

    async def statuses(self, job_ids: Sequence[str]) -> dict[str, Status]:
        """The states of those of these jobs that have a row, by id."""
        rows = await self._table.rows(_STATUSES, {"p_job_ids": list(job_ids)})
        return {row.job_id: row.status for row in rows}

    async def open_jobs(self, older_than: datetime, after: str, limit: int) -> list[OpenJob]:
        """Jobs that have not ended, in the order of their ids.

        Args:
            older_than: only those created before this moment.
            after: only those whose id comes after this one.
            limit: the most jobs to return.
        """
        parameters = {"p_created_at": older_than, "p_job_id": after, "p_limit": limit}
        return [OpenJob(*row) for row in await self._table.rows(_OPEN_JOBS, parameters)]
