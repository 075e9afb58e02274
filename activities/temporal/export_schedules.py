"""Temporal's side of owners' schedules: one of its Schedules for each, which follows the row."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.automation.cron import parse_cron
from activities.automation.timetable import Timetable
from activities.temporal.client import RPC_TIMEOUT, in_time
from workflows.contracts import (
    SCHEDULED_EXPORT_WORKFLOW,
    WORKFLOW_QUEUE,
    ScheduledRun,
    export_schedule_id,
    scheduled_run_id,
)
from workflows.policies import SCHEDULE_CATCHUP, SMALL_PRIORITY

_MOVED_FOR = timedelta(days=5 * 366)
_PREFIX = export_schedule_id("")


async def put_schedule(
    client: Client, schedule_id: str, timetable: Timetable, *, paused: bool, now: datetime
) -> None:
    """Make the Temporal Schedule, or bring the one there is up to date.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: it refused.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            SCHEDULED_EXPORT_WORKFLOW,
            ScheduledRun(schedule_id),
            id=f"schedule-run-{schedule_id}",
            task_queue=WORKFLOW_QUEUE,
            static_summary="A run of a schedule",
            priority=Priority(priority_key=SMALL_PRIORITY),
        ),
        spec=_spec(timetable, now),
        # A run takes a moment: whether its export overlaps with another one the rows tell.
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=SCHEDULE_CATCHUP
        ),
        state=ScheduleState(paused=paused),
    )

    def replace(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule)

    name = export_schedule_id(schedule_id)
    try:
        await in_time(client.create_schedule(name, schedule, rpc_timeout=RPC_TIMEOUT))
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(name)
        await in_time(handle.update(replace, rpc_timeout=RPC_TIMEOUT))


async def delete_schedule(client: Client, schedule_id: str) -> None:
    """Remove the Temporal Schedule, if there is one; raises as `put_schedule` does."""
    handle = client.get_schedule_handle(export_schedule_id(schedule_id))
    try:
        await in_time(handle.delete(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def schedule_ids(client: Client) -> set[str]:
    """The ids of all owners' schedules that Temporal has; its list may be some seconds late."""
    found = await client.list_schedules(page_size=1_000)
    return {each.id.removeprefix(_PREFIX) async for each in found if each.id.startswith(_PREFIX)}


async def start_run(client: Client, schedule_id: str, due_at: datetime) -> None:
    """Start the workflow of a run that somebody asked for; raises as `put_schedule` does."""
    try:
        await in_time(
            client.start_workflow(
                SCHEDULED_EXPORT_WORKFLOW,
                ScheduledRun(schedule_id, due_at, manual=True),
                id=scheduled_run_id(schedule_id, due_at),
                task_queue=WORKFLOW_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary="A run of a schedule, by hand",
                priority=Priority(priority_key=SMALL_PRIORITY),
                rpc_timeout=RPC_TIMEOUT,
            )
        )
    except WorkflowAlreadyStartedError:
        return


def _spec(timetable: Timetable, now: datetime) -> ScheduleSpec:
    if timetable.every is not None and timetable.anchor is not None:
        offset = timedelta(seconds=timetable.anchor.timestamp()) % timetable.every
        return ScheduleSpec(intervals=[ScheduleIntervalSpec(timetable.every, offset)])
    cron = parse_cron(timetable.cron or "")
    minutes, hours, months = map(_ranges, (cron.minutes, cron.hours, cron.months))
    # Temporal wants a day to match both; a cron expression one of them.
    days = [_ranges(cron.days)] if cron.days is not None else []
    calendars = [
        ScheduleCalendarSpec(minute=minutes, hour=hours, month=months, day_of_month=each)
        for each in days
    ]
    if cron.weekdays is not None:
        week = _ranges(cron.weekdays)
        calendars.append(
            ScheduleCalendarSpec(minute=minutes, hour=hours, month=months, day_of_week=week)
        )
    if not calendars:
        calendars.append(ScheduleCalendarSpec(minute=minutes, hour=hours, month=months))
    # Temporal passes over a time that a clock put forward leaves out.
    calendars += [
        ScheduleCalendarSpec(
            minute=_ranges([each.minute]),
            hour=_ranges([each.hour]),
            day_of_month=_ranges([each.day]),
            month=_ranges([each.month]),
            year=_ranges([each.year]),
        )
        for each in timetable.moved(now, now + _MOVED_FOR)
    ]
    return ScheduleSpec(calendars=calendars, time_zone_name=timetable.zone)


def _ranges(numbers: Iterable[int]) -> list[ScheduleRange]:
    return [ScheduleRange(number) for number in numbers]
