"""Brings owners' schedules and Temporal's together, should either have lost some."""

from temporalio.client import Client

from activities.automation.schedule_records import ScheduleRecords
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.temporal.export_schedules import delete_schedule, schedule_ids

logger = get_logger(__name__)


class ScheduleSweep:
    """Looks through all schedules, as retention does: the row is the truth."""

    def __init__(self, records: ScheduleRecords, client: Client) -> None:
        self._records = records
        self._client = client

    async def sweep(self) -> int:
        """Remove what has no row, and have made what Temporal does not have; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it refused.
        """
        # In this order: a schedule that is made in between is among the rows.
        there = await schedule_ids(self._client)
        rows = await self._records.ids(utc_now())
        orphans = there - rows.keys()
        for schedule_id in sorted(orphans):
            await delete_schedule(self._client, schedule_id)
        missing = [each for each, told in rows.items() if told and each not in there]
        made_again = await self._records.follow_again(missing) if missing else 0
        if orphans or made_again:
            logger.warning("schedules mended", removed=len(orphans), made_again=made_again)
        return len(orphans) + made_again
