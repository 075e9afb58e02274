"""Archives in the database, as their owners and retention see them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Delete,
    Select,
    Update,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from activities.automation.archive_tables import archives, manifests, parts
from activities.automation.archives import Archive, ToldPart, WalkState
from activities.common.clock import utc_now
from activities.common.column_types import StoredTime
from activities.common.database import Database, transaction
from activities.common.slices import SLICE, until_none_is_left, with_pause
from activities.jobs.audit import Action, Origin, note
from activities.jobs.damaged_rows import read_rows
from activities.jobs.job_table import read_jobs
from activities.jobs.schema import jobs
from activities.jobs.statements import READ, among
from activities.jobs.turns import owner_transaction
from activities.model.jobs import OPEN, Problem, Status

ARCHIVES_LISTED = 50
"""The newest archives of an owner that are told."""

_COLUMNS = [archives.c[name] for name in Archive.__struct_fields__]
_IS_OPEN = archives.c.completed_at.is_(None)
_PARTS = select(
    parts.c.number,
    parts.c.job_id,
    parts.c.content_owner,
    parts.c["items"],
    parts.c.status,
    parts.c.left_out,
).order_by(parts.c.number)
_JOBS = READ.where(among(jobs.c.job_id))


class ArchiveRecords:
    """The queries and changes that the API and retention make. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, archive: Archive, origin: Origin, look_at: datetime) -> bool:
        """Write a new archive; False when its owner has one that has not ended.

        Args:
            archive: the archive.
            origin: the caller and the request, for the audit log.
            look_at: when others look whether it has a workflow.
        """
        values: dict[str, Any] = msgspec.structs.asdict(archive) | {
            "revision": 0,
            "walk": _first_state(archive),
            "look_at": look_at,
        }
        unended = exists().where(archives.c.owner_id == archive.owner_id, _IS_OPEN)
        new = select(
            *(literal(value, archives.c[name].type) for name, value in values.items())
        ).where(~unended)
        statement = insert(archives).from_select(list(values), new).returning(archives.c.archive_id)

        def write(connection: Connection) -> bool:
            with owner_transaction(connection, archive.owner_id):
                if connection.execute(statement).first() is None:
                    return False
                _note(connection, Action.ARCHIVED, archive, archive.created_at, origin)
            return True

        return await self._database.run(write)

    async def of_owner(self, owner_id: str) -> list[Archive]:
        """The newest archives of an owner, newest first."""
        query = (
            select(*_COLUMNS)
            .where(archives.c.owner_id == owner_id)
            .order_by(archives.c.created_at.desc(), archives.c.archive_id.desc())
            .limit(ARCHIVES_LISTED)
        )
        return await self._database.read(lambda connection: _read(connection, query))

    async def get(self, archive_id: str, owner_id: str | None = None) -> Archive | None:
        """One archive; with `owner_id` only if it is that owner's."""
        query = select(*_COLUMNS).where(archives.c.archive_id == archive_id)
        if owner_id is not None:
            query = query.where(archives.c.owner_id == owner_id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Archive(*row)

    async def parts_of(self, archive_id: str) -> list[ToldPart]:
        """The parts of an archive with their jobs, by number."""
        query = _PARTS.where(parts.c.archive_id == archive_id)

        def read(connection: Connection) -> list[ToldPart]:
            key = (parts.c.archive_id, parts.c.number)
            told = read_rows(connection, query, {}, key, lambda row: ToldPart(*(*row, None)))
            wanted = {"p_job_ids": [each.job_id for each in told]}
            known = {job.job_id: job for job in read_jobs(connection, _JOBS, wanted)}
            return [msgspec.structs.replace(each, job=known.get(each.job_id)) for each in told]

        return await self._database.read(read)

    async def manifest(self, archive_id: str) -> bytes | None:
        """The manifest as it was signed; None while there is none."""
        query = select(manifests.c.body).where(manifests.c.archive_id == archive_id)
        found = await self._database.read(lambda connection: connection.scalar(query))
        return None if found is None else bytes(found)

    async def request_cancel(self, archive: Archive, now: datetime, origin: Origin) -> bool:
        """Have an archive that has not ended be cancelled; whether it is, now or from before."""
        mark = (
            update(archives)
            .where(archives.c.archive_id == archive.archive_id, _IS_OPEN)
            .values(
                cancel_requested_at=func.coalesce(
                    archives.c.cancel_requested_at,
                    literal(now, archives.c.cancel_requested_at.type),
                ),
                look_at=now,
            )
            .returning(archives.c.cancel_requested_at)
        )

        def write(connection: Connection) -> bool:
            with transaction(connection):
                row = connection.execute(mark).first()
                if row is not None and row.cancel_requested_at == now:
                    _note(connection, Action.ARCHIVE_CANCELLED, archive, now, origin)
            return row is not None

        return await self._database.run(write)

    async def to_look_at(self, now: datetime, again: timedelta, limit: int) -> list[Archive]:
        """Archives whose workflow is to be looked after now; others look `again` later."""
        due = (
            select(archives.c.archive_id)
            .where(_IS_OPEN, archives.c.look_at <= now)
            .order_by(archives.c.look_at)
            .limit(limit)
        )
        if not await self._ids(due):
            return []
        take = (
            update(archives)
            .where(archives.c.archive_id.in_(due), archives.c.look_at <= now)
            .values(look_at=now + again)
            .returning(archives.c.archive_id)
        )
        # Read apart: one that cannot be read takes no turn of another's.
        taken = await self._database.run(lambda connection: list(connection.scalars(take)))
        query = select(*_COLUMNS).where(archives.c.archive_id.in_(taken))
        return await self._database.read(lambda connection: _read(connection, query))

    async def end(
        self, archive_id: str, status: Status, now: datetime, error: Problem | None = None
    ) -> bool:
        """End an archive without a manifest; a requested cancellation wins over a failure."""
        this = update(archives).where(archives.c.archive_id == archive_id, _IS_OPEN)
        wanted = this.where(archives.c.cancel_requested_at.is_(None)).values(
            status=status, error=error, completed_at=now
        )
        cancelled = this.values(status=Status.CANCELLED, completed_at=now)

        def write(connection: Connection) -> bool:
            with transaction(connection):
                ended = connection.execute(wanted).rowcount
                return (ended or connection.execute(cancelled).rowcount) > 0

        return await self._database.run(write)

    async def open_jobs(self, archive_id: str) -> list[tuple[str, str]]:
        """The ids and formats of the jobs of an archive that have not ended."""
        query = (
            select(jobs.c.job_id, jobs.c.format)
            .join_from(parts, jobs, jobs.c.job_id == parts.c.job_id)
            .where(parts.c.archive_id == archive_id, jobs.c.status.in_(OPEN))
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [(row.job_id, row.format) for row in rows]

    async def let_files_end(self, archive_id: str, moment: datetime) -> list[str]:
        """Have the files of an archive end at a moment; returns the ids of their jobs."""
        theirs = select(parts.c.job_id).where(parts.c.archive_id == archive_id)
        statement = (
            update(jobs)
            .where(jobs.c.job_id.in_(theirs), jobs.c.status == Status.COMPLETED)
            .values(expires_at=moment)
            .returning(jobs.c.job_id)
        )
        return await self._database.run(lambda connection: list(connection.scalars(statement)))

    # --- Retention ---

    async def expire(self, now: datetime) -> int:
        """Mark archives whose files are over; returns how many."""
        due = (
            select(archives.c.archive_id)
            .where(archives.c.status == Status.COMPLETED, archives.c.expires_at <= now)
            .limit(SLICE)
        )
        statement = (
            update(archives).where(archives.c.archive_id.in_(due)).values(status=Status.EXPIRED)
        )
        return await until_none_is_left(partial(self._change, statement))

    async def due_to_be_removed(self, ended_before: datetime, limit: int) -> list[str]:
        """The ids of archives without files that ended before this moment."""
        query = (
            select(archives.c.archive_id)
            .where(
                archives.c.status.in_((Status.EXPIRED, Status.FAILED, Status.CANCELLED)),
                type_coerce(archives.c.completed_at, StoredTime)
                < literal(ended_before, archives.c.completed_at.type),
            )
            .limit(limit)
        )
        return await self._ids(query)

    async def remove(self, archive_ids: Sequence[str]) -> int:
        """Remove these archives, which have ended; the records of their jobs go by themselves.

        One after the other and some of its parts at a time: an archive may have thousands, and its
        manifest names all that is in them.
        """
        return sum([await self._remove(archive_id) for archive_id in archive_ids])

    async def _remove(self, archive_id: str) -> int:
        numbers = select(parts.c.number).where(parts.c.archive_id == archive_id).limit(SLICE)
        some = delete(parts).where(parts.c.archive_id == archive_id, parts.c.number.in_(numbers))
        await until_none_is_left(partial(self._change, some))

        def write(connection: Connection) -> int:
            with transaction(connection):
                connection.execute(delete(manifests).where(manifests.c.archive_id == archive_id))
                gone = delete(archives).where(archives.c.archive_id == archive_id)
                return connection.execute(gone).rowcount

        return await with_pause(self._database.run(write))

    async def delete_all_of(self, owner_id: str) -> int:
        """Remove all archives of an owner, and of others' archives the parts with their content.

        A workflow that makes one finds it gone and ends. The files of those parts have their end
        now, so that nobody can download them and retention removes them; manifests that name them
        go, too.

        Returns:
            How many archives and parts there were.
        """
        own = select(archives.c.archive_id).where(archives.c.owner_id == owner_id)
        no_more = (
            update(archives)
            .where(archives.c.owner_id == owner_id, _IS_OPEN)
            .values(status=Status.CANCELLED, completed_at=utc_now())
        )
        theirs = and_(parts.c.content_owner == owner_id, parts.c.archive_id.not_in(own))
        now = utc_now()
        of_others = jobs.c.job_id.in_(select(parts.c.job_id).where(theirs))
        emptied = {"content_owner_id": "", "content_ids": []}
        ended = update(jobs).where(of_others, jobs.c.status == Status.COMPLETED)
        stopped = update(jobs).where(of_others, jobs.c.status.in_(OPEN))
        named = select(parts.c.archive_id).where(theirs)

        def write(connection: Connection) -> int:
            with transaction(connection):
                connection.execute(ended.values(expires_at=now, **emptied))
                connection.execute(stopped.values(cancel_requested_at=now, **emptied))
                connection.execute(delete(manifests).where(manifests.c.archive_id.in_(named)))
                connection.execute(no_more)
                return connection.execute(delete(parts).where(theirs)).rowcount

        gone = await self._database.run(write)
        return gone + await self.remove(await self._ids(own))

    async def _change(self, statement: Update | Delete) -> int:
        return await self._database.run(lambda connection: connection.execute(statement).rowcount)

    async def _ids(self, query: Any) -> list[str]:
        return await self._database.read(lambda connection: list(connection.scalars(query)))


def _read(connection: Connection, query: Select[Any]) -> list[Archive]:
    key = (archives.c.archive_id,)
    return read_rows(connection, query, {}, key, lambda row: Archive(*row))


def _first_state(archive: Archive) -> WalkState:
    if archive.tenant is not None:
        return WalkState()
    return WalkState(owner_id=archive.owner_id, owners_ended=True)


def _note(
    connection: Connection, action: Action, archive: Archive, at: datetime, origin: Origin
) -> None:
    note(
        connection,
        action,
        at,
        origin,
        owner_id=archive.owner_id,
        format=",".join(archive.formats)[:64],
        subject=archive.archive_id,
    )
