"""What retention does for archives: those whose files are over expire, and old ones go."""

from datetime import timedelta

from activities.automation.archive_records import ArchiveRecords
from activities.common.clock import utc_now
from activities.common.metrics import RETENTION
from activities.steps.retention_step import in_slices, one_step


class ArchiveUpkeep:
    """Keeps the archives of one database in order."""

    def __init__(self, archives: ArchiveRecords, record_retention: timedelta) -> None:
        """Keep records for so long after archives have ended."""
        self._archives = archives
        self._record_retention = record_retention

    async def keep_up(self) -> int:
        """Expire and remove what is due; returns how many archives were removed."""
        removed = 0
        now = utc_now()
        async with one_step() as pace:
            await self._archives.expire(now)
            async for gone in in_slices(
                pace,
                "archive",
                lambda limit: self._archives.due_to_be_removed(now - self._record_retention, limit),
                self._archives.remove,
            ):
                removed += gone
                RETENTION.labels("archive_removed").inc(gone)
        return removed
