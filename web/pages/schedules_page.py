"""The pages on which exports that recur are made, watched, paused, run and removed."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import Provide
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.automation.schedules import Outcome, Schedule
from web.auth.guards import ApiRequest
from web.auth.tokens import ADMIN, READ, WRITE
from web.http.problems import FieldError, ProblemError, invalid
from web.pages.fields import Fields
from web.pages.jobs_shown import format_name
from web.pages.new_export_form import Choices, NewExportForm, known_formats, new_export_form
from web.pages.page import page
from web.pages.repeats import CRON_DAYS, REPEATS
from web.pages.session import read_form, signed_in
from web.pages.wording import STATUS_LABELS
from web.schemas.requests import BulkExportRequest
from web.schemas.schedules import ScheduleRequest, ScheduleResponse, ScheduleRun
from web.services.injection import Service
from web.services.schedules import Schedules

_FORM = {"form": Provide(new_export_form, sync_to_thread=False)}
_MAX_FORM_BYTES = 512 * 1024
_OUTCOMES = {
    Outcome.LOOKING: "Looking for changes",
    Outcome.DUE: "Waiting to begin",
    Outcome.STARTED: "Exported",
    Outcome.SKIPPED: "Skipped",
    Outcome.MISSED: "Missed",
    Outcome.NOTHING_NEW: "Nothing new",
    Outcome.FAILED: "Not exported",
}
_OPERATORS_SEE = 100


def outcome_of(run: ScheduleRun) -> str:
    """What became of a run, in words."""
    if run.outcome is Outcome.STARTED and run.status is not None:
        return STATUS_LABELS[run.status]
    return _OUTCOMES[run.outcome]


def times_of(schedule: ScheduleResponse) -> str:
    """When a schedule is due, in words where there are some."""
    if schedule.cron is None:
        return f"Every {schedule.every}"
    minute, hour, *days = schedule.cron.split()
    named = next((name for name, cron in CRON_DAYS.items() if cron.split() == days), None)
    if named is None or not (minute.isdecimal() and hour.isdecimal()):
        return f"{schedule.cron} ({schedule.time_zone})"
    return f"{REPEATS[named]} at {int(hour)}:{int(minute):02} ({schedule.time_zone})"


@get("/schedules", guards=[signed_in(READ)])
async def schedules_page(request: ApiRequest, schedules: Service[Schedules]) -> Template:
    """List the caller's schedules, with their next and last runs."""
    found = await schedules.all_of(request.user.owner_id)
    return page(
        request,
        "schedules.html",
        here="schedules",
        schedules=[await schedules.response(each) for each in found],
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
    kept = Choices(fields.every("item"), formats=known_formats(fields))
    try:
        kept = await form.choices(request.user, fields)
        await schedules.create(request.user, _schedule(fields, kept))
    except ProblemError as error:
        return await form.page(request, kept, error)
    return Redirect("/schedules", status_code=303)


def _schedule(fields: Fields, choices: Choices) -> ScheduleRequest:
    if not choices.formats:
        raise invalid([FieldError("Choose at least one format.")])
    chosen: dict[str, Any] = (
        {"formats": choices.formats} if len(choices.formats) > 1 else {"format": choices.formats[0]}
    )
    hour, colon, minute = fields.one("repeat_at").partition(":")
    days = CRON_DAYS.get(fields.one("repeat"))
    if not (colon and days and hour.isdecimal() and minute[:2].isdecimal()):
        raise invalid([FieldError("Say how often and at what time the export is repeated.")])
    return ScheduleRequest(
        name=fields.one("repeat_name")[:200] or "Repeated export",
        cron=f"{int(minute[:2])} {int(hour)} {days}",
        time_zone=fields.one("repeat_zone")[:64] or "UTC",
        export=BulkExportRequest(**chosen, **msgspec.structs.asdict(choices.options)),
        only_changed=bool(fields.one("repeat_only_changed")),
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
        schedules=[(each, await schedules.response(each)) for each in found],
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
