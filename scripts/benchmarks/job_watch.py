"""Follows many jobs with one cheap query, so that watching does not slow down what is watched."""

from collections.abc import Collection

from sqlalchemy import Engine, create_engine, make_url, select

from activities.jobs.schema import jobs
from activities.model.jobs import OPEN, Status


class JobWatch:
    """Reads the job records beside the service."""

    def __init__(self, database: str) -> None:
        """Connect to the database.

        Args:
            database: SQLAlchemy URL.
        """
        self._engine = _engine(database)

    def ended(self, job_ids: Collection[str]) -> dict[str, Status]:
        """The states of those of these jobs that have ended."""
        query = select(jobs.c.job_id, jobs.c.status).where(
            jobs.c.job_id.in_(job_ids), jobs.c.status.not_in(OPEN)
        )
        with self._engine.connect() as connection:
            return {job_id: Status(status) for job_id, status in connection.execute(query)}

    def close(self) -> None:
        """Close the connection, which would keep SQLite's write-ahead log in being."""
        self._engine.dispose()


def _engine(database: str) -> Engine:
    url = make_url(database)
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    return create_engine(url.set(drivername=drivers[url.get_backend_name()]))
