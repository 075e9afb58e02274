"""Queries on the job record. Each write is one statement that commits by itself."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import UtcDateTime
from activities.formats.protocol import ExportWarning, RenderOptions
from activities.jobs.model import (
    OPEN,
    Claimed,
    Job,
    NewJob,
    OwnerLimits,
    OwnerLoad,
    Phase,
    Problem,
    RenderPlan,
    Status,
)
from activities.jobs.schema import chunks, jobs

FENCED = ""
"""As `run_id`: no run may complete this row any more."""

HOUR = timedelta(hours=1)
"""In which the jobs are counted that one owner may create."""

_NO_LIMITS = OwnerLimits(in_flight=0, per_hour=0)

# Sets our locks on owners apart from whatever else locks numbers in the database.
_OWNER_LOCKS = 7_305_412

_SHOWING_PROGRESS = {Status.PROCESSING, Status.FAILED, Status.CANCELLED}

_COLUMNS = [
    column
    for column in jobs.c
    if column.name not in {"content_ids", "dispatched_at", "idempotency_key"}
]


class OwnerLimitError(Exception):
    """The owner has as many jobs as one may have."""


class JobRecords:
    """The job records of one database.

    All times are UTC. Methods that change a row say by their result whether they did.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._upsert = dialect.insert

    # --- What the API asks ---

    async def create(self, job: NewJob, limits: OwnerLimits = _NO_LIMITS) -> bool:
        """Write a pending job; False when the owner used its idempotency key before.

        However many processes write at once, the owner never gets more jobs than `limits` allow.

        Raises:
            OwnerLimitError: he has as many already.
        """
        row = {
            "job_id": job.job_id,
            "owner_id": job.owner_id,
            "status": Status.PENDING,
            "phase": Phase.QUEUED,
            "format": job.format,
            "options": _encode(job.options),
            "title": job.title,
            "content_ids": _encode(job.content_ids),
            "items_total": len(job.content_ids),
            "created_at": job.created_at,
            "idempotency_key": job.idempotency_key,
            "request_hash": job.request_hash,
        }
        values = select(*(literal(value, jobs.c[name].type) for name, value in row.items()))
        open_jobs, recent = _counts(job.owner_id, job.created_at - HOUR)
        if limits.in_flight:
            values = values.where(open_jobs < limits.in_flight)
        if limits.per_hour:
            values = values.where(recent < limits.per_hour)
        try:
            statement = insert(jobs).from_select([*row], values)
            # PostgreSQL's driver forgets the count of rows that an INSERT wrote, unless asked.
            statement = statement.execution_options(preserve_rowcount=True)
            written = await self._insert_for(job.owner_id, statement)
        except IntegrityError:
            if job.idempotency_key is None:
                raise
            return False
        if written:
            return True
        if job.idempotency_key is not None and await self.by_idempotency_key(
            job.owner_id, job.idempotency_key
        ):
            return False
        raise OwnerLimitError

    async def get(self, job_id: str, owner_id: str | None = None) -> Job | None:
        """One job; with `owner_id` only if it is that owner's."""
        query = select(*_COLUMNS).where(jobs.c.job_id == job_id)
        if owner_id is not None:
            query = query.where(jobs.c.owner_id == owner_id)
        found = await self._jobs(query)
        return found[0] if found else None

    async def get_many(self, job_ids: Iterable[str]) -> list[Job]:
        """The jobs of these ids that exist, in no order."""
        return await self._jobs(select(*_COLUMNS).where(jobs.c.job_id.in_(list(job_ids))))

    async def by_idempotency_key(self, owner_id: str, key: str) -> Job | None:
        """The job that the owner created under this key."""
        query = select(*_COLUMNS).where(jobs.c.owner_id == owner_id, jobs.c.idempotency_key == key)
        found = await self._jobs(query)
        return found[0] if found else None

    async def page(
        self, owner_id: str, *, status: Status | None, page: int, page_size: int
    ) -> tuple[list[Job], int]:
        """One page of an owner's jobs, newest first, and how many there are in all."""
        mine = jobs.c.owner_id == owner_id
        if status is not None:
            mine = and_(mine, jobs.c.status == status)
        query = (
            select(*_COLUMNS)
            .where(mine)
            .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        async with self._engine.connect() as connection:
            total = await connection.scalar(select(func.count()).select_from(jobs).where(mine))
        return await self._jobs(query), total or 0

    async def load_of(self, owner_id: str, since: datetime) -> OwnerLoad:
        """How many open jobs the owner has, and how many he created after `since`."""
        oldest = (
            select(func.min(jobs.c.created_at))
            .where(jobs.c.owner_id == owner_id, jobs.c.created_at > since)
            .scalar_subquery()
        )
        query = select(*_counts(owner_id, since), oldest)
        async with self._engine.connect() as connection:
            return OwnerLoad(*(await connection.execute(query)).one())

    async def request_cancel(self, job_id: str, now: datetime) -> bool:
        """Mark an open job as to be cancelled: from here on it cannot complete."""
        return await self._changed(
            update(jobs)
            .where(jobs.c.job_id == job_id, jobs.c.status.in_(OPEN))
            .values(cancel_requested_at=_first(jobs.c.cancel_requested_at, now))
        )

    async def cancel_unstarted(self, job_id: str, now: datetime) -> bool:
        """End a pending job that has no workflow and whose cancellation was asked for."""
        return await self._changed(
            update(jobs)
            .where(
                jobs.c.job_id == job_id,
                jobs.c.status == Status.PENDING,
                jobs.c.cancel_requested_at.is_not(None),
            )
            .values(status=Status.CANCELLED, phase=Phase.ENDED, completed_at=now)
        )

    async def undispatched(self, older_than: datetime, limit: int) -> list[Job]:
        """Pending jobs that may have no workflow because the API died or Temporal was away."""
        query = (
            select(*_COLUMNS)
            .where(
                jobs.c.status == Status.PENDING,
                jobs.c.created_at < older_than,
                jobs.c.dispatched_at.is_(None),
            )
            .order_by(jobs.c.created_at)
            .limit(limit)
        )
        return await self._jobs(query)

    async def mark_dispatched(self, job_id: str, now: datetime) -> None:
        """Note that the job's workflow is known to exist."""
        await self._execute(update(jobs).where(jobs.c.job_id == job_id).values(dispatched_at=now))

    async def count_by_status(self) -> dict[Status, int]:
        """How many jobs of all owners are in each state."""
        query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        async with self._engine.connect() as connection:
            found = {Status(status): count for status, count in await connection.execute(query)}
        return {status: found.get(status, 0) for status in Status}

    # --- What an export's activities do ---

    async def claim(self, job_id: str, run_id: str, now: datetime) -> Claimed | None:
        """Let a workflow run own the row; None when the job has ended or is to be cancelled."""
        statement = (
            update(jobs)
            .where(
                jobs.c.job_id == job_id,
                jobs.c.status.in_(OPEN),
                jobs.c.cancel_requested_at.is_(None),
                or_(jobs.c.run_id.is_(None), jobs.c.run_id != FENCED),
            )
            .values(
                status=Status.PROCESSING,
                phase=case((jobs.c.phase == Phase.QUEUED, Phase.FETCHING), else_=jobs.c.phase),
                run_id=run_id,
                started_at=_first(jobs.c.started_at, now),
            )
            .returning(jobs.c.owner_id, jobs.c.content_ids, jobs.c.options)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        return Claimed(
            row.owner_id,
            msgspec.json.decode(row.content_ids, type=list[str]),
            msgspec.json.decode(row.options, type=RenderOptions),
        )

    async def render_plan(self, job_id: str, run_id: str) -> RenderPlan | None:
        """What to render with; None when the row is no longer this run's."""
        query = select(jobs.c.options, jobs.c.title, jobs.c.items_total).where(
            self._owned(job_id, run_id)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        options = msgspec.json.decode(row.options, type=RenderOptions)
        return RenderPlan(options, row.title, row.items_total)

    async def take_over(self, job_id: str, run_id: str) -> bool:
        """Let a run own the open row of the run whose place it took."""
        return await self._changed(
            update(jobs)
            .where(
                jobs.c.job_id == job_id,
                jobs.c.status == Status.PROCESSING,
                jobs.c.cancel_requested_at.is_(None),
                jobs.c.run_id.not_in((FENCED, run_id)),
            )
            .values(run_id=run_id)
        )

    async def enter_phase(self, job_id: str, run_id: str, phase: Phase) -> None:
        """Show what the job is busy with."""
        await self._execute(update(jobs).where(self._owned(job_id, run_id)).values(phase=phase))

    async def note_progress(self, job_id: str, phase: Phase, chunk: int, items_done: int) -> None:
        """Record a chunk's progress as an absolute number; a smaller one changes nothing."""
        row = self._upsert(chunks).values(
            job_id=job_id, phase=phase, chunk=chunk, items_done=items_done
        )
        await self._execute(
            row.on_conflict_do_update(
                index_elements=[chunks.c.job_id, chunks.c.phase, chunks.c.chunk],
                set_={"items_done": row.excluded.items_done},
                where=chunks.c.items_done < row.excluded.items_done,
            )
        )

    async def note_warnings(
        self, job_id: str, phase: Phase, chunk: int, warnings: Sequence[ExportWarning]
    ) -> None:
        """Keep a chunk's warnings until the job completes; a retry replaces them."""
        encoded = _encode(list(warnings))
        row = self._upsert(chunks).values(
            job_id=job_id, phase=phase, chunk=chunk, items_done=0, warnings=encoded
        )
        await self._execute(
            row.on_conflict_do_update(
                index_elements=[chunks.c.job_id, chunks.c.phase, chunks.c.chunk],
                set_={"warnings": encoded},
            )
        )

    async def warnings_of(self, job_id: str) -> list[ExportWarning]:
        """The warnings of all chunks, in order."""
        query = (
            select(chunks.c.warnings)
            .where(chunks.c.job_id == job_id, chunks.c.warnings.is_not(None))
            .order_by(chunks.c.phase, chunks.c.chunk)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).scalars().all()
        return [
            warning
            for encoded in found
            for warning in msgspec.json.decode(encoded, type=list[ExportWarning])
        ]

    async def complete(
        self,
        job_id: str,
        run_id: str,
        *,
        now: datetime,
        retention: timedelta,
        file_name: str,
        file_size: int,
        media_type: str,
        sha256: str,
        warnings: Sequence[ExportWarning],
    ) -> bool:
        """Complete the row, if it still belongs to this run and nobody asked to cancel it."""
        return await self._changed(
            update(jobs)
            .where(self._owned(job_id, run_id), jobs.c.cancel_requested_at.is_(None))
            .values(
                status=Status.COMPLETED,
                phase=Phase.ENDED,
                completed_at=now,
                expires_at=now + retention,
                file_name=file_name,
                file_size=file_size,
                media_type=media_type,
                sha256=sha256,
                warnings=_encode(list(warnings)) if warnings else None,
            )
        )

    async def fence(self, job_id: str) -> bool:
        """Take an open row away from its run, so that nothing can complete it any more."""
        return await self._changed(
            update(jobs)
            .where(jobs.c.job_id == job_id, jobs.c.status.in_(OPEN))
            .values(run_id=FENCED)
        )

    async def end(
        self, job_id: str, status: Status, *, now: datetime, error: Problem | None = None
    ) -> bool:
        """Write the end state of an open job; a requested cancellation wins over a failure."""
        if status is Status.FAILED:
            asked = jobs.c.cancel_requested_at.is_not(None)
            values: dict[str, Any] = {
                "status": case((asked, Status.CANCELLED), else_=status),
                "error": case((asked, None), else_=_encode(error) if error else None),
            }
        else:
            values = {"status": status}
        return await self._changed(
            update(jobs)
            .where(jobs.c.job_id == job_id, jobs.c.status.in_(OPEN))
            .values(phase=Phase.ENDED, completed_at=now, **values)
        )

    # --- What retention does ---

    async def due_to_expire(self, now: datetime, limit: int) -> list[str]:
        """Completed jobs whose file has outlived its time."""
        query = (
            select(jobs.c.job_id)
            .where(jobs.c.status == Status.COMPLETED, jobs.c.expires_at <= now)
            .order_by(jobs.c.expires_at)
            .limit(limit)
        )
        return await self._ids(query)

    async def expire(self, job_id: str) -> bool:
        """Mark a completed job's file as gone."""
        return await self._changed(
            update(jobs)
            .where(jobs.c.job_id == job_id, jobs.c.status == Status.COMPLETED)
            .values(status=Status.EXPIRED)
        )

    async def remove_ended(self, ended_before: datetime, limit: int) -> int:
        """Remove records of jobs that ended long ago and have no file; returns how many."""
        old = (
            select(jobs.c.job_id)
            .where(
                jobs.c.status.in_((Status.EXPIRED, Status.FAILED, Status.CANCELLED)),
                jobs.c.completed_at < ended_before,
            )
            .limit(limit)
        )
        found = await self._ids(old)
        if found:
            await self._execute(delete(chunks).where(chunks.c.job_id.in_(found)))
            await self._execute(delete(jobs).where(jobs.c.job_id.in_(found)))
        return len(found)

    async def clear_progress(self) -> None:
        """Remove the chunk rows of completed jobs; how far another came stays to be seen."""
        done = (Status.COMPLETED, Status.EXPIRED)
        ended = select(jobs.c.job_id).where(jobs.c.status.in_(done))
        await self._execute(delete(chunks).where(chunks.c.job_id.in_(ended)))

    async def statuses(self, job_ids: Sequence[str]) -> dict[str, Status]:
        """The states of those of these jobs that have a row."""
        query = select(jobs.c.job_id, jobs.c.status).where(jobs.c.job_id.in_(job_ids))
        async with self._engine.connect() as connection:
            return {job_id: Status(status) for job_id, status in await connection.execute(query)}

    async def open_jobs(self, older_than: datetime, after: str, limit: int) -> list[Job]:
        """Open jobs created before `older_than`, in the order of their ids, `after` one of them."""
        query = (
            select(*_COLUMNS)
            .where(jobs.c.status.in_(OPEN), jobs.c.created_at < older_than, jobs.c.job_id > after)
            .order_by(jobs.c.job_id)
            .limit(limit)
        )
        return await self._jobs(query)

    # --- How ---

    @staticmethod
    def _owned(job_id: str, run_id: str) -> Any:
        return and_(
            jobs.c.job_id == job_id,
            jobs.c.status == Status.PROCESSING,
            jobs.c.run_id == run_id,
        )

    async def _insert_for(self, owner_id: str, statement: Any) -> bool:
        """Write a row of an owner whose other rows the statement counts."""
        if self._engine.dialect.name != "postgresql":
            return await self._changed(statement)
        async with self._engine.connect() as connection:
            # A statement sees what was committed when it began. So the next one of this owner must
            # not begin before this one is committed; SQLite has one writer at a time anyway.
            await connection.execution_options(isolation_level="READ COMMITTED")
            async with connection.begin():
                lock = func.hashtextextended(owner_id, _OWNER_LOCKS)
                await connection.execute(select(func.pg_advisory_xact_lock(lock)))
                return (await connection.execute(statement)).rowcount > 0

    async def _execute(self, statement: Any) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(statement)

    async def _changed(self, statement: Any) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def _ids(self, query: Any) -> list[str]:
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def _jobs(self, query: Any) -> list[Job]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
            running = [row.job_id for row in rows if row.status in _SHOWING_PROGRESS]
            progress: dict[tuple[str, str], int] = {}
            if running:
                sums = (
                    select(chunks.c.job_id, chunks.c.phase, func.sum(chunks.c.items_done))
                    .where(chunks.c.job_id.in_(running))
                    .group_by(chunks.c.job_id, chunks.c.phase)
                )
                for job_id, phase, done in await connection.execute(sums):
                    progress[job_id, phase] = int(done)
        return [_job(row, progress) for row in rows]


def _counts(owner_id: str, since: datetime) -> tuple[Any, Any]:
    """Subqueries: the owner's open jobs, and those he created after `since`."""
    mine = select(func.count()).where(jobs.c.owner_id == owner_id)
    return (
        mine.where(jobs.c.status.in_(OPEN)).scalar_subquery(),
        mine.where(jobs.c.created_at > since).scalar_subquery(),
    )


def _first(column: Column[datetime], now: datetime) -> Any:
    """The time that the column holds already, else `now`."""
    # A bare value in a function would get no type, so no time zone conversion either.
    return func.coalesce(column, literal(now, UtcDateTime))


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _job(row: Row[Any], progress: dict[tuple[str, str], int]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented access by name
    values["status"] = Status(row.status)
    values["phase"] = Phase(row.phase)
    values["options"] = msgspec.json.decode(row.options, type=RenderOptions)
    values["error"] = msgspec.json.decode(row.error, type=Problem) if row.error else None
    values["warnings"] = (
        msgspec.json.decode(row.warnings, type=list[ExportWarning]) if row.warnings else []
    )
    return Job(
        **values,
        items_fetched=progress.get((row.job_id, Phase.FETCHING), 0),
        items_rendered=progress.get((row.job_id, Phase.RENDERING), 0),
    )


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
