"""The job record as retention keeps it: files expire, records go, what is stuck is found.

Whoever changes many rows asks for the ids of some that are due, and then has them changed in one
short transaction: a writer of SQLite locks all others out.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Executable,
    Text,
    and_,
    bindparam,
    select,
    tuple_,
    type_coerce,
    update,
)

from activities.common.column_types import StoredTime
from activities.common.database import Database, transaction
from activities.jobs.audit import Action, note_jobs
from activities.jobs.damaged_rows import tell_damaged
from activities.jobs.job_rows import REMOVE_CHUNKS, REMOVE_SOME_VERSIONS, remove_jobs
from activities.jobs.job_table import JobTable
from activities.jobs.schema import chunks, erased_jobs, item_versions, jobs
from activities.jobs.statements import COMPLETED, among, number, parameter
from activities.model.jobs import Status

ERASED = "erased"
"""In the place of a state: the job was erased with its owner."""


class OpenJob(msgspec.Struct, frozen=True):
    """What decides about a job that has not ended. No other column can make a row unreadable."""

    job_id: str
    format: str
    status: Status
    created_at: datetime
    cancel_requested_at: datetime | None
    archive_id: str | None = None
    """The archive whose part it makes; None: none."""
    damaged: bool = False
    """True if its row cannot be read."""


class ExpiredFile(msgspec.Struct, frozen=True):
    """The file of a job that has just expired."""

    job_id: str
    name: str | None
    """The name under which it was downloaded."""


_OPEN_JOB_TIMES = (jobs.c.created_at, jobs.c.cancel_requested_at)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_DUE_TO_EXPIRE = (
    select(jobs.c.job_id)
    .where(COMPLETED, jobs.c.expires_at <= parameter(jobs.c.expires_at))
    .order_by(jobs.c.expires_at)
    .limit(number("limit"))
)
_EXPIRE = (
    update(jobs)
    # A share or a pin may have moved its end since it was found.
    .where(among(jobs.c.job_id), COMPLETED, jobs.c.expires_at <= parameter(jobs.c.expires_at))
    .values(status=Status.EXPIRED)
    .returning(jobs.c.job_id, jobs.c.file_name)
)
_LONG_ENDED = and_(
    jobs.c.status.in_((Status.EXPIRED, Status.FAILED, Status.CANCELLED)),
    jobs.c.completed_at < parameter(jobs.c.completed_at),
    # It follows from the condition above, and an index has it.
    jobs.c.created_at < parameter(jobs.c.completed_at),
)
_HAS_ITEM_VERSIONS = select(item_versions.c.job_id).where(item_versions.c.job_id == jobs.c.job_id)
_ENDED_LONG_AGO = (
    select(jobs.c.job_id).where(_LONG_ENDED, ~_HAS_ITEM_VERSIONS.exists()).limit(number("limit"))
)
# One job may have thousands of rows: as many are found as may be removed at once.
_OLD_ITEM_VERSIONS = (
    select(item_versions.c.job_id)
    .join_from(jobs, item_versions, jobs.c.job_id == item_versions.c.job_id)
    .where(_LONG_ENDED)
    .limit(number("limit"))
)
# Few jobs have chunks, but many have ended: so from the chunks to their jobs.
_NEEDLESS_PROGRESS = (
    select(chunks.c.job_id)
    .join_from(chunks, jobs, jobs.c.job_id == chunks.c.job_id)
    .where(jobs.c.status.in_((Status.COMPLETED, Status.EXPIRED)))
    .distinct()
    .limit(number("limit"))
)
# As text: a state that there is not makes no other row unreadable.
_STATUS = type_coerce(jobs.c.status, Text)
_STATUSES = select(jobs.c.job_id, _STATUS).where(among(jobs.c.job_id))
_ERASED = select(erased_jobs.c.job_id).where(among(erased_jobs.c.job_id))

# Each state by itself, in the order of an index: the state and the moment sort no rows then.
_PLACE = tuple_(type_coerce(jobs.c.created_at, StoredTime), jobs.c.job_id)
_OPEN_JOBS = (
    select(
        jobs.c.job_id,
        jobs.c.format,
        jobs.c.status,
        jobs.c.archive_id,
        *(type_coerce(column, StoredTime) for column in _OPEN_JOB_TIMES),
    )
    .where(
        jobs.c.status == parameter(jobs.c.status),
        jobs.c.created_at < parameter(jobs.c.created_at),
    )
    .order_by(jobs.c.created_at, jobs.c.job_id)
    .limit(number("limit"))
)
_OPEN_JOBS_AFTER = _OPEN_JOBS.where(
    tuple_(
        bindparam("p_after_created_at", type_=StoredTime),
        bindparam("p_after_job_id", type_=jobs.c.job_id.type),
    )
    < _PLACE
)


class JobLifecycle:
    """The queries and changes that retention makes in the job records of one database. All times
    are UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = JobTable(database)
        self._read_time = database.reader(jobs.c.created_at)

    async def due_to_expire(self, now: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` completed jobs whose files have outlived their time."""
        return await self._ids(_DUE_TO_EXPIRE, {"p_expires_at": now, "p_limit": limit})

    async def expire(self, job_ids: Sequence[str], now: datetime) -> list[ExpiredFile]:
        """Mark the files of these jobs as gone whose time is up; returns those files.

        No download starts on them from then on.
        """

        def mark(connection: Connection) -> list[ExpiredFile]:
            with transaction(connection):
                values = {"p_job_ids": list(job_ids), "p_expires_at": now}
                rows = connection.execute(_EXPIRE, values).all()
                files = [ExpiredFile(*row) for row in rows]
                note_jobs(connection, Action.EXPIRED, now, [file.job_id for file in files])
            return files

        return await self._database.run(mark)

    async def due_to_be_removed(self, ended_before: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` jobs without a file that ended before this moment.

        Not of those of which it is still known what was rendered.
        """
        return await self._ids(_ENDED_LONG_AGO, {"p_completed_at": ended_before, "p_limit": limit})

    async def with_old_item_versions(self, ended_before: datetime, limit: int) -> list[str]:
        """The ids of jobs like those `due_to_be_removed` of which it is known what was rendered.

        An id comes as often as its job has rows of that.
        """
        values = {"p_completed_at": ended_before, "p_limit": limit}
        return await self._ids(_OLD_ITEM_VERSIONS, values)

    async def forget_items(self, job_ids: Sequence[str]) -> int:
        """Remove as many rows of what was rendered of these jobs as there are ids, a job's id once
        for each row; returns how many that were.
        """
        parameters = {"p_job_ids": list(set(job_ids)), "p_limit": len(job_ids)}
        return await self._database.run(
            lambda connection: connection.execute(REMOVE_SOME_VERSIONS, parameters).rowcount
        )

    async def remove(self, job_ids: Sequence[str], now: datetime) -> int:
        """Remove the records of these jobs; returns how many there were.

        Args:
            job_ids: jobs that have ended, and have no file.
            now: the time for the audit log.
        """

        def remove(connection: Connection) -> int:
            with transaction(connection):
                note_jobs(connection, Action.REMOVED, now, job_ids)
                return remove_jobs(connection, job_ids)

        return await self._database.run(remove)

    async def with_needless_progress(self, limit: int) -> list[str]:
        """The ids of at most `limit` completed jobs that still have rows of chunks.

        Those of failed jobs still show how far they came.
        """
        return await self._ids(_NEEDLESS_PROGRESS, {"p_limit": limit})

    async def clear_progress(self, job_ids: Sequence[str]) -> int:
        """Remove the rows of these jobs' chunks; returns how many there were."""
        parameters = {"p_job_ids": list(job_ids)}
        return await self._database.run(
            lambda connection: connection.execute(REMOVE_CHUNKS, parameters).rowcount
        )

    async def statuses(self, job_ids: Sequence[str]) -> dict[str, str]:
        """The states of those of these jobs that have a row, by id; a damaged row has any text.

        Of those that were erased with their owner it is `ERASED`.
        """
        these = {"p_job_ids": list(job_ids)}
        erased = await self._table.rows(_ERASED, these)
        rows = await self._table.rows(_STATUSES, these)
        return {row.job_id: ERASED for row in erased} | {row.job_id: row.status for row in rows}

    async def open_jobs(self, older_than: datetime, page_size: int) -> AsyncIterator[list[OpenJob]]:
        """Jobs that have not ended, in pages: the pending ones first, of each state the oldest.

        A job that begins meanwhile may come twice, and none is missed.

        Args:
            older_than: only those created before this moment.
            page_size: the most jobs of one page.
        """
        for status in (Status.PENDING, Status.PROCESSING):
            parameters = {
                "p_status": status,
                "p_created_at": older_than,
                "p_limit": page_size,
            }
            page = await self._table.rows(_OPEN_JOBS, parameters)
            while page:
                yield [self._open_job(row) for row in page]
                last = page[-1]
                parameters |= {
                    "p_after_created_at": last.created_at,
                    "p_after_job_id": last.job_id,
                }
                page = await self._table.rows(_OPEN_JOBS_AFTER, parameters)

    def _open_job(self, row: Any) -> OpenJob:
        """The job of a row; one that cannot be read is damaged, and as old as can be."""
        try:
            created_at, cancel_requested_at = map(self._read_time, row[-2:])
        except (TypeError, ValueError) as error:
            tell_damaged(jobs.name, row.job_id, error)
            return OpenJob(row.job_id, row.format, row.status, _LONG_AGO, None, damaged=True)
        return OpenJob(
            row.job_id,
            row.format,
            row.status,
            created_at or _LONG_AGO,
            cancel_requested_at,
            row.archive_id,
        )

    async def _ids(self, query: Executable, parameters: dict[str, Any]) -> list[str]:
        return [row.job_id for row in await self._table.rows(query, parameters)]
