"""Archives in the database, as the steps that make them go on: cut, settle, split, seal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.automation.archive_tables import archives, manifests, parts
from activities.automation.archives import (
    FILLED,
    FIRST_ITEMS,
    GROWTH,
    MOST_ITEMS,
    Archive,
    LeftOut,
    Part,
    PartStatus,
    WalkState,
)
from activities.common.clock import utc_now
from activities.common.database import Database, transaction
from activities.jobs.audit import Action, Origin, note
from activities.jobs.schema import jobs
from activities.jobs.turns import WITHOUT_TURN
from activities.model.jobs import NewJob, Status
from activities.model.options import RenderOptions

_COLUMNS: list[Any] = [archives.c[name] for name in Archive.__struct_fields__]
_PART_COLUMNS: list[Any] = [parts.c[name] for name in Part.__struct_fields__]
_MEASURED = 5
"""The newest parts that tell how large items become."""
_GOES_ON = (archives.c.completed_at.is_(None), archives.c.cancel_requested_at.is_(None))


class PartJob(msgspec.Struct, frozen=True):
    """What a job for a part exports."""

    content_owner: str
    content_ids: list[str]
    format: str
    options: RenderOptions


class Cut(msgspec.Struct, frozen=True):
    """A part to be written, if nobody else has walked on."""

    job: PartJob
    walk: WalkState
    """How far content has been listed once it is written."""


class Walked(msgspec.Struct, frozen=True):
    """How far the content of an archive has been listed, and who may go on."""

    state: WalkState
    revision: int


class ArchiveProgress:
    """The queries and changes that steps make. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        kind = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
        row = kind(manifests)
        self._put_manifest = row.on_conflict_do_update(
            index_elements=["archive_id"], set_={"body": row.excluded.body}
        )

    async def begin(self, archive_id: str, now: datetime) -> Archive | None:
        """Let an archive be processed; None when it has ended, is to be cancelled or is gone."""
        statement = (
            update(archives)
            .where(archives.c.archive_id == archive_id, *_GOES_ON)
            .values(
                status=Status.PROCESSING,
                started_at=func.coalesce(
                    archives.c.started_at, literal(now, archives.c.started_at.type)
                ),
            )
            .returning(*_COLUMNS)
        )
        row = await self._database.run(lambda connection: connection.execute(statement).first())
        return None if row is None else Archive(*row)

    async def open_parts(self, archive_id: str) -> list[tuple[Part, Status | None]]:
        """Parts that are neither made nor given up, by number, and how their jobs are."""
        query = (
            select(*_PART_COLUMNS, jobs.c.status.label("job_status"))
            .join_from(parts, jobs, jobs.c.job_id == parts.c.job_id, isouter=True)
            .where(parts.c.archive_id == archive_id, parts.c.status == PartStatus.OPEN)
            .order_by(parts.c.number)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [(Part(*row[:-1]), row.job_status) for row in rows]

    async def content_ids(self, job_id: str) -> list[str]:
        """What a job exports, in order."""
        query = select(jobs.c.content_ids).where(jobs.c.job_id == job_id)
        found: list[str] | None = await self._database.read(
            lambda connection: connection.scalar(query)
        )
        return found or []

    async def walked(self, archive_id: str) -> Walked | None:
        """How far content has been listed; None when the archive is gone."""
        query = select(archives.c.walk, archives.c.revision).where(
            archives.c.archive_id == archive_id
        )
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Walked(row.walk, row.revision)

    async def items_next(self, archive: Archive, most: int) -> int:
        """How many items the next part is cut to, as far as those before it tell.

        Args:
            archive: the archive.
            most: the most that it may be, whatever their files are.
        """
        query = (
            select(parts.c["items"], jobs.c.file_size)
            .join_from(parts, jobs, jobs.c.job_id == parts.c.job_id)
            .where(
                parts.c.archive_id == archive.archive_id,
                parts.c.status == PartStatus.COMPLETED,
                jobs.c.file_size.is_not(None),
            )
            .order_by(parts.c.number.desc())
            .limit(_MEASURED)
        )
        made = await self._database.read(lambda connection: connection.execute(query).all())
        most = min(most, MOST_ITEMS)
        if not made:
            return max(min(FIRST_ITEMS, most), 1)
        size, items = sum(row.file_size for row in made), sum(row.items for row in made)
        fitting = int(archive.part_bytes * FILLED * items / max(size, 1))
        largest: int = max(row.items for row in made)
        return max(min(fitting, largest * GROWTH, most), 1)

    async def walk_on(self, archive_id: str, before: Walked, state: WalkState) -> bool:
        """Note how far content has been listed; False if somebody else was first."""
        return await self._database.run(
            lambda connection: _walk_on(connection, archive_id, before, state)
        )

    async def cut(self, archive: Archive, before: Walked, cut: Cut) -> bool:
        """Write a part and its job; False if somebody else was first, or the archive has ended."""

        def write(connection: Connection) -> bool:
            with transaction(connection):
                if not _walk_on(connection, archive.archive_id, before, cut.walk):
                    return False
                _add_part(connection, archive, cut.job)
            return True

        return await self._database.run(write)

    async def settle(self, part: Part, status: PartStatus, left_out: Sequence[LeftOut]) -> None:
        """Note what became of a part."""
        statement = _this(part).values(status=status, left_out=list(left_out))
        await self._database.run(lambda connection: connection.execute(statement))

    async def make_again(self, archive: Archive, part: Part, job: PartJob) -> None:
        """Let another job make a part, unless one does."""

        def write(connection: Connection) -> None:
            with transaction(connection):
                new = _new_job(archive, part.number, job)
                again = _this(part).values(job_id=new.job_id, tries=parts.c.tries + 1)
                if connection.execute(again).rowcount:
                    _add_job(connection, archive, new, job.content_owner)

        await self._database.run(write)

    async def split(self, archive: Archive, part: Part, halves: tuple[PartJob, PartJob]) -> None:
        """Put two parts in the place of one, unless that was done."""
        first, second = halves

        def write(connection: Connection) -> None:
            with transaction(connection):
                new = _new_job(archive, part.number, first)
                smaller = _this(part).values(
                    job_id=new.job_id, items=len(first.content_ids), tries=1
                )
                if connection.execute(smaller).rowcount:
                    _add_job(connection, archive, new, first.content_owner)
                    _add_part(connection, archive, second)

        await self._database.run(write)

    async def complete(self, archive: Archive, manifest: bytes, expires_at: datetime) -> bool:
        """End an archive with its manifest, and let all its files end with it.

        False when it has ended otherwise, or is to be cancelled.
        """
        done = (
            update(archives)
            .where(archives.c.archive_id == archive.archive_id, *_GOES_ON)
            .values(status=Status.COMPLETED, completed_at=utc_now(), expires_at=expires_at)
        )
        theirs = select(parts.c.job_id).where(parts.c.archive_id == archive.archive_id)
        prolong = (
            update(jobs)
            .where(
                jobs.c.job_id.in_(theirs),
                jobs.c.status == Status.COMPLETED,
                jobs.c.expires_at < expires_at,
            )
            .values(expires_at=expires_at)
        )

        def write(connection: Connection) -> bool:
            with transaction(connection):
                if not connection.execute(done).rowcount:
                    return False
                connection.execute(prolong)
                row = {"archive_id": archive.archive_id, "body": manifest}
                connection.execute(self._put_manifest, row)
            return True

        return await self._database.run(write)


def _this(part: Part) -> Any:
    """A change of a part, if it is as it was read."""
    return update(parts).where(
        parts.c.archive_id == part.archive_id,
        parts.c.number == part.number,
        parts.c.job_id == part.job_id,
        parts.c.status == PartStatus.OPEN,
    )


def _walk_on(connection: Connection, archive_id: str, before: Walked, state: WalkState) -> bool:
    statement = (
        update(archives)
        .where(
            archives.c.archive_id == archive_id,
            archives.c.revision == before.revision,
            *_GOES_ON,
        )
        .values(walk=state, revision=before.revision + 1)
    )
    return connection.execute(statement).rowcount > 0


def _add_part(connection: Connection, archive: Archive, job: PartJob) -> None:
    """Write a part with the next number; the caller's transaction holds the archive's row."""
    highest = select(func.max(parts.c.number)).where(parts.c.archive_id == archive.archive_id)
    number = (connection.scalar(highest) or 0) + 1
    new = _new_job(archive, number, job)
    _add_job(connection, archive, new, job.content_owner)
    part = Part(
        archive_id=archive.archive_id,
        number=number,
        job_id=new.job_id,
        content_owner=job.content_owner,
        items=len(job.content_ids),
        status=PartStatus.OPEN,
        tries=1,
    )
    connection.execute(insert(parts), msgspec.structs.asdict(part))


def _new_job(archive: Archive, number: int, job: PartJob) -> NewJob:
    return NewJob(
        job_id=str(uuid4()),
        owner_id=archive.owner_id,
        format=job.format,
        options=job.options,
        title=f"Archive, part {number}",
        content_ids=job.content_ids,
        created_at=utc_now(),
    )


def _add_job(connection: Connection, archive: Archive, new: NewJob, content_owner: str) -> None:
    """Write the job of a part: processed from the start, so that it waits for no turn."""
    job = msgspec.structs.replace(new.as_job(archive.request_id, None), status=Status.PROCESSING)
    values = msgspec.structs.asdict(job) | msgspec.structs.asdict(new)
    values |= {
        "archive_id": archive.archive_id,
        "dispatched_at": WITHOUT_TURN,
        "content_owner_id": None if content_owner == archive.owner_id else content_owner,
    }
    row = {column.name: values[column.name] for column in jobs.c if column.name in values}
    connection.execute(insert(jobs), row)
    note(
        connection,
        Action.CREATED,
        new.created_at,
        Origin(archive.owner_id, archive.request_id),
        owner_id=archive.owner_id,
        job_id=new.job_id,
        format=new.format,
        items=len(new.content_ids),
        subject=archive.archive_id,
    )
