"""open_run and look_at_run: a schedule is due -> a row that says that its export is to be made."""

from datetime import UTC

from temporalio import activity

from activities.automation.open_run import open_run
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedules import Outcome, Run
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.jobs.records import JobRecords
from activities.steps.compare import PictureComparer
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from workflows.contracts import LOOK_AT_RUN, OPEN_RUN, OpenedRun, ScheduledRun

logger = get_logger(__name__)

_NONE = OpenedRun("")


class ScheduledRuns:
    """The activities of a schedule's run with what they need."""

    def __init__(
        self, schedules: ScheduleRecords, records: JobRecords, comparer: PictureComparer
    ) -> None:
        self._schedules = schedules
        self._records = records
        self._comparer = comparer

    @implements(OPEN_RUN)
    async def open_run(self, task: ScheduledRun) -> OpenedRun:
        """Write the run, whatever becomes of it; see `activities.automation.open_run`."""
        async with heartbeats():
            schedule = await self._schedules.get(task.schedule_id)
            if schedule is None or task.due_at is None:
                return _NONE
            due_at = task.due_at.astimezone(UTC)
            run = await open_run(self._schedules, schedule, due_at, utc_now(), manual=task.manual)
        if run is None:
            return _NONE
        logger.info("run of a schedule", schedule_id=task.schedule_id, outcome=run.outcome.value)
        return OpenedRun(run.outcome.value, run.due_at)

    @implements(LOOK_AT_RUN)
    async def look_at_run(self, task: ScheduledRun) -> OpenedRun:
        """Compare the pictures of items with those of the export before; then the run is due.

        Raises:
            ContentSourceError: content or a picture may be had later.
        """
        if task.due_at is None:
            return _NONE
        async with heartbeats():
            run = await self._schedules.run_at(task.schedule_id, task.due_at.astimezone(UTC))
            schedule = await self._schedules.get(task.schedule_id)
            if run is None or schedule is None or run.outcome is not Outcome.LOOKING:
                return _NONE if run is None else OpenedRun(run.outcome.value)
            unchanged = await self._unchanged(run, schedule.owner_id)
            await self._schedules.change_run(run, Outcome.DUE, unchanged=unchanged)
            return OpenedRun(Outcome.DUE.value)

    async def _unchanged(self, run: Run, owner_id: str) -> list[str]:
        known = await self._records.known_items(run.base_job_id or "") or []
        return sorted(
            await self._comparer.unchanged(
                owner_id,
                [each for each in known if each.pictures],
                attempt=activity.info().attempt,
            )
        )
