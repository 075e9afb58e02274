"""Exports that recur: an owner's schedules."""

from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from activities.model.problems import (
    CONTENT_ENCODED,
    ERASURE_IN_PROGRESS,
    INVALID_FORMAT,
    NOT_FOUND,
    NOT_JSON,
    TOO_LARGE,
    TOO_MANY_SCHEDULES,
)
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ, WRITE
from web.http.schedule_body import ScheduleBody
from web.http.urls import base_url
from web.routes.openapi_examples import SCHEDULE, example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.schedules import (
    ScheduleChange,
    ScheduleList,
    ScheduleRequest,
    ScheduleResponse,
)
from web.services.injection import Service
from web.services.schedules import Schedules

_PATH = "/api/export/schedules"
_SHOWN = [example("schedule", "Each working day", SCHEDULE)]
_ANY_BODY = (*ANY_CALL, INVALID_FORMAT, TOO_LARGE, NOT_JSON, CONTENT_ENCODED)


@post(
    "/",
    guards=[requires(WRITE)],
    dto=ScheduleBody[ScheduleRequest],
    return_dto=None,
    opt={"operation": "schedule"},
    summary="Make a schedule",
    responses=responses(201, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*_ANY_BODY, TOO_MANY_SCHEDULES, ERASURE_IN_PROGRESS),
)
async def create_schedule(
    request: ApiRequest,
    schedules: Service[Schedules],
    data: Annotated[
        ScheduleRequest,
        Body(
            examples=[
                Example(
                    value={
                        "name": "What is new, each working day",
                        "cron": "0 6 * * mon-fri",
                        "time_zone": "Europe/Berlin",
                        "export": {"format": "pdf", "filters": {"content_types": ["study_guide"]}},
                        "only_changed": True,
                        "overlap": "skip",
                    }
                )
            ]
        ),
    ],
) -> Response[ScheduleResponse]:
    """Let a bulk export be made again and again: at most 20 schedules an owner."""
    schedule = await schedules.create(request.user, data)
    location = f"{base_url(request)}{_PATH}/{schedule.schedule_id}"
    return Response(
        await schedules.response(schedule), status_code=201, headers={"Location": location}
    )


@get(
    "/",
    guards=[requires(READ)],
    summary="List the caller's schedules",
    responses=responses(
        200, ScheduleList, "All of them.", [example("list", "One", ScheduleList([SCHEDULE]))]
    )
    | problems(*ANY_CALL),
)
async def list_schedules(request: ApiRequest, schedules: Service[Schedules]) -> ScheduleList:
    """List all schedules, the newest first."""
    found = await schedules.all_of(request.user.owner_id)
    return ScheduleList([shown for _, shown in await schedules.shown(found)])


@get(
    "/{schedule_id:str}",
    guards=[requires(READ)],
    summary="Read a schedule",
    responses=responses(200, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def get_schedule(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> ScheduleResponse:
    """Read a schedule: when it is due next, and what became of its last runs."""
    return await schedules.response(await schedules.of_caller(request.user, schedule_id))


@patch(
    "/{schedule_id:str}",
    guards=[requires(WRITE)],
    dto=ScheduleBody[ScheduleChange],
    return_dto=None,
    summary="Change a schedule",
    responses=responses(200, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*_ANY_BODY, NOT_FOUND),
)
async def change_schedule(
    request: ApiRequest,
    schedule_id: FromPath[str],
    schedules: Service[Schedules],
    data: Annotated[
        ScheduleChange, Body(examples=[Example(value={"every": "PT6H", "overlap": "queue"})])
    ],
) -> ScheduleResponse:
    """Change what is given. Giving `cron` replaces `every`, and the other way round."""
    return await schedules.response(await schedules.change(request.user, schedule_id, data))


@delete(
    "/{schedule_id:str}",
    guards=[requires(WRITE)],
    summary="Remove a schedule",
    responses=problems(*ANY_CALL, NOT_FOUND),
)
async def delete_schedule(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> None:
    """Remove a schedule. Exports that it made stay."""
    await schedules.delete(await schedules.of_caller(request.user, schedule_id))


@post(
    "/{schedule_id:str}/run",
    guards=[requires(WRITE)],
    status_code=202,
    summary="Run a schedule now",
    responses=responses(202, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def run_schedule(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> ScheduleResponse:
    """Run a schedule beside its times, also while it is paused; `last_jobs` begins with the run."""
    schedule = await schedules.of_caller(request.user, schedule_id)
    await schedules.run(schedule)
    return await schedules.response(schedule)


@post(
    "/{schedule_id:str}/pause",
    guards=[requires(WRITE)],
    status_code=200,
    summary="Pause a schedule",
    responses=responses(200, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def pause_schedule(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> ScheduleResponse:
    """Let no run begin by itself until the schedule is resumed."""
    await schedules.pause(await schedules.of_caller(request.user, schedule_id))
    return await schedules.response(await schedules.of_caller(request.user, schedule_id))


@post(
    "/{schedule_id:str}/resume",
    guards=[requires(WRITE)],
    status_code=200,
    summary="Resume a schedule",
    responses=responses(200, ScheduleResponse, "The schedule.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def resume_schedule(
    request: ApiRequest, schedule_id: FromPath[str], schedules: Service[Schedules]
) -> ScheduleResponse:
    """Let runs begin again at their times; those of the pause are not made up for."""
    await schedules.resume(await schedules.of_caller(request.user, schedule_id))
    return await schedules.response(await schedules.of_caller(request.user, schedule_id))


ROUTES = Router(
    _PATH,
    route_handlers=[
        create_schedule,
        list_schedules,
        get_schedule,
        change_schedule,
        delete_schedule,
        run_schedule,
        pause_schedule,
        resume_schedule,
    ],
    tags=["schedules"],
    security=[{"bearer": []}],
)
