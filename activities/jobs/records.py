"""Queries on the job record.

Each write commits by itself, together with its row in the audit log when it has one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Row, func, select
from sqlalchemy.exc import IntegrityError

from activities.common.database import Database, transaction
from activities.jobs import statements
from activities.jobs.audit import BY_SERVICE, Action, Origin, note, note_jobs
from activities.jobs.cached_counts import CachedCounts
from activities.model.jobs import (
    FetchInput,
    Job,
    NewJob,
    OwnerLimits,
    OwnerLoad,
    Phase,
    Problem,
    RenderInput,
    ReusedFile,
    Status,
)
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning

HOUR = timedelta(hours=1)
"""In which the jobs are counted that one owner may create."""

_NEAR = 1_000
"""Fewer rows than this are skipped in no time."""

_NO_LIMITS = OwnerLimits(in_flight=0, per_hour=0)

# Sets our locks on owners apart from whatever else locks numbers in the database.
_OWNER_LOCKS = 7_305_412

_SHOWING_PROGRESS = {Status.PROCESSING, Status.FAILED, Status.CANCELLED}

_OPTIONS = msgspec.json.Decoder(RenderOptions)
_PROBLEM = msgspec.json.Decoder(Problem)
_WARNINGS = msgspec.json.Decoder(list[ExportWarning])

_Parameters = dict[str, Any]

_NO_COMPLETION: _Parameters = {
    "p_started_at": None,
    "p_completed_at": None,
    "p_expires_at": None,
    "p_file_name": None,
    "p_file_size": None,
    "p_media_type": None,
    "p_sha256": None,
    "p_warnings": None,
    "p_fingerprint": None,
    "p_reused_from": None,
}


class OwnerLimitError(Exception):
    """The owner has as many jobs as one may have."""


class JobRecords:
    """The job records of one database.

    All times are UTC. Methods that change a row say by their result whether they did.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._totals = CachedCounts()
        self._chunk_statements = statements.ChunkStatements(database.dialect)

    # --- What the API asks ---

    async def create(
        self,
        job: NewJob,
        limits: OwnerLimits = _NO_LIMITS,
        origin: Origin = BY_SERVICE,
        reused: ReusedFile | None = None,
        *,
        taken_up: bool = False,
    ) -> bool:
        """Write a new job; False when the owner used its idempotency key before.

        It is pending, or completed when it comes with an earlier job's file. Others leave a pending
        one alone for a while when it is taken up: the caller starts its workflow next.

        However many processes write at once, the owner never gets more jobs than `limits` allow.

        Raises:
            OwnerLimitError: he has as many already.
        """
        parameters = {
            "p_job_id": job.job_id,
            "p_owner_id": job.owner_id,
            "p_format": job.format,
            "p_options": _encode(job.options),
            "p_title": job.title,
            "p_content_ids": _encode(job.content_ids),
            "p_items_total": len(job.content_ids),
            "p_created_at": job.created_at,
            "p_dispatched_at": job.created_at if taken_up else None,
            "p_idempotency_key": job.idempotency_key,
            "p_request_hash": job.request_hash,
            "p_since": job.created_at - HOUR,
            "p_most_in_flight": limits.in_flight,
            "p_most_recent": limits.per_hour,
            **_completion(reused),
        }
        try:
            written = await self._database.run(
                lambda connection: _insert(connection, job, parameters, origin)
            )
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
        parameters = {"p_job_id": job_id}
        if owner_id is None:
            return await self._one(statements.GET, parameters)
        return await self._one(statements.GET_OF_OWNER, parameters | {"p_owner_id": owner_id})

    async def get_many(self, job_ids: Iterable[str]) -> list[Job]:
        """The jobs of these ids that exist, in no order."""
        return await self._jobs(statements.GET_MANY, {"p_job_ids": list(job_ids)})

    async def content_ids(self, job_id: str, owner_id: str) -> list[str]:
        """What the owner's job exports, in order; nothing when it is not there."""
        parameters = {"p_job_id": job_id, "p_owner_id": owner_id}
        rows = await self._rows(statements.CONTENT_IDS_OF_OWNER, parameters)
        return [item_id for (ids,) in rows for item_id in msgspec.json.decode(ids, type=list[str])]

    async def by_idempotency_key(self, owner_id: str, key: str) -> Job | None:
        """The job that the owner created under this key."""
        parameters = {"p_owner_id": owner_id, "p_idempotency_key": key}
        return await self._one(statements.BY_IDEMPOTENCY_KEY, parameters)

    async def page(
        self, owner_id: str, *, status: Status | None, page: int, page_size: int
    ) -> tuple[list[Job], int]:
        """One page of an owner's jobs, newest first, and the count of all (`CachedCounts`)."""
        mine: _Parameters = {"p_owner_id": owner_id}
        select_page, count = statements.PAGE, statements.COUNT
        if status is not None:
            mine["p_status"] = status
            select_page, count = statements.PAGE_IN_STATUS, statements.COUNT_IN_STATUS
        place = {"p_limit": page_size, "p_offset": (page - 1) * page_size}

        def read(connection: Connection) -> tuple[list[Job], int]:
            total = self._totals.of((owner_id, status), lambda: connection.scalar(count, mine))
            return read_jobs(connection, select_page, mine | place), total

        is_quick = place["p_offset"] < _NEAR and self._totals.known((owner_id, status)) is not None
        return await (self._database.glance if is_quick else self._database.run)(read)

    async def load_of(self, owner_id: str, since: datetime) -> OwnerLoad:
        """How many open jobs the owner has, and how many he created after `since`."""
        parameters = {"p_owner_id": owner_id, "p_since": since}
        return OwnerLoad(*(await self._rows(statements.LOAD, parameters))[0])

    async def request_cancel(self, job_id: str, now: datetime, origin: Origin = BY_SERVICE) -> bool:
        """Mark an open job as to be cancelled: from here on it cannot complete."""
        parameters = {"p_job_id": job_id, "p_cancel_requested_at": now}

        def mark(connection: Connection) -> bool:
            with transaction(connection):
                row = connection.execute(statements.REQUEST_CANCEL, parameters).first()
                if row is not None and row.cancel_requested_at == now:
                    note(
                        connection,
                        Action.CANCELLED,
                        now,
                        origin,
                        owner_id=row.owner_id,
                        job_id=job_id,
                        format=row.format,
                        items=row.items_total,
                    )
            return row is not None

        return await self._database.run(mark)

    async def cancel_unstarted(self, job_id: str, now: datetime) -> bool:
        """End a pending job that has no workflow and whose cancellation was asked for."""
        return await self._changed(
            statements.CANCEL_UNSTARTED, {"p_job_id": job_id, "p_completed_at": now}
        )

    async def mark_dispatched(self, job_id: str, now: datetime) -> None:
        """Note that the job's workflow is known to exist."""
        await self._changed(
            statements.MARK_DISPATCHED, {"p_job_id": job_id, "p_dispatched_at": now}
        )

    async def count_by_status(self) -> dict[Status, int]:
        """How many jobs of all owners are in each state."""
        rows = await self._rows(statements.COUNT_BY_STATUS, {})
        found = {Status(status): count for status, count in rows}
        return {status: found.get(status, 0) for status in Status}

    # --- What an export's activities do ---

    async def claim(self, job_id: str, run_id: str, now: datetime) -> FetchInput | None:
        """Let a workflow run own the row; None when the job has ended or is to be cancelled."""
        parameters = {"p_job_id": job_id, "p_run_id": run_id, "p_started_at": now}
        for row in await self._rows(statements.CLAIM, parameters):
            return FetchInput(
                row.owner_id,
                msgspec.json.decode(row.content_ids, type=list[str]),
                _OPTIONS.decode(row.options),
            )
        return None

    async def render_plan(self, job_id: str, run_id: str) -> RenderInput | None:
        """What to render with; None when the row is no longer this run's."""
        parameters = {"p_job_id": job_id, "p_run_id": run_id}
        for row in await self._rows(statements.RENDER_PLAN, parameters):
            options = _OPTIONS.decode(row.options)
            return RenderInput(options, row.title, row.items_total)
        return None

    async def take_over(self, job_id: str, run_id: str) -> bool:
        """Let a run own the open row of the run whose place it took."""
        return await self._changed(statements.TAKE_OVER, {"p_job_id": job_id, "p_run_id": run_id})

    async def enter_phase(self, job_id: str, run_id: str, phase: Phase) -> None:
        """Show what the job is busy with."""
        await self._changed(
            statements.ENTER_PHASE, {"p_job_id": job_id, "p_run_id": run_id, "p_phase": phase}
        )

    async def note_progress(self, job_id: str, phase: Phase, chunk: int, items_done: int) -> None:
        """Record a chunk's progress as an absolute number; a smaller one changes nothing."""
        await self._changed(
            self._chunk_statements.note_progress,
            {
                "p_job_id": job_id,
                "p_phase": phase,
                "p_chunk": chunk,
                "p_items_done": items_done,
            },
        )

    async def note_warnings(
        self, job_id: str, phase: Phase, chunk: int, warnings: Sequence[ExportWarning]
    ) -> None:
        """Keep a chunk's warnings until the job completes; a retry replaces them."""
        await self._changed(
            self._chunk_statements.note_warnings,
            {
                "p_job_id": job_id,
                "p_phase": phase,
                "p_chunk": chunk,
                "p_items_done": 0,
                "p_warnings": _encode(list(warnings)),
            },
        )

    async def warnings_of(self, job_id: str) -> list[ExportWarning]:
        """The warnings of all chunks, in order."""
        return await self._database.run(lambda connection: _read_warnings(connection, job_id))

    async def get_with_warnings(self, job_id: str) -> tuple[Job | None, list[ExportWarning]]:
        """One job, and the warnings of all its chunks, in order."""

        def read(connection: Connection) -> tuple[Job | None, list[ExportWarning]]:
            found = read_jobs(connection, statements.GET, {"p_job_id": job_id})
            return found[0] if found else None, _read_warnings(connection, job_id)

        return await self._database.run(read)

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
        fingerprint: str | None = None,
    ) -> bool:
        """Complete the row, if it still belongs to this run and nobody asked to cancel it."""
        return await self._changed(
            statements.COMPLETE,
            {
                "p_job_id": job_id,
                "p_run_id": run_id,
                "p_completed_at": now,
                "p_expires_at": now + retention,
                "p_file_name": file_name,
                "p_file_size": file_size,
                "p_media_type": media_type,
                "p_sha256": sha256,
                "p_warnings": _encode(list(warnings)) if warnings else None,
                "p_fingerprint": fingerprint,
            },
        )

    async def fence(self, job_id: str) -> bool:
        """Take an open row away from its run, so that nothing can complete it any more."""
        return await self._changed(statements.FENCE, {"p_job_id": job_id})

    async def end(
        self, job_id: str, status: Status, *, now: datetime, error: Problem | None = None
    ) -> bool:
        """Write the end state of an open job; a requested cancellation wins over a failure."""
        return await self._changed(
            statements.END,
            {
                "p_job_id": job_id,
                "p_status": status,
                "p_error": _encode(error) if error else None,
                "p_completed_at": now,
            },
        )

    # --- What retention does ---

    async def due_to_expire(self, now: datetime, limit: int) -> list[str]:
        """Completed jobs whose file has outlived its time."""
        rows = await self._rows(statements.DUE_TO_EXPIRE, {"p_expires_at": now, "p_limit": limit})
        return [row.job_id for row in rows]

    async def expire(self, job_id: str, now: datetime) -> bool:
        """Mark a completed job's file as gone."""

        def mark(connection: Connection) -> bool:
            with transaction(connection):
                changed = connection.execute(statements.EXPIRE, {"p_job_id": job_id}).rowcount > 0
                if changed:
                    note_jobs(connection, Action.EXPIRED, now, [job_id])
            return changed

        return await self._database.run(mark)

    async def remove_ended(self, ended_before: datetime, limit: int, now: datetime) -> int:
        """Remove records of jobs that ended long ago and have no file; returns how many."""
        parameters = {"p_completed_at": ended_before, "p_limit": limit}

        def remove(connection: Connection) -> int:
            with transaction(connection):
                found = connection.scalars(statements.ENDED_LONG_AGO, parameters).all()
                if found:
                    note_jobs(connection, Action.REMOVED, now, found)
                    connection.execute(statements.REMOVE_CHUNKS, {"p_job_ids": found})
                    connection.execute(statements.REMOVE_JOBS, {"p_job_ids": found})
            return len(found)

        return await self._database.run(remove)

    async def clear_progress(self) -> None:
        """Remove the chunk rows of completed jobs; how far another came stays to be seen."""
        await self._changed(statements.CLEAR_PROGRESS, {})

    async def statuses(self, job_ids: Sequence[str]) -> dict[str, Status]:
        """The states of those of these jobs that have a row."""
        rows = await self._rows(statements.STATUSES, {"p_job_ids": list(job_ids)})
        return {job_id: Status(status) for job_id, status in rows}

    async def open_jobs(self, older_than: datetime, after: str, limit: int) -> list[Job]:
        """Open jobs created before `older_than`, in the order of their ids, `after` one of them."""
        return await self._jobs(
            statements.OPEN_JOBS,
            {"p_created_at": older_than, "p_job_id": after, "p_limit": limit},
        )

    # --- How ---

    async def _changed(self, statement: Executable, parameters: _Parameters) -> bool:
        return await self._database.run(
            lambda connection: connection.execute(statement, parameters).rowcount > 0
        )

    async def _rows(self, statement: Executable, parameters: _Parameters) -> Sequence[Any]:
        return await self._database.run(
            lambda connection: connection.execute(statement, parameters).all()
        )

    async def _jobs(self, query: Executable, parameters: _Parameters) -> list[Job]:
        return await self._database.run(lambda connection: read_jobs(connection, query, parameters))

    async def _one(self, query: Executable, parameters: _Parameters) -> Job | None:
        found = await self._database.glance(
            lambda connection: read_jobs(connection, query, parameters)
        )
        return found[0] if found else None


