"""Running statements on the job record, and making jobs of what they give."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Row, func, select

from activities.common.database import Database
from activities.jobs.schema import chunks
from activities.jobs.statements import among
from activities.model.catalog import decode_options
from activities.model.jobs import Job, Phase, Status

Parameters = dict[str, Any]

_SHOWING_PROGRESS = {Status.PROCESSING, Status.FAILED, Status.CANCELLED}

_PROGRESS = (
    select(chunks.c.job_id, chunks.c.phase, func.sum(chunks.c.items_done))
    .where(among(chunks.c.job_id))
    .group_by(chunks.c.job_id, chunks.c.phase)
)

# In the order of the last two fields.
_COUNTED = (Phase.FETCHING, Phase.RENDERING)
_OPTIONS_FIELD = Job.__struct_fields__.index("options")


class JobTable:
    """The table of jobs in one database.

    Each method raises `sqlalchemy.exc.SQLAlchemyError` when the database refuses, and what
    `read_jobs` raises when it reads jobs.
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

    async def jobs(self, query: Executable, parameters: Parameters) -> list[Job]:
        """All jobs that a query of their columns finds by an index."""
        return await self._database.read(
            lambda connection: read_jobs(connection, query, parameters)
        )

    async def job(self, query: Executable, parameters: Parameters) -> Job | None:
        """The job that a query of its columns finds by an index."""
        found = await self._database.read_inline(
            lambda connection: read_jobs(connection, query, parameters)
        )
        return found[0] if found else None


def read_jobs(connection: Connection, query: Executable, parameters: Parameters) -> list[Job]:
    """The jobs that a query of their columns finds, with their progress.

    Raises:
        msgspec.DecodeError: a row holds JSON that cannot be read.
        ValueError: a row holds a state or a phase that there is not.
    """
    rows = connection.execute(query, parameters).all()
    running = [row.job_id for row in rows if row.status in _SHOWING_PROGRESS]
    progress: dict[tuple[str, Phase], int] = {}
    if running:
        sums = connection.execute(_PROGRESS, {"p_job_ids": running})
        progress = {(job_id, phase): int(done) for job_id, phase, done in sums}
    return [_job(row, progress) for row in rows]


def _job(row: Row[Any], progress: dict[tuple[str, Phase], int]) -> Job:
    # `READ` selects the columns in the order of the fields. Naming each takes ten times as long.
    values = list(row)
    values[_OPTIONS_FIELD] = decode_options(row.format, row.options)
    if progress:
        values += [progress.get((row.job_id, phase), 0) for phase in _COUNTED]
    return Job(*values)
