"""The job records of an owner of whom everything is erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    select,
    update,
)

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.common.slices import SLICE, with_pause
from activities.jobs.job_rows import REMOVE_SOME_VERSIONS, remove_jobs
from activities.jobs.schema import (
    changes,
    chunks,
    erased_jobs,
    item_versions,
    jobs,
    receipts,
)
from activities.jobs.statements import COMPLETED, MINE, among, number, parameter
from activities.model.jobs import OPEN, Status

_IS_OPEN = jobs.c.status.in_(OPEN)
_SOME_OPEN = select(jobs.c.job_id, jobs.c.format).where(MINE, _IS_OPEN).limit(number("limit"))
_TO_BE_CANCELLED = (
    select(jobs.c.job_id)
    .where(MINE, _IS_OPEN, jobs.c.cancel_requested_at.is_(None))
    .limit(number("limit"))
)
_CANCEL = (
    update(jobs)
    .where(_IS_OPEN, jobs.c.job_id.in_(_TO_BE_CANCELLED))
    .values(cancel_requested_at=parameter(jobs.c.cancel_requested_at))
)
_SOME = select(jobs.c.job_id).where(MINE).limit(number("limit"))
_HIDE = (
    update(jobs)
    .where(among(jobs.c.job_id), COMPLETED)
    .values(status=Status.EXPIRED, pinned_at=None)
)
_ERASED = erased_jobs.insert().from_select(
    ["job_id", "erased_at"],
    select(jobs.c.job_id, bindparam("p_erased_at", type_=UtcDateTime)).where(
        among(jobs.c.job_id),
        jobs.c.job_id.not_in(select(erased_jobs.c.job_id)),
    ),
)
# Whoever was late wrote these after their jobs were gone: SQLite checks no foreign keys. They are
# looked for without a lock, as there may be very many jobs and there are next to no such rows.
_LATE = tuple(
    (
        select(table.c.job_id).where(table.c.job_id.in_(select(erased_jobs.c.job_id))).limit(SLICE),
        delete(table).where(among(table.c.job_id)),
    )
    for table in (chunks, changes, receipts, item_versions)
)
_OLD = (
    select(erased_jobs.c.job_id)
    .where(erased_jobs.c.erased_at < parameter(erased_jobs.c.erased_at))
    .limit(number("limit"))
)
_FORGET = delete(erased_jobs).where(among(erased_jobs.c.job_id))


class OpenOwnerJob(msgspec.Struct, frozen=True):
    """A job that has not ended."""

    job_id: str
    format: str


class OwnerJobs:
    """The job records in one database, as an erasure removes them. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel_some(self, owner_id: str, now: datetime, limit: int) -> int:
        """Let none of the owner's open jobs complete any more, of at most so many; how many."""
        values = {"p_owner_id": owner_id, "p_cancel_requested_at": now, "p_limit": limit}
        return await self._change(_CANCEL, values)

    async def some_open(self, owner_id: str, limit: int) -> list[OpenOwnerJob]:
        """Some of the owner's jobs that have not ended."""
        values = {"p_owner_id": owner_id, "p_limit": limit}
        return await self._database.read(
            lambda connection: [
                OpenOwnerJob(*row) for row in connection.execute(_SOME_OPEN, values)
            ]
        )

    async def some(self, owner_id: str, limit: int) -> list[str]:
        """The ids of some of the owner's jobs."""
        values = {"p_owner_id": owner_id, "p_limit": limit}
        return await self._ids(_SOME, values)

    async def hide(self, job_ids: Sequence[str]) -> None:
        """Let no download of these jobs' files begin any more."""
        await self._change(_HIDE, {"p_job_ids": list(job_ids)})

    async def forget_items(self, job_ids: Sequence[str], limit: int) -> int:
        """Remove at most so many rows of what was rendered of these jobs; returns how many."""
        return await self._change(
            REMOVE_SOME_VERSIONS, {"p_job_ids": list(job_ids), "p_limit": limit}
        )

    async def remove(self, job_ids: Sequence[str], now: datetime) -> None:
        """Remove the records of these jobs, which are known as erased from then on."""
        values = {"p_job_ids": list(job_ids), "p_erased_at": now}

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(_ERASED, values)
                remove_jobs(connection, job_ids)

        await self._database.run(write)

    async def remove_late(self) -> None:
        """Remove what was written of jobs after they were erased."""
        for find, remove in _LATE:
            while late := await self._ids(find, {}):
                await with_pause(self._change(remove, {"p_job_ids": late}))

    async def erased_before(self, moment: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` jobs that were erased before a moment."""
        values = {"p_erased_at": moment, "p_limit": limit}
        return await self._ids(_OLD, values)

    async def forget(self, job_ids: Sequence[str]) -> int:
        """Forget that these were erased; returns how many they are."""
        return await self._change(_FORGET, {"p_job_ids": list(job_ids)})

    async def _ids(self, query: Any, values: dict[str, Any]) -> list[str]:
        return await self._database.read(lambda connection: list(connection.scalars(query, values)))

    async def _change(self, statement: Any, values: dict[str, Any]) -> int:
        return await self._database.run(
            lambda connection: connection.execute(statement, values).rowcount
        )
