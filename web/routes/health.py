"""The routes that say if this process is alive, and if it can do its work."""

from typing import Literal

import msgspec
from litestar import Response, Router, get

from web.routes.openapi_examples import example
from web.routes.responses import responses
from web.services.health_checks import COMPONENTS, NEEDED, HealthChecks, State
from web.services.injection import Service


class Liveness(msgspec.Struct, frozen=True):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """The state of each component that an export needs."""

    status: Literal["ok", "degraded", "unavailable"]
    """`degraded`: exports are accepted and wait, since the content source or Temporal is away."""
    components: dict[str, State]


_DEGRADED = Readiness("degraded", {**dict.fromkeys(COMPONENTS, "ok"), "temporal": "unavailable"})
_UNAVAILABLE = Readiness(
    "unavailable", {**dict.fromkeys(COMPONENTS, "ok"), "database": "unavailable"}
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
    summary="Are exports accepted?",
    responses=responses(
        200,
        Readiness,
        "They are.",
        [
            example("ready", "Ready", Readiness("ok", dict.fromkeys(COMPONENTS, "ok"))),
            example("waiting", "Temporal is away, exports wait", _DEGRADED),
        ],
    )
    | responses(
        503,
        Readiness,
        "They are not for now.",
        [example("away", "Rows cannot be written", _UNAVAILABLE)],
    ),
)
async def ready(health_checks: Service[HealthChecks]) -> Response[Readiness]:
    """Check database, storage, content and Temporal.

    200 as long as rows can be written and storage responds: what is accepted then is kept, and made
    once the content source and Temporal respond. Else 503.
    """
    components = await health_checks.states()
    if not all(components[name] == "ok" for name in NEEDED):
        return Response(Readiness("unavailable", components), status_code=503)
    whole = all(state == "ok" for state in components.values())
    return Response(Readiness("ok" if whole else "degraded", components))


ROUTES = Router("/health", route_handlers=[live, ready], tags=["operations"])
