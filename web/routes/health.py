"""The routes that say if this process is alive, and if it can do its work."""

from typing import Literal

import msgspec
from litestar import Response, Router, get

from activities.common.database_faults import SENTENCES
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
    """`degraded`: exports are accepted and wait, since the content source or Temporal is away; or,
    with storage `full`, none is accepted, while finished ones can be had."""
    components: dict[str, State]
    details: dict[str, str]
    """What is wrong, of each component that is not `ok`, and of a `process` that is stopping."""


def _example(
    status: Literal["ok", "degraded", "unavailable"], **details: tuple[State, str]
) -> Readiness:
    states = {name: state for name, (state, _) in details.items()}
    return Readiness(
        status,
        {**dict.fromkeys(COMPONENTS, _OK), **states},
        {name: detail for name, (_, detail) in details.items()},
    )


_OK: State = "ok"
_DEGRADED = _example("degraded", temporal=("unavailable", "Temporal does not respond."))
_FULL = _example("degraded", storage=("full", "3 MiB are free; an export needs 16 MiB."))
_STOPPING = Readiness("unavailable", dict.fromkeys(COMPONENTS, _OK), {"process": "It is stopping."})
_UNAVAILABLE = _example("unavailable", database=("unavailable", SENTENCES["locked"]))


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
            example("ready", "Ready", _example("ok")),
            example("waiting", "Temporal is away, exports wait", _DEGRADED),
            example("full", "There is no room for another export", _FULL),
        ],
    )
    | responses(
        503,
        Readiness,
        "They are not for now.",
        [
            example("away", "Rows cannot be written", _UNAVAILABLE),
            example("stopping", "The process is stopping", _STOPPING),
        ],
    ),
)
async def ready(health_checks: Service[HealthChecks]) -> Response[Readiness]:
    """Check database, storage, content and Temporal.

    200 as long as rows can be written and storage responds: what is accepted then is kept, and made
    once the content source and Temporal respond. So is a process whose storage is full, which
    refuses new exports and sends the files that there are. Else 503, as from a process that is
    stopping.
    """
    found = await health_checks.states()
    components = {name: each.state for name, each in found.items()}
    details = {name: each.detail for name, each in found.items() if each.detail}
    if health_checks.is_leaving:
        details["process"] = "It is stopping."
    if health_checks.is_leaving or any(components[name] == "unavailable" for name in NEEDED):
        return Response(Readiness("unavailable", components, details), status_code=503)
    whole = all(state == "ok" for state in components.values())
    return Response(Readiness("ok" if whole else "degraded", components, details))


ROUTES = Router("/health", route_handlers=[live, ready], tags=["operations"])
