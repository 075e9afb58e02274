"""Running statements on the job record, and making jobs of what they give."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Executable, Row, Select, Text, func, select, type_coerce

from activities.common.database import Database
from activities.jobs.damaged_rows import READING_FAILED, is_damage, read_each, tell_damaged
from activities.jobs.schema import chunks, jobs, sendings
from activities.jobs.statements import READ, THIS, among
from activities.model.job_formats import decode_options, options_type
from activities.model.jobs import Delivery, Job, Phase, SendingStatus, Status

Parameters = dict[str, Any]

DELIVERY = "delivery"
"""The kind of a sending that is a file, sent to a destination."""

_SHOWING_PROGRESS = {Status.PROCESSING, Status.FAILED, Status.CANCELLED}

# As text: a phase that there is not adds to no progress.
_PROGRESS = (
    select(chunks.c.job_id, type_coerce(chunks.c.phase, Text), func.sum(chunks.c.items_done))
    .where(among(chunks.c.job_id))
    .group_by(chunks.c.job_id, chunks.c.phase)
)

_DELIVERIES = (
    select(
        sendings.c.job_id,
        sendings.c.name,
        sendings.c.status,
        sendings.c.attempts,
        sendings.c.ended_at,
        sendings.c.error,
    )
    .where(among(sendings.c.job_id), sendings.c.kind == DELIVERY)
    .order_by(sendings.c.name)
)

# In the order of the fields.
_COUNTED = (Phase.FETCHING, Phase.RENDERING)
_THIS_JOB = READ.where(THIS)
_COLUMNS = {column.name: select(column).where(THIS) for column in READ.selected_columns}
_INSTEAD: Parameters = {
    "owner_id": "",
    "status": Status.FAILED,
    "phase": Phase.ENDED,
    "format": "",
    "title": "Damaged record",
    "items_total": 0,
    "created_at": datetime.fromtimestamp(0, UTC),
}
"""What stands for what cannot be read, other than nothing."""

_OPTIONS_FIELD = Job.__struct_fields__.index("options")


class JobTable:
    """The table of jobs in one database.

    Each method raises `sqlalchemy.exc.SQLAlchemyError` when the database refuses. Of damaged rows
    see `read_jobs`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self, statement: Executable, parameters: Parameters) -> bool:
        """Execute the statement. Returns True if it changed a row."""
        return await self._database.run(
            lambda connection: connection.execute(statement, parameters).rowcount > 0
        )

    async def rows(self, query: Executable, parameters: Parameters) -> Sequence[Any]:
        """All rows that the query finds by an index."""
        return await self._database.read(
            lambda connection: connection.execute(query, parameters).all()
        )

    async def jobs(self, query: Select[Any], parameters: Parameters) -> list[Job]:
        """All jobs that a query of their columns finds by an index."""
        return await self._database.read(
            lambda connection: read_jobs(connection, query, parameters)
        )

    async def job(self, query: Select[Any], parameters: Parameters) -> Job | None:
        """The job that a query of its columns finds by an index."""
        found = await self._database.read_inline(
            lambda connection: read_jobs(connection, query, parameters)
        )
        return found[0] if found else None


def read_jobs(connection: Connection, query: Select[Any], parameters: Parameters) -> list[Job]:
    """The jobs that a query of their columns finds, with their progress.

    A job whose row cannot be read is `damaged`, and holds what can be read of it.
    """
    try:
        return _read(connection, query, parameters)
    except READING_FAILED as error:
        if not is_damage(error):
            raise

    def read_one(job_id: str) -> Job | None:
        this = {"p_job_id": job_id}
        try:
            found = _read(connection, _THIS_JOB, this)
        except READING_FAILED as error:
            if not is_damage(error):
                raise
            tell_damaged(jobs.name, job_id, error)
            return _damaged(connection, job_id)
        return found[0] if found else None

    return read_each(connection, query, parameters, jobs.c.job_id, read_one)


def _read(connection: Connection, query: Select[Any], parameters: Parameters) -> list[Job]:
    rows = connection.execute(query, parameters).all()
    running = [row.job_id for row in rows if row.status in _SHOWING_PROGRESS]
    progress: dict[tuple[str, str], int] = {}
    if running:
        sums = connection.execute(_PROGRESS, {"p_job_ids": running})
        progress = {(job_id, phase): int(done) for job_id, phase, done in sums}
    found = [_job(row, progress) for row in rows]
    if delivered := [job.job_id for job in found if job.deliver_to]:
        sent = _sent(connection, delivered)
        return [replace(job, sent=sent.get(job.job_id, [])) for job in found]
    return found


def _sent(connection: Connection, job_ids: list[str]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for job_id, name, status, attempts, ended_at, error in connection.execute(
        _DELIVERIES, {"p_job_ids": job_ids}
    ):
        delivered_at = ended_at if status is SendingStatus.DELIVERED else None
        found.setdefault(job_id, []).append(Delivery(name, status, attempts, delivered_at, error))
    return found


def _job(row: Row[Any], progress: dict[tuple[str, str], int]) -> Job:
    # The query has the columns in the order of the fields. Naming each takes ten times as long.
    values = list(row)
    values[_OPTIONS_FIELD] = decode_options(row.format, row.options)
    if progress:
        values += [progress.get((row.job_id, phase), 0) for phase in _COUNTED]
    return Job(*values)


def _damaged(connection: Connection, job_id: str) -> Job:
    """The job of a row that cannot be read whole, of those columns that can."""
    values: Parameters = {}
    for column, query in _COLUMNS.items():
        with suppress(*READING_FAILED):
            value: Any = connection.scalar(query, {"p_job_id": job_id})
            if column == "options":
                value = decode_options(values.get("format", ""), value)
            values[column] = value
    format_id = values.get("format", "")
    usual = {**_INSTEAD, "options": options_type(format_id)()}
    return Job(**{**usual, **values, "job_id": job_id, "damaged": True})
