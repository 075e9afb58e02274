"""Removing records of jobs with the rows that hang on them: SQLite checks no foreign keys."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, tuple_

from activities.jobs.schema import changes, chunks, item_versions, jobs, receipts, sendings
from activities.jobs.statements import among, number

_VERSIONS_KEY = (item_versions.c.job_id, item_versions.c.chunk)
REMOVE_SOME_VERSIONS = delete(item_versions).where(
    tuple_(*_VERSIONS_KEY).in_(
        select(*_VERSIONS_KEY).where(among(item_versions.c.job_id)).limit(number("limit"))
    )
)
"""Removes at most `p_limit` rows of what was rendered of these jobs. One job may have thousands, so
they go before its record does."""
REMOVE_CHUNKS = delete(chunks).where(among(chunks.c.job_id))
"""Removes the progress of these jobs."""

_REMOVE = tuple(
    delete(table).where(among(table.c.job_id)) for table in (changes, receipts, sendings)
)
_REMOVE_JOBS = delete(jobs).where(among(jobs.c.job_id))


def remove_jobs(connection: Connection, job_ids: Sequence[str]) -> int:
    """Remove the records of jobs, and what else there is of each but what was rendered.

    The caller holds a transaction.

    Returns:
        How many records there were.
    """
    values = {"p_job_ids": list(job_ids)}
    for statement in (REMOVE_CHUNKS, *_REMOVE):
        connection.execute(statement, values)
    return connection.execute(_REMOVE_JOBS, values).rowcount