def _insert(connection: Connection, job: NewJob, parameters: _Parameters, origin: Origin) -> bool:
    """Write a row of an owner whose other rows the statement counts."""
    with transaction(connection):
        if connection.dialect.name == "postgresql":
            # A statement sees what was committed when it began. So the next one of this owner must
            # not begin before this one is committed; SQLite has one writer at a time anyway.
            lock = func.hashtextextended(job.owner_id, _OWNER_LOCKS)
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
        if connection.execute(statements.CREATE, parameters).rowcount == 0:
            return False
        deeds = [(Action.CREATED, job.job_id, job.retry_of)]
        if job.retry_of is not None:
            deeds.append((Action.RETRIED, job.retry_of, job.job_id))
        for action, job_id, related in deeds:
            note(
                connection,
                action,
                job.created_at,
                origin,
                owner_id=job.owner_id,
                job_id=job_id,
                related_job_id=related,
                format=job.format,
                items=len(job.content_ids),
            )
        return True


def read_jobs(connection: Connection, query: Executable, parameters: _Parameters) -> list[Job]:
    """The jobs that a query of their columns finds, with their progress."""
    rows = connection.execute(query, parameters).all()
    running = [row.job_id for row in rows if row.status in _SHOWING_PROGRESS]
    progress: dict[tuple[str, str], int] = {}
    if running:
        sums: Iterable[Any] = connection.execute(statements.PROGRESS, {"p_job_ids": running})
        progress = {(job_id, phase): int(done) for job_id, phase, done in sums}
    return [_job(row, progress) for row in rows]


