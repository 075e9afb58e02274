"""The job record as an export's steps change it: claimed by a run, worked on, ended once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Insert, and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.clock import utc_now
from activities.common.database import Database, transaction
from activities.jobs.changes import changes_of, settle_changes
from activities.jobs.item_versions import (
    ItemVersions,
    NotedItems,
    forget,
    known_before,
    note_pictures,
    noted,
    noted_as,
)
from activities.jobs.job_table import JobTable, read_jobs
from activities.jobs.receipts import keep_receipt
from activities.jobs.schema import chunks, jobs
from activities.jobs.statements import (
    GET,
    NOT_TO_BE_CANCELLED,
    THIS,
    THIS_IF_OPEN,
    THIS_IF_OWNED,
    first,
    parameter,
    parameters,
)
from activities.jobs.themes import ThemeRecords
from activities.model.changes import ChangeCounts, Changes
from activities.model.item_versions import ItemVersion, PartVersions
from activities.model.job_formats import decode_options
from activities.model.jobs import (
    FENCED,
    ExpressInput,
    FetchInput,
    Job,
    Phase,
    Problem,
    RenderInput,
    Status,
)
from activities.model.problems import NO_CONTENT_MATCHED
from activities.model.quality import PoorItem
from activities.model.warnings import (
    ExportWarning,
    NotedWarnings,
    bounded,
    is_exclusion,
    is_refusal,
    skipped_ids,
)

_CLAIMABLE = and_(THIS_IF_OPEN, NOT_TO_BE_CANCELLED)
_CLAIMED: dict[str, Any] = {
    "status": Status.PROCESSING,
    "phase": case((jobs.c.phase == Phase.QUEUED, Phase.FETCHING), else_=jobs.c.phase),
    "started_at": first(jobs.c.started_at),
}
_CLAIM = (
    update(jobs)
    .where(_CLAIMABLE, or_(jobs.c.run_id.is_(None), jobs.c.run_id != FENCED))
    .values(run_id=parameter(jobs.c.run_id), **_CLAIMED)
    .returning(
        # Whose content it is.
        func.coalesce(jobs.c.content_owner_id, jobs.c.owner_id).label("owner_id"),
        jobs.c.content_ids,
        jobs.c.format,
        jobs.c.options,
        jobs.c.title,
        jobs.c.theme_sha256,
        jobs.c.changes,
    )
)
_CLAIM_EXPRESS = (
    update(jobs)
    .where(
        _CLAIMABLE,
        or_(
            jobs.c.run_id.is_(None),
            jobs.c.run_id.not_in(bindparam("p_run_ids", type_=jobs.c.run_id.type, expanding=True)),
        ),
    )
    .values(run_id=parameter(jobs.c.run_id), **_CLAIMED)
    .returning(
        jobs.c.owner_id,
        jobs.c.content_ids,
        jobs.c.format,
        jobs.c.options,
        jobs.c.title,
        jobs.c.theme_sha256,
        jobs.c.created_at,
        jobs.c.started_at,
        jobs.c.changes,
    )
)
_OWNED = select(jobs.c.job_id).where(THIS_IF_OWNED, NOT_TO_BE_CANCELLED)
_RENDER_INPUT = select(
    jobs.c.format,
    jobs.c.options,
    jobs.c.title,
    jobs.c.content_ids,
    jobs.c.theme_sha256,
    jobs.c.changes,
    jobs.c.owner_id,
    jobs.c.content_owner_id,
).where(THIS_IF_OWNED)
_TAKE_OVER = (
    update(jobs)
    .where(
        THIS,
        jobs.c.status == Status.PROCESSING,
        NOT_TO_BE_CANCELLED,
        jobs.c.run_id != FENCED,
        jobs.c.run_id != parameter(jobs.c.run_id),
    )
    .values(run_id=parameter(jobs.c.run_id))
)
_ENTER_PHASE = update(jobs).where(THIS_IF_OWNED).values(phase=parameter(jobs.c.phase))
_WARNINGS = (
    select(chunks.c.phase, chunks.c.chunk, chunks.c.warnings, chunks.c.poor_items)
    .where(chunks.c.job_id == parameter(chunks.c.job_id), chunks.c.warnings.is_not(None))
    .order_by(chunks.c.phase, chunks.c.chunk)
)
_FIRST_NOTED = select(func.min(chunks.c.noted_at)).where(
    chunks.c.job_id == parameter(chunks.c.job_id), chunks.c.phase == parameter(chunks.c.phase)
)
_COMPLETE = (
    update(jobs)
    .where(THIS_IF_OWNED, NOT_TO_BE_CANCELLED)
    .values(
        status=Status.COMPLETED,
        phase=Phase.ENDED,
        **parameters(
            [
                jobs.c.completed_at,
                jobs.c.expires_at,
                jobs.c.file_name,
                jobs.c.file_size,
                jobs.c.media_type,
                jobs.c.sha256,
                jobs.c.warnings,
                jobs.c.fingerprint,
            ]
        ),
    )
)
_FENCE = update(jobs).where(THIS_IF_OPEN).values(run_id=FENCED)
_END = (
    update(jobs)
    .where(THIS_IF_OPEN)
    .values(
        status=case((NOT_TO_BE_CANCELLED, parameter(jobs.c.status)), else_=Status.CANCELLED),
        error=case((NOT_TO_BE_CANCELLED, parameter(jobs.c.error))),
        phase=Phase.ENDED,
        completed_at=parameter(jobs.c.completed_at),
    )
)
_REFUSED = (
    update(jobs)
    .where(THIS_IF_OPEN, NOT_TO_BE_CANCELLED)
    .values(warnings=parameter(jobs.c.warnings))
)
_CONTENT = select(jobs.c.content_ids, jobs.c.content_owner_id).where(THIS)
_CHUNK_KEY = [chunks.c.job_id, chunks.c.phase, chunks.c.chunk]


def _note_progress(dialect: str) -> Insert:
    columns = [*_CHUNK_KEY, chunks.c.items_done, chunks.c.noted_at]
    insert = _insert_chunk(dialect).values(parameters(columns))
    return insert.on_conflict_do_update(
        index_elements=_CHUNK_KEY,
        set_={
            "items_done": insert.excluded.items_done,
            "noted_at": insert.excluded.noted_at,
        },
        where=chunks.c.items_done < insert.excluded.items_done,
    )


def _note_warnings(dialect: str) -> Insert:
    told = (chunks.c.warnings, chunks.c.poor_items)
    columns = [*_CHUNK_KEY, chunks.c.items_done, *told]
    insert = _insert_chunk(dialect).values(parameters(columns))
    return insert.on_conflict_do_update(
        index_elements=_CHUNK_KEY,
        set_={column.name: insert.excluded[column.name] for column in told},
    )


def _keep_refusals(connection: Connection, job_id: str, error: Problem | None) -> None:
    """Let a job that fails say which items it was refused for; every chunk may have named all.

    Those are also the items that were left out, if that was all of them.
    """
    is_empty = error is not None and error.code == NO_CONTENT_MATCHED.code
    is_why = is_exclusion if is_empty else is_refusal
    values = {"p_job_id": job_id}
    told = (each for row in connection.execute(_WARNINGS, values) for each in row.warnings)
    refused = {each.item_id: each for each in told if is_why(each)}
    if refused:
        connection.execute(_REFUSED, {**values, "p_warnings": list(refused.values())})


def _insert_chunk(dialect: str) -> postgresql.Insert | sqlite.Insert:
    # Each of them spells "or update" in its own way.
    return postgresql.insert(chunks) if dialect == "postgresql" else sqlite.insert(chunks)


def express_owner(run_id: str) -> str:
    """The `run_id` of a row that a run owns in its express step, and in no other."""
    return f"{run_id}.express"


class JobExecution:
    """The queries and changes that the steps of an export make in the job records of one database.

    All times are UTC. Methods that change a row say by their result whether they did.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = JobTable(database)
        self._note_progress = _note_progress(database.dialect)
        self._note_warnings = _note_warnings(database.dialect)
        self._item_versions = ItemVersions(database.dialect)
        self._themes = ThemeRecords(database)

    async def get(self, job_id: str) -> Job | None:
        """The job; None when it has no row."""
        return await self._table.job(GET, {"p_job_id": job_id})

    async def claim(self, job_id: str, run_id: str, now: datetime) -> FetchInput | None:
        """Let a workflow run own the row; None when the job has ended or is to be cancelled."""
        values = {"p_job_id": job_id, "p_run_id": run_id, "p_started_at": now}
        row = await self._database.run(
            lambda connection: connection.execute(_CLAIM, values).one_or_none()
        )
        if row is None:
            return None
        options = decode_options(row.format, row.options)
        theme = await self._themes.read(row.theme_sha256)
        changes = await self._changes(job_id, row.changes)
        return FetchInput(row.owner_id, row.content_ids, options, row.title, theme, changes)

    async def _changes(self, job_id: str, counts: ChangeCounts | None) -> Changes | None:
        if counts is None:
            return None
        return await self._database.read(lambda connection: changes_of(connection, job_id, counts))

    async def claim_express(self, job_id: str, run_id: str, now: datetime) -> ExpressInput | None:
        """Let a workflow run own the row for its express step, as `express_owner` names it.

        None when the job has ended or is to be cancelled, and when the run owned the row before: so
        a run takes that step once, whatever becomes of it, and what is late of it changes nothing
        from the next `claim` on.
        """
        owner = express_owner(run_id)
        values = {
            "p_job_id": job_id,
            "p_run_id": owner,
            "p_run_ids": [FENCED, run_id, owner],
            "p_started_at": now,
        }
        for row in await self._table.rows(_CLAIM_EXPRESS, values):
            return ExpressInput(
                row.owner_id,
                row.content_ids,
                decode_options(row.format, row.options),
                row.title,
                await self._themes.read(row.theme_sha256),
                await self._changes(job_id, row.changes),
                created_at=row.created_at,
                is_first=row.started_at == now,
            )
        return None

    async def is_owned(self, job_id: str, run_id: str) -> bool:
        """True if a run may still complete the row, which is then not to be cancelled."""
        values = {"p_job_id": job_id, "p_run_id": run_id}
        found = await self._database.read_inline(
            lambda connection: connection.execute(_OWNED, values).first()
        )
        return found is not None

    async def render_input(self, job_id: str, run_id: str) -> RenderInput | None:
        """The data that a render needs; None when the row no longer belongs to this run."""
        values = {"p_job_id": job_id, "p_run_id": run_id}
        for row in await self._table.rows(_RENDER_INPUT, values):
            options = decode_options(row.format, row.options)
            theme = await self._themes.read(row.theme_sha256)
            changes = await self._changes(job_id, row.changes)
            return RenderInput(
                options,
                row.title,
                row.content_ids,
                theme,
                changes,
                row.owner_id,
                row.content_owner_id,
            )
        return None

    async def take_over(self, job_id: str, run_id: str) -> bool:
        """Let a run own the processing row of the run whose place it took."""
        return await self._table.change(_TAKE_OVER, {"p_job_id": job_id, "p_run_id": run_id})

    async def enter_phase(self, job_id: str, run_id: str, phase: Phase) -> None:
        """Show what the job is busy with, if the row is this run's."""
        await self._table.change(
            _ENTER_PHASE, {"p_job_id": job_id, "p_run_id": run_id, "p_phase": phase}
        )

    async def note_progress(self, job_id: str, phase: Phase, chunk: int, items_done: int) -> None:
        """Record a chunk's progress as an absolute number; a smaller one changes nothing."""
        await self._table.change(
            self._note_progress,
            {
                "p_job_id": job_id,
                "p_phase": phase,
                "p_chunk": chunk,
                "p_items_done": items_done,
                "p_noted_at": utc_now(),
            },
        )

    async def note_warnings(
        self,
        job_id: str,
        phase: Phase,
        chunk: int,
        warnings: Sequence[ExportWarning],
        poor_items: Sequence[PoorItem] = (),
    ) -> None:
        """Keep a chunk's warnings until the job completes; a retry replaces them.

        Args:
            job_id: the job.
            phase: the phase.
            chunk: the number of the chunk.
            warnings: what is told.
            poor_items: of the items that these name, those below the quality asked for that were
                left out or marked.
        """
        await self._table.change(
            self._note_warnings,
            {
                "p_job_id": job_id,
                "p_phase": phase,
                "p_chunk": chunk,
                "p_items_done": 0,
                "p_warnings": bounded(warnings),
                "p_poor_items": list(poor_items),
            },
        )

    async def note_items(self, job_id: str, run_id: str, part: PartVersions) -> None:
        """Keep what a chunk holds, if the row is this run's; a retry replaces it."""
        await self._database.run(
            lambda connection: self._item_versions.note(connection, job_id, run_id, part)
        )

    async def note_pictures(self, job_id: str, run_id: str, pictures: Mapping[str, bytes]) -> None:
        """Keep the hashes of the pictures of items, by id, if the row is this run's."""

        def write(connection: Connection) -> None:
            with transaction(connection):
                note_pictures(connection, job_id, run_id, pictures)

        await self._database.run(write)

    async def known_items(self, job_id: str) -> list[ItemVersion]:
        """The items that the export with which a job is compared held, and that are still there."""
        return await self._database.read(lambda connection: known_before(connection, job_id))

    async def settle_changes(
        self, job_id: str, run_id: str, content_ids: list[str], changes: Changes
    ) -> None:
        """Let the job export these items only, if the row is this run's."""

        def write(connection: Connection) -> None:
            with transaction(connection):
                settle_changes(connection, job_id, run_id, content_ids, changes)

        await self._database.run(write)

    async def noted_items(self, job_id: str, chunks: int) -> NotedItems | None:
        """What was noted of a job's items; None while it is not of so many chunks."""
        values = {"p_job_id": job_id, "p_phase": Phase.FETCHING}

        def read(connection: Connection) -> NotedItems | None:
            versions = noted(connection, job_id, chunks)
            if versions is None:
                return None
            return NotedItems(versions, connection.execute(_FIRST_NOTED, values).scalar_one())

        return await self._database.read(read)

    async def items_of(
        self, job_id: str, content_ids: Sequence[str], content: str = ""
    ) -> list[ItemVersion] | None:
        """The states of the items that were noted for a job, in its order.

        None if these are of other content than that of the fingerprint `content`, if it is given.
        """
        places = {item_id: place for place, item_id in enumerate(content_ids)}
        found = await self._database.read(lambda connection: noted_as(connection, job_id, content))
        if found is None:
            return None
        return sorted(found, key=lambda each: places.get(each.id, len(places)))

    async def content(self, job_id: str) -> tuple[list[str], str | None]:
        """The ids of what a job exports, in order, and whose it is; None: its owner's own."""
        for row in await self._table.rows(_CONTENT, {"p_job_id": job_id}):
            return row.content_ids, row.content_owner_id
        return [], None

    async def get_with_warnings(self, job_id: str) -> tuple[Job | None, list[NotedWarnings]]:
        """The job, and the warnings of all its chunks, in order."""
        values = {"p_job_id": job_id}

        def read(connection: Connection) -> tuple[Job | None, list[NotedWarnings]]:
            found = read_jobs(connection, GET, values)
            noted = [NotedWarnings(*row) for row in connection.execute(_WARNINGS, values)]
            return found[0] if found else None, noted

        return await self._database.read(read)

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
        content: str = "",
        items: PartVersions | None = None,
        receipt: bytes | None = None,
    ) -> bool:
        """Complete the row, if it still belongs to this run and no cancellation is requested.

        With it the record of what was rendered is settled, see `ItemVersions`.

        Args:
            job_id: the id of the row.
            run_id: the id of the workflow run.
            now: the time at which the job was completed, in UTC.
            retention: the time for which the file lives from then on.
            file_name: under which the file is downloaded.
            file_size: the size of the file in bytes.
            media_type: the media type of the file.
            sha256: the hash of the file, in hex.
            warnings: the warnings of the whole job.
            fingerprint: finds the file again for another job; None when it must not be found.
            content: the fingerprint of the content in the file, in hex; empty when it is not known.
            items: what the file is made of, if that was not noted before.
            receipt: the signed statement of it, which is kept with the row.
        """
        values = {
            "p_job_id": job_id,
            "p_run_id": run_id,
            "p_completed_at": now,
            "p_expires_at": now + retention,
            "p_file_name": file_name,
            "p_file_size": file_size,
            "p_media_type": media_type,
            "p_sha256": sha256,
            "p_warnings": bounded(warnings),
            "p_fingerprint": fingerprint,
        }
        left_out = skipped_ids(warnings)

        def write(connection: Connection) -> bool:
            with transaction(connection):
                is_changed = connection.execute(_COMPLETE, values).rowcount > 0
                if is_changed and items is not None:
                    self._item_versions.write(connection, job_id, items, left_out)
                elif is_changed:
                    self._item_versions.settle(connection, job_id, content, left_out)
                if is_changed and receipt is not None:
                    keep_receipt(connection, job_id, receipt)
            return is_changed

        return await self._database.run(write)

    async def fence(self, job_id: str) -> bool:
        """Take an open row away from its run, so that nothing can complete it any more.

        A fencing token, as in Kleppmann, "How to do distributed locking" (2016): who holds an
        older token is refused by the row itself.
        """
        return await self._table.change(_FENCE, {"p_job_id": job_id})

    async def end(
        self, job_id: str, status: Status, *, now: datetime, error: Problem | None = None
    ) -> bool:
        """Write the end state of an open job; a requested cancellation wins over a failure."""
        values = {"p_job_id": job_id, "p_status": status, "p_error": error, "p_completed_at": now}

        def write(connection: Connection) -> bool:
            with transaction(connection):
                if status is Status.FAILED:
                    _keep_refusals(connection, job_id, error)
                is_changed = connection.execute(_END, values).rowcount > 0
                if is_changed:
                    forget(connection, job_id)
            return is_changed

        return await self._database.run(write)
