"""Traces of requests and of the exports that they create, where they are on.

They are off unless a process calls `begin`. While they are off nothing of OpenTelemetry is
imported, and what is asked for here costs a comparison. The trace context of a job is kept as W3C's
`traceparent` (https://www.w3.org/TR/trace-context/).
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx import AsyncClient
    from sqlalchemy import Engine

    from activities.common.spans import Spans

Attribute = str | int | float | bool

_spans: "Spans | None" = None


def begin(service: str, roles: str, *, statements: bool = False) -> "Spans":
    """Switch traces on for the rest of this process.

    Where they go, and how many, is said by OpenTelemetry's own variables
    (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).

    Args:
        service: `service.name`, unless `OTEL_SERVICE_NAME` says another.
        roles: what the process does, told as `export.roles`.
        statements: True if statements of the database are spans as well.

    Raises:
        ValueError: the variables ask for a protocol that is not HTTP with protobuf, or for headers
            that are none.
    """
    global _spans
    from activities.common.spans import Spans

    if _spans is None:
        _spans = Spans(service, roles, statements=statements)
    return _spans


def spans() -> "Spans | None":
    """What makes spans; None where traces are off."""
    return _spans


def end() -> None:
    """Send what has not been sent, for at most two seconds; a process that ends calls it."""
    if _spans is not None:
        _spans.flush()


def ids() -> dict[str, str]:
    """`trace_id` and `span_id` of what is going on, in hex, for logs; none outside of a trace."""
    return _spans.ids() if _spans is not None else {}


def traceparent() -> str | None:
    """The trace context of what is going on; None outside of a trace that is recorded."""
    return _spans.traceparent() if _spans is not None else None


def note(**attributes: Attribute) -> None:
    """Tell these of what is going on, as `export.<name>`: ids and counts, never content."""
    if _spans is not None:
        _spans.note(attributes)


def name_route(method: str, template: str) -> None:
    """Name the request that is handled after the path of its handler, without what it fills in."""
    if _spans is not None:
        _spans.name_route(method, template)


def link(parent: str | None) -> None:
    """Link what is going on to what happened in this trace context."""
    if _spans is not None and parent is not None:
        _spans.link(parent)


def span(name: str) -> AbstractContextManager[object]:
    """A span within what is going on, for as long as the block takes."""
    return _spans.span(name) if _spans is not None else nullcontext()


def root(name: str) -> AbstractContextManager[object]:
    """A span of a trace of its own, for what no request asked for."""
    return _spans.root(name) if _spans is not None else nullcontext()


def within(parent: str | None) -> AbstractContextManager[object]:
    """Within the block, what goes on belongs to this trace context; None: to no trace."""
    return _spans.within(parent) if _spans is not None else nullcontext()


def trace_engine(engine: "Engine") -> None:
    """Have a span for each statement on this engine within a trace, where they are asked for."""
    if _spans is not None:
        _spans.trace_engine(engine)


def trace_client(client: "AsyncClient") -> None:
    """Have a span for each request of this client, which tells the trace to whom it calls."""
    if _spans is not None:
        _spans.trace_client(client)