def _read_warnings(connection: Connection, job_id: str) -> list[ExportWarning]:
    return [
        warning
        for encoded in connection.scalars(statements.WARNINGS, {"p_job_id": job_id})
        for warning in _WARNINGS.decode(encoded)
    ]


def _completion(reused: ReusedFile | None) -> _Parameters:
    """What the row of a new job says of its end."""
    if reused is None:
        return _NO_COMPLETION | {"p_status": Status.PENDING, "p_phase": Phase.QUEUED}
    source = reused.source
    return {
        "p_status": Status.COMPLETED,
        "p_phase": Phase.ENDED,
        "p_started_at": reused.completed_at,
        "p_completed_at": reused.completed_at,
        "p_expires_at": reused.expires_at,
        "p_file_name": source.file_name,
        "p_file_size": source.file_size,
        "p_media_type": source.media_type,
        "p_sha256": source.sha256,
        "p_warnings": _encode(source.warnings) if source.warnings else None,
        "p_fingerprint": reused.fingerprint,
        "p_reused_from": source.job_id,
    }


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _job(row: Row[Any], progress: dict[tuple[str, str], int]) -> Job:
    """The job whose columns are in the order in which it takes them."""
    job_id, owner_id, status, phase, format_id, options, *others = tuple(row)
    *others, error, warnings, request_hash, reused_from = others
    values = [
        job_id,
        owner_id,
        Status(status),
        Phase(phase),
        format_id,
        _OPTIONS.decode(options),
        *others,
        _PROBLEM.decode(error) if error else None,
        _WARNINGS.decode(warnings) if warnings else [],
        request_hash,
        reused_from,
        progress.get((job_id, Phase.FETCHING), 0),
        progress.get((job_id, Phase.RENDERING), 0),
    ]
    return Job(*values)
