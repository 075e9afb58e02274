"""Schedules of owners: made, read, changed, run, paused, removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from temporalio.client import Client

from activities.automation.open_run import open_run
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedules import Outcome, Overlap, Schedule
from activities.automation.timetable import TimetableError, read_timetable, written
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.jobs.damaged_rows import tell_damaged
from activities.model.problems import NOT_FOUND, TOO_MANY_SCHEDULES
from activities.temporal.export_schedules import start_run
from web.auth.tokens import Caller
from web.http.json_body import pointer
from web.http.problems import FieldError, ProblemError, invalid
from web.schemas.requests import BulkExportRequest
from web.schemas.schedules import (
    ScheduleChange,
    ScheduleRequest,
    ScheduleResponse,
    ScheduleRun,
)
from web.services.create_export import ExportCreator
from web.services.destination_choice import DestinationChoice
from web.services.dispatcher import or_later
from web.services.one_line_names import one_line_name

logger = get_logger(__name__)

_NEXT_RUNS = 5
_LAST_JOBS = 10


class Schedules:
    """An owner's schedules."""

    def __init__(
        self,
        records: ScheduleRecords,
        creator: ExportCreator,
        client: Client,
        destinations: DestinationChoice,
    ) -> None:
        """Use the destinations that an operator has named."""
        self._records = records
        self._creator = creator
        self._client = client
        self._destinations = destinations

    async def create(self, caller: Caller, body: ScheduleRequest) -> Schedule:
        """Make a schedule.

        Raises:
            ProblemError: something in it is not valid, or its owner has as many as one may have.
        """
        now = utc_now()
        await self._check(caller, body.export, body.deliver_to or ())
        schedule = Schedule(
            schedule_id=str(uuid4()),
            owner_id=caller.owner_id,
            tenant=caller.tenant,
            name=one_line_name(body.name, may_be_empty=False),
            export=msgspec.json.encode(body.export).decode(),
            only_changed=body.only_changed,
            overlap=Overlap(body.overlap),
            deliver_to=body.deliver_to or [],
            paused=False,
            paused_reason=None,
            created_at=now,
            active_since=now,
            **_times(body.cron, body.every, body.time_zone, now),
        )
        if not await self._records.create(schedule):
            raise ProblemError(TOO_MANY_SCHEDULES)
        logger.info("schedule made", schedule_id=schedule.schedule_id, owner=caller.owner_id)
        return schedule

    async def of_caller(self, caller: Caller, schedule_id: str) -> Schedule:
        """One schedule of the caller.

        Raises:
            ProblemError: there is none, or it is somebody else's.
        """
        schedule = await self._records.get(schedule_id, caller.owner_id)
        if schedule is None:
            raise ProblemError(NOT_FOUND)
        return schedule

    async def all_of(self, owner_id: str) -> list[Schedule]:
        """All schedules of an owner, the newest first."""
        return await self._records.of_owner(owner_id)

    async def newest(self, limit: int) -> list[Schedule]:
        """Schedules of all owners, the newest first."""
        return await self._records.newest(limit)

    async def change(self, caller: Caller, schedule_id: str, body: ScheduleChange) -> Schedule:
        """Change a schedule; its time zone, or how often it is due, from now on.

        Raises:
            ProblemError: there is none, or something in it is not valid.
        """
        schedule = await self.of_caller(caller, schedule_id)
        now = utc_now()
        given = {
            name: value
            for name, value in msgspec.structs.asdict(body).items()
            if value is not msgspec.UNSET
        }
        await self._check(caller, given.get("export"), given.get("deliver_to", ()))
        values: dict[str, Any] = {
            name: given[name] for name in ("only_changed", "deliver_to") if name in given
        }
        if "name" in given:
            values["name"] = one_line_name(given["name"], may_be_empty=False)
        if "overlap" in given:
            values["overlap"] = Overlap(given["overlap"])
        if "export" in given:
            values["export"] = msgspec.json.encode(given["export"]).decode()
            values["tenant"] = caller.tenant
        if not {"cron", "every", "time_zone"}.isdisjoint(given):
            values |= _times(*_wanted_times(schedule, given), now) | {"active_since": now}
        if values:
            await self._records.change(schedule_id, **values)
        return await self.of_caller(caller, schedule_id)

    async def pause(self, schedule: Schedule) -> None:
        """Let no run begin until it is resumed."""
        await self._records.change(schedule.schedule_id, paused=True, paused_reason=None)

    async def resume(self, schedule: Schedule) -> None:
        """Let runs begin again; those that would have been since do not count as missed."""
        await self._records.change(
            schedule.schedule_id, paused=False, paused_reason=None, active_since=utc_now()
        )

    async def run(self, schedule: Schedule) -> None:
        """Run it now, whether or not it is paused, beside its times."""
        due_at = utc_now()
        run = await open_run(self._records, schedule, due_at, due_at, manual=True)
        if run is not None and run.outcome is Outcome.LOOKING:
            await or_later(
                start_run(self._client, schedule.schedule_id, due_at),
                schedule_id=schedule.schedule_id,
            )

    async def delete(self, schedule: Schedule) -> None:
        """Remove it; exports that it made stay."""
        await self._records.delete(schedule.schedule_id)
        logger.info("schedule removed", schedule_id=schedule.schedule_id)

    async def shown(self, found: Sequence[Schedule]) -> list[tuple[Schedule, ScheduleResponse]]:
        """The schedules as they are seen, without those that say what this version does not know:
        an export that another version took, or a time zone that is no more.
        """
        shown = []
        for schedule in found:
            try:
                shown.append((schedule, await self.response(schedule)))
            except (msgspec.MsgspecError, ValueError, ZoneInfoNotFoundError) as error:
                tell_damaged("export_schedule", schedule.schedule_id, error)
        return shown

    async def response(self, schedule: Schedule) -> ScheduleResponse:
        """The schedule as its owner sees it."""
        told = await self._records.runs_of(schedule.schedule_id, _LAST_JOBS)
        every = schedule.timetable.every
        return ScheduleResponse(
            schedule_id=schedule.schedule_id,
            name=schedule.name,
            cron=schedule.cron,
            every=written(every) if every is not None else None,
            time_zone=schedule.time_zone,
            export=msgspec.json.decode(schedule.export, type=BulkExportRequest),
            only_changed=schedule.only_changed,
            overlap=schedule.overlap,
            deliver_to=schedule.deliver_to,
            paused=schedule.paused,
            paused_reason=schedule.paused_reason,
            created_at=schedule.created_at,
            next_runs=[] if schedule.paused else schedule.timetable.upcoming(utc_now(), _NEXT_RUNS),
            last_jobs=[
                ScheduleRun(
                    due_at=run.due_at,
                    outcome=run.outcome,
                    manual=run.manual,
                    job_id=run.job_id,
                    status=status,
                    reason=run.reason,
                )
                for run, status in told
            ],
        )

    async def _check(
        self, caller: Caller, export: BulkExportRequest | None, deliver_to: Sequence[str]
    ) -> None:
        errors = self._destinations.errors(caller, deliver_to)
        if export is not None:
            within = self._destinations.errors(caller, export.deliver_to or ())
            errors += [FieldError(each.detail, pointer=f"/export{each.pointer}") for each in within]
        if errors:
            raise invalid(errors)
        if export is not None:
            await self._check_export(caller, export)

    async def _check_export(self, caller: Caller, export: BulkExportRequest) -> None:
        if export.since is not None or export.since_job_id is not None:
            where = "since" if export.since is not None else "since_job_id"
            detail = "A schedule compares its runs by only_changed."
            raise invalid([FieldError(detail, pointer=pointer("export", where))])
        try:
            self._creator.check_bulk(export)
            await self._creator.check_theme(caller, export)
        except ProblemError as error:
            raise error.below("export") from None


def _times(cron: str | None, every: str | None, zone: str, now: datetime) -> dict[str, Any]:
    try:
        timetable = read_timetable(cron, every, zone, now)
    except TimetableError as error:
        raise invalid([FieldError(str(error), pointer=pointer(error.field))]) from None
    duration = timetable.every
    return {
        "cron": timetable.cron,
        "every_seconds": int(duration.total_seconds()) if duration is not None else None,
        "anchor": timetable.anchor or now,
        "time_zone": zone,
    }


def _wanted_times(schedule: Schedule, given: dict[str, Any]) -> tuple[str | None, str | None, str]:
    """The cron expression, the duration and the zone; one of the first replaces the other."""
    zone = given.get("time_zone", schedule.time_zone)
    cron, every = given.get("cron"), given.get("every")
    if cron is None and every is None and not {"cron", "every"} & given.keys():
        duration = schedule.timetable.every
        return schedule.cron, written(duration) if duration is not None else None, zone
    return cron, every, zone
