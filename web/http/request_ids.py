"""The id of each request: the caller's `X-Request-ID`, or one of ours.

It is in the response, in every line that is logged for the request, in the audit log, and in what
workers log about an export that the request created.
"""

import re
from uuid import uuid4

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from activities.common import tracing

_HEADER = "X-Request-ID"
# Ids of tracers, proxies and UUIDs look like this; tokens and signatures have dots or are longer.
_USABLE = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)


def request_id(scope: Scope) -> str:
    """Return the id of a request that came through `with_request_ids`."""
    found: str = scope["state"]["request_id"]
    return found


def choose_request_id(scope: Scope | None) -> str:
    """Return the id of a request that may not have come through it, or of none at all."""
    if scope is None:
        return str(uuid4())
    given = Headers.from_scope(scope).get(_HEADER, "")
    return given if _USABLE.fullmatch(given) else str(uuid4())


def with_request_ids(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that each request has its id before anything can refuse it.

    A middleware of Litestar would come too late: it runs once a route has been found.
    """

    async def identified(scope: Scope, receive: Receive, send: Send) -> None:
        found = choose_request_id(scope)
        scope["state"]["request_id"] = found
        clear_contextvars()
        bind_contextvars(request_id=found, **tracing.ids())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                MutableScopeHeaders.from_message(message)[_HEADER] = found
            await send(message)

        await app(scope, receive, send_with_id)

    return identified
