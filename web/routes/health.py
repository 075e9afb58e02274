"""The routes that say if this process is alive, and if it can do its work."""

from typing import Literal

import msgspec
from litestar import Response, Router, get

from web.routes.openapi_examples import example
from web.routes.responses import responses
from web.services.health_checks import COMPONENTS, HealthChecks, State
from web.services.injection import Service


class Liveness(msgspec.Struct, frozen=True):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """The state of each component that an export needs."""

    status: State
    components: dict[str, State]


_UNAVAILABLE = Readiness(
    "unavailable", {"database": "ok", "storage": "ok", "content": "ok", "temporal": "unavailable"}
)


@get(
    "/live",
    sync_to_thread=False,
    summary="Is the process alive?",
    responses=responses(200, Liveness, "It is.", [example("alive", "Alive", Liveness())]),
)
def live() -> Liveness:
    """Respond, which is all that liveness needs."""
    return Liveness()


@get(
    "/ready",
    summary="Can exports be made?",
    responses=responses(
        200,
        Readiness,
        "They can.",
        [example("ready", "Ready", Readiness("ok", dict.fromkeys(COMPONENTS, "ok")))],
    )
    | responses(
        503, Readiness, "They cannot for now.", [example("away", "Temporal is away", _UNAVAILABLE)]
    ),
)
async def ready(health_checks: Service[HealthChecks]) -> Response[Readiness]:
    """Check database, storage, content and Temporal: 200 when all respond, else 503."""
    components = await health_checks.states()
    healthy = all(state == "ok" for state in components.values())
    return Response(
        Readiness("ok" if healthy else "unavailable", components),
        status_code=200 if healthy else 503,
    )


ROUTES = Router("/health", route_handlers=[live, ready], tags=["operations"])
