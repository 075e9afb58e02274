"""The pages on which exports that recur are made, watched, paused, run and removed."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.di import Provide
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.automation.schedules import Outcome, Schedule
from activities.automation.timetable import read_duration
from activities.people.amounts import in_short
from web.auth.guards import ApiRequest
from web.auth.tokens import ADMIN, READ, WRITE
from web.http.problems import FieldError, ProblemError, invalid
from web.pages.choices import Choices, known_formats
from web.pages.jobs_shown import format_name
from web.pages.new_export_form import NewExportForm, new_export_form
from web.pages.page import page
from web.pages.repeats import CRON_DAYS, REPEATS, read_repeat
from web.pages.session import read_form, signed_in
from web.pages.wording import STATUS_LABELS
from web.pages.words import N_, _
from web.schemas.requests import BulkExportRequest
from web.schemas.schedules import ScheduleRequest, ScheduleResponse, ScheduleRun
from web.services.injection import Service
from web.services.schedules import Schedules

_FORM = {"form": Provide(new_export_form, sync_to_thread=False)}
_MAX_FORM_BYTES = 512 * 1024
_OUTCOMES = {
    Outcome.LOOKING: N_("Looking for changes"),
    Outcome.DUE: N_("Waiting to begin"),
    Outcome.STARTED: N_("Exported"),
    Outcome.SKIPPED: N_("Skipped"),
    Outcome.MISSED: N_("Missed"),
    Outcome.NOTHING_NEW: N_("Nothing new"),
    Outcome.FAILED: N_("Not exported"),
}
_OPERATORS_SEE = 100
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::.*)?", re.ASCII)
"""Of a day, as browsers send it; some with seconds."""
_UNITS: tuple[tuple[Literal["day", "hour", "minute", "second"], int], ...] = (
    *(("day", 86_400), ("hour", 3_600)),
    *(("minute", 60), ("second", 1)),
)


def outcome_of(run: ScheduleRun) -> str:
    """What became of a run, in words."""
    if run.outcome is Outcome.STARTED and run.status is not None:
        return _(STATUS_LABELS[run.status])
    return _(_OUTCOMES[run.outcome])


def times_of(schedule: ScheduleResponse) -> str:
    """When a schedule is due, in words where there are some."""
    if schedule.cron is None:
        return _interval(schedule.every or "")
    minute, hour, *days = schedule.cron.split()
    named = next((name for name, cron in CRON_DAYS.items() if cron.split() == days), None)
    if named is None or not (minute.isdecimal() and hour.isdecimal()):
        return f"{schedule.cron} ({schedule.time_zone})"
    return _("%(days)s at %(time)s (%(zone)s)") % {
        "days": _(REPEATS[named]),
        "time": f"{int(hour)}:{int(minute):02}",
        "zone": schedule.time_zone,
    }


def _interval(every: str) -> str:
    """An interval, by a duration of ISO 8601, in the largest unit that it is a multiple of."""
    seconds = int(read_duration(every).total_seconds())
    unit, size = next(each for each in _UNITS if seconds % each[1] == 0)
    if seconds == _UNITS[0][1]:
        return _(REPEATS["daily"])
    return _("Every %(interval)s") % {"interval": in_short(seconds // size, unit)}


@get("/schedules", guards=[signed_in(READ)])
async def schedules_page(request: ApiRequest, schedules: Service[Schedules]) -> Template:
    """List the caller's schedules, with their next and last runs."""
    found = await schedules.all_of(request.user.owner_id)
    return page(
        request,
        "schedules.html",
        here="schedules",
        schedules=[shown for _, shown in await schedules.shown(found)],
        times_of=times_of,
        outcome_of=outcome_of,
        format_name=format_name,
    )


@post(
    "/schedules",
    guards=[signed_in(WRITE)],
    dependencies=_FORM,
    request_max_body_size=_MAX_FORM_BYTES,
)
async def repeat_export(
    request: ApiRequest, form: Service[NewExportForm], schedules: Service[Schedules]
) -> Redirect | Template:
    """Let the formats and options of the form be exported again and again, of all content."""
    fields = await read_form(request)
    repeat = msgspec.structs.replace(read_repeat(fields), wanted=True)
    kept = Choices(fields.every("item"), formats=known_formats(fields), repeat=repeat)
    try:
        kept = msgspec.structs.replace(
            await form.reader.choices(request.user, fields), repeat=repeat
        )
        await schedules.create(request.user, _schedule(kept))
    except ProblemError as error:
        return await form.page(request, kept, error)
    return Redirect("/schedules", status_code=303)


def _schedule(choices: Choices) -> ScheduleRequest:
    if not choices.formats:
        raise invalid([FieldError("Choose at least one format.")])
    chosen: dict[str, Any] = (
        {"formats": choices.formats} if len(choices.formats) > 1 else {"format": choices.formats[0]}
    )
    repeat = choices.repeat
    time = _TIME.fullmatch(repeat.at)
    days = CRON_DAYS.get(repeat.days)
    if time is None or days is None:
        raise invalid([FieldError("Say how often and at what time the export is repeated.")])
    return ScheduleRequest(
        name=repeat.name or _("Repeated export"),
        cron=f"{int(time[2])} {int(time[1])} {days}",
        time_zone=repeat.zone or "UTC",
        export=BulkExportRequest(**chosen, **msgspec.structs.asdict(choices.options)),
        only_changed=repeat.only_changed,
        deliver_to=choices.deliver_to or None,
    )


async def _act(
    request: ApiRequest,
    schedule_id: str,
    schedules: Schedules,
    action: Callable[[Schedule], Awaitable[None]],
) -> Redirect:
    await read_form(request)
    await action(await schedules.of_caller(request.user, schedule_id))
    return Redirect("/schedules", status_code=303)


@post("/schedules/{schedule_id:str}/run", guards=[signed_in(WRITE)])
async def run_from_page(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> Redirect:
    """Run it now."""
    return await _act(request, schedule_id, schedules, schedules.run)


@post("/schedules/{schedule_id:str}/pause", guards=[signed_in(WRITE)])
async def pause_from_page(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> Redirect:
    """Let it rest."""
    return await _act(request, schedule_id, schedules, schedules.pause)


@post("/schedules/{schedule_id:str}/resume", guards=[signed_in(WRITE)])
async def resume_from_page(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> Redirect:
    """Let it go on."""
    return await _act(request, schedule_id, schedules, schedules.resume)


@post("/schedules/{schedule_id:str}/remove", guards=[signed_in(WRITE)])
async def remove_from_page(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> Redirect:
    """Remove it."""
    return await _act(request, schedule_id, schedules, schedules.delete)


@get("/admin/schedules", guards=[signed_in(ADMIN)])
async def all_schedules_page(request: ApiRequest, schedules: Service[Schedules]) -> Template:
    """List the newest schedules of all owners, without what they are called."""
    found = await schedules.newest(_OPERATORS_SEE)
    return page(
        request,
        "admin_schedules.html",
        here="admin",
        section="schedules",
        schedules=await schedules.shown(found),
        most=_OPERATORS_SEE,
        times_of=times_of,
        outcome_of=outcome_of,
        format_name=format_name,
    )


HANDLERS = [
    schedules_page,
    repeat_export,
    run_from_page,
    pause_from_page,
    resume_from_page,
    remove_from_page,
    all_schedules_page,
]
"""What the site has of schedules."""
