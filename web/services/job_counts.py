"""The number of jobs in each state, as a metric."""

import time

from sqlalchemy.exc import SQLAlchemyError

from activities.common.logs import get_logger
from activities.common.metrics import JOBS
from activities.common.tracebacks import format_traceback
from activities.jobs.records import JobRecords

logger = get_logger(__name__)

_FRESH_SECONDS = 5.0


class JobCounts:
    """Keeps the gauge of jobs by state fresh, however often it is scraped."""

    def __init__(self, records: JobRecords) -> None:
        self._records = records
        self._counted_at = float("-inf")

    async def refresh(self) -> None:
        """Count if the last counts are old; while the database is unavailable, keep them."""
        if time.monotonic() - self._counted_at < _FRESH_SECONDS:
            return
        self._counted_at = time.monotonic()
        try:
            counts = await self._records.count_by_status()
        except SQLAlchemyError as error:
            logger.warning("jobs not counted", cause=format_traceback(error))
            return
        for status, count in counts.items():
            JOBS.labels(status.value).set(count)
