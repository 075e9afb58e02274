"""The span of each request; imported where traces are on."""

from typing import Any, cast

from litestar.datastructures import Headers
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider

from activities.common import tracing
from activities.common.spans import Spans
from web.http.listeners import is_internal

_REQUEST = "export.request"


def with_request_spans(app: ASGIApp, spans: Spans, prefix: str) -> ASGIApp:
    """Wrap an application so that each request is a span, other than those of probes.

    The instrumentation is told the method alone: the rest of a request has owners, codes and
    signatures in it. A caller's own trace context becomes a link, never the parent: anybody could
    have any number of traces recorded, or put spans into the trace of somebody else.

    Args:
        app: the application.
        spans: makes the spans.
        prefix: what stands before each path, see `with_paths`.
    """

    async def whole(told: Any, receive: Receive, send: Send) -> None:
        scope = cast("Scope", told[_REQUEST])
        tracing.link(Headers.from_scope(scope).get("traceparent"))
        await app(scope, receive, send)

    middleware: Any = OpenTelemetryMiddleware(
        whole,
        tracer_provider=spans.provider,
        meter_provider=NoOpMeterProvider(),
        exclude_spans=["receive", "send"],
    )

    async def traced(scope: Scope, receive: Receive, send: Send) -> None:
        if is_internal(scope["path"].removeprefix(prefix)):
            await app(scope, receive, send)
            return
        method = cast("HTTPScope", scope)["method"]
        told: dict[str, Any] = {"type": "http", "method": method, "headers": [], _REQUEST: scope}
        await middleware(told, receive, send)

    return traced
