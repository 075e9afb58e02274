"""Reading lists of jobs, of which those that have ended are not made anew each time.

Of a job that has ended little can change. A list is read in these columns alone, and what else
there is of such a job is remembered from when it was read before. Whose jobs are in a list and
what these columns hold is read from the database each time: nobody sees another's jobs, or what
was.
"""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select

from activities.jobs.damaged_rows import READING_FAILED, is_damage
from activities.jobs.job_table import Parameters, read_jobs
from activities.jobs.schema import jobs
from activities.jobs.statements import READ, among
from activities.model.jobs import Job

CHANGING = ("status", "expires_at", "file_lost_at", "pinned_at")
"""The columns of a job that may change after its end, of those that make a `Job`."""

# Some 4 kB each.
_KEPT = 2_000
_ORDER = (jobs.c.job_id, jobs.c.created_at)
_COLUMNS = (*_ORDER, *(jobs.c[name] for name in CHANGING))
_THESE = READ.where(among(jobs.c.job_id))


class EndedJobs:
    """The jobs of lists that have ended; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[str, Job] = {}

    def read(self, connection: Connection, query: Select[Any], parameters: Parameters) -> list[Job]:
        """The jobs that a query of their columns finds, as `read_jobs` gives them.

        While a job that has ended does not change, it is the same object.
        """
        try:
            rows = connection.execute(_narrow(query), parameters).all()
        except READING_FAILED as error:
            if not is_damage(error):
                raise
            return read_jobs(connection, query, parameters)
        found = {row.job_id: job for row in rows if (job := self._unchanged(row)) is not None}
        if missing := [row.job_id for row in rows if row.job_id not in found]:
            for job in read_jobs(connection, _THESE, {"p_job_ids": missing}):
                found[job.job_id] = job
                self._keep(job)
        return [found[row.job_id] for row in rows if row.job_id in found]

    def _unchanged(self, row: Row[Any]) -> Job | None:
        job = self._known.get(row.job_id)
        if job is None:
            return None
        seen = (job.status, job.expires_at, job.file_lost_at, job.pinned_at)
        return job if seen == tuple(row)[len(_ORDER) :] else None

    def _keep(self, job: Job) -> None:
        # What became of deliveries is in rows of their own.
        if not job.status.ended or job.damaged or job.deliver_to:
            return
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[job.job_id] = job


@cache
def _narrow(query: Select[Any]) -> Select[Any]:
    """The same list in few columns. Statements of lists are built once, so these are, too."""
    return query.with_only_columns(*_COLUMNS, maintain_column_froms=True)
