"""The span of each request; imported where traces are on."""

from http import HTTPMethod, HTTPStatus
from typing import cast

from litestar.datastructures import Headers
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode

from activities.common import tracing
from activities.common.spans import Spans
from web.http.listeners import is_internal

_UNKNOWN_METHOD = "HTTP"


def with_request_spans(app: ASGIApp, spans: Spans, prefix: str) -> ASGIApp:
    """Wrap an application so that each request is a span, other than those of probes.

    Of a request it has the method, the route and the status: the rest has owners, codes and
    signatures in it. A caller's own trace context becomes a link, never the parent: anybody could
    have any number of traces recorded, or put spans into the trace of somebody else.

    Args:
        app: the application.
        spans: makes the spans.
        prefix: what stands before each path, see `with_paths`.
    """

    async def traced(scope: Scope, receive: Receive, send: Send) -> None:
        if is_internal(scope["path"].removeprefix(prefix)):
            await app(scope, receive, send)
            return
        method: str = cast("HTTPScope", scope)["method"]
        if method not in HTTPMethod.__members__:
            method = _UNKNOWN_METHOD
        with spans.tracer.start_as_current_span(
            method, Context(), SpanKind.SERVER, {"http.method": method}
        ) as span:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.status_code", status)
                    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            tracing.link(Headers.from_scope(scope).get("traceparent"))
            await app(scope, receive, noted)

    return traced
