"""An OTLP/HTTP collector for tests: keeps the spans that come, and shows traces as trees."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.loopback_server import LoopbackServer, http_server


class Span(NamedTuple):
    """One span, as it came."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    """Empty: it begins a trace."""
    links: list[tuple[str, str]]
    """The ids of the traces and spans that it is linked to."""
    attributes: dict[str, Any]
    start: int
    end: int
    """In nanoseconds since 1970."""
    is_error: bool
    raw: str
    """All that came of it, as text."""


class Collector(LoopbackServer):
    """An HTTP server on a free port that takes traces at `/v1/traces`."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        """Call `before` once a request is there, before it is answered."""
        self.requests = 0
        self._spans: list[Span] = []
        self._lock = threading.Lock()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests += 1
                before()
                collector._take(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                with suppress(ConnectionError):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/x-protobuf")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(http_server(Handler))
        self.endpoint = f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What makes a service send its traces here, each soon after it ended."""
        return {
            "EXPORT_TRACES": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }

    @property
    def spans(self) -> list[Span]:
        """All that came."""
        with self._lock:
            return list(self._spans)

    def of_job(self, job_id: str) -> list[Span]:
        """The spans of the traces in which the job is named."""
        spans = self.spans
        traces = {span.trace_id for span in spans if span.attributes.get("export.job_id") == job_id}
        return [span for span in spans if span.trace_id in traces]

    def _take(self, body: bytes) -> None:
        found = list(_read(body))
        with self._lock:
            self._spans += found


def roots(spans: list[Span]) -> list[Span]:
    """Those that are neither below nor linked to another one of them."""
    known = {(span.trace_id, span.span_id) for span in spans}

    def stands_alone(span: Span) -> bool:
        below = span.parent_id and (span.trace_id, span.parent_id) in known
        return not below and not any(link in known for link in span.links)

    return [span for span in spans if stands_alone(span)]


def tree(spans: list[Span]) -> str:
    """The spans as a tree of lines, each below its parent or what it is linked to."""
    known = {(span.trace_id, span.span_id) for span in spans}
    below: dict[tuple[str, str] | None, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.start):
        parent = (span.trace_id, span.parent_id)
        linked = next((link for link in span.links if link in known), None)
        below.setdefault(parent if parent in known else linked, []).append(span)

    def lines(parent: tuple[str, str] | None, depth: int) -> Iterator[str]:
        for span in below.get(parent, []):
            arrow = "~> " if parent and not span.parent_id else ""
            milliseconds = (span.end - span.start) / 1e6
            told = {
                name.removeprefix("export."): value
                for name, value in span.attributes.items()
                if name in {"export.items", "export.bytes", "export.format", "export.attempt"}
            }
            notes = "".join(f" {name}={value}" for name, value in sorted(told.items()))
            yield f"{'  ' * depth}{arrow}{span.name}  {milliseconds:.1f} ms  {span.service}{notes}"
            yield from lines((span.trace_id, span.span_id), depth + 1)

    return "\n".join(lines(None, 0))


def _read(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        of_process = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    of_process["service.name"],
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    _attributes(span.attributes),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    f"{resource.resource}{span}",
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
