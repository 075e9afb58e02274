"""The trace contexts of jobs, for what is done about them later."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.jobs.statements import among

_PARENTS = select(jobs.c.job_id, jobs.c.trace_parent).where(
    among(jobs.c.job_id), jobs.c.trace_parent.is_not(None)
)


class JobTraces:
    """Reads the trace contexts of the jobs in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def parents(self, job_ids: Iterable[str]) -> dict[str, str]:
        """The trace context of each of these jobs that has one, by the job's id."""
        parameters = {"p_job_ids": list(job_ids)}

        def read(connection: Connection) -> dict[str, str]:
            rows = connection.execute(_PARENTS, parameters)
            return {job_id: parent for job_id, parent in rows if parent is not None}

        return await self._database.read(read)
