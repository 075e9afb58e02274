"""Whether this process is alive, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

import msgspec
from litestar import Response, Router, get
from sqlalchemy import text

from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.temporal import client as temporal
from web.auth.guards import ApiRequest
from web.routes.openapi_examples import example
from web.routes.responses import answers
from web.services.resources import Resources

logger = get_logger(__name__)

_CHECK_SECONDS = 3.0

_COMPONENTS = ("database", "storage", "content", "temporal")

State = Literal["ok", "unavailable"]


class Liveness(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """Whether everything that an export needs can be reached."""

    status: State
    components: dict[str, State]


_AWAY = Readiness(
    "unavailable", {"database": "ok", "storage": "ok", "content": "ok", "temporal": "unavailable"}
)


@get(
    "/live",
    sync_to_thread=False,
    summary="Is the process alive?",
    responses=answers(200, Liveness, "It is.", [example("alive", "Alive", Liveness())]),
)
def live() -> Liveness:
    """Answer, which is all that is asked."""
    return Liveness()


@get(
    "/ready",
    summary="Can exports be made?",
    responses=answers(
        200,
        Readiness,
        "They can.",
        [example("ready", "Ready", Readiness("ok", dict.fromkeys(_COMPONENTS, "ok")))],
    )
    | answers(503, Readiness, "They cannot for now.", [example("away", "Temporal is away", _AWAY)]),
)
async def ready(request: ApiRequest) -> Response[Readiness]:
    """Check database, storage, content and Temporal: 200 when all answer, else 503."""
    resources: Resources = request.app.state.resources
    checks: tuple[Awaitable[None], ...] = (
        _check_database(resources),
        resources.storage.check(),
        resources.content.check(),
        temporal.check(resources.temporal),
    )
    states = await asyncio.gather(*map(_state, _COMPONENTS, checks))
    components = dict(zip(_COMPONENTS, states, strict=True))
    healthy = all(state == "ok" for state in states)
    return Response(
        Readiness("ok" if healthy else "unavailable", components),
        status_code=200 if healthy else 503,
        headers={"Cache-Control": "no-store"},
    )


async def _state(name: str, check: Awaitable[None]) -> State:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the component is not usable
        logger.warning("not ready", component=name, cause=format_traceback(error))
        return "unavailable"
    return "ok"


async def _check_database(resources: Resources) -> None:
    query = text("SELECT 1 FROM export_job LIMIT 1")
    await resources.database.run(lambda connection: connection.execute(query).all())


ROUTES = Router("/health", route_handlers=[live, ready], tags=["operations"])
