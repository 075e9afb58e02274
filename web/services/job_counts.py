"""The number of jobs in each state, for operators and as a metric."""

from sqlalchemy.exc import SQLAlchemyError

from activities.common.logs import get_logger
from activities.common.metrics import JOBS
from activities.common.tracebacks import format_traceback
from activities.jobs.cached_counts import CachedReading
from activities.jobs.records import JobRecords
from activities.model.jobs import Status

logger = get_logger(__name__)


class JobCounts:
    """Counts jobs at most once in five seconds, however many ask."""

    def __init__(self, records: JobRecords) -> None:
        self._counts = CachedReading(records.count_by_status)

    async def by_status(self) -> dict[Status, int]:
        """The number of jobs of all owners in each state.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database refused.
        """
        return await self._counts.get()

    async def refresh_gauge(self) -> None:
        """Set the gauge of jobs by state; while the database is unavailable, leave it."""
        try:
            counts = await self.by_status()
        except SQLAlchemyError as error:
            logger.warning("jobs not counted", cause=format_traceback(error))
            return
        for status, count in counts.items():
            JOBS.labels(status.value).set(count)
