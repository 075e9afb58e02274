"""Spans by OpenTelemetry's SDK, sent over OTLP/HTTP; imported by `tracing` where traces are on."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from httpx import AsyncClient
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_SERVICE_NAME,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanContext, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers
from sqlalchemy import Engine

from activities.common.span_export import PrivateExporter
from activities.common.span_sampling import NoStrays

_PROTOCOL = "http/protobuf"
_FLUSH_SECONDS = 2.0
_PROPAGATOR = TraceContextTextMapPropagator()
# Of spans that must be the same however often a workflow is replayed.
_GIVEN_IDS: ContextVar[tuple[int, int] | None] = ContextVar("given span ids", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, unless the ids of a span are given."""

    def generate_trace_id(self) -> int:
        given = _GIVEN_IDS.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = _GIVEN_IDS.get()
        return given[1] if given else super().generate_span_id()


@contextmanager
def given_ids(trace_id: int, span_id: int) -> Iterator[None]:
    """A span that begins in the block has these ids, the trace id if it has no parent."""
    token = _GIVEN_IDS.set((trace_id, span_id))
    try:
        yield
    finally:
        _GIVEN_IDS.reset(token)


class Spans:
    """Makes the spans of one process, and sends them from a thread of its own.

    At most `OTEL_BSP_MAX_QUEUE_SIZE` wait for a collector that is slow or away; what comes on top
    is dropped, so that no export waits for it.

    Attributes:
        provider: for libraries that make spans themselves.
        tracer: makes spans.
    """

    def __init__(self, service: str, roles: str, *, statements: bool) -> None:
        """See `tracing.begin`.

        Raises:
            ValueError: the environment asks for another protocol, or for headers that are none.
        """
        _check_headers()
        for variable in (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL):
            if os.environ.get(variable, "") not in {"", _PROTOCOL}:
                raise ValueError(f"{variable}: traces are sent by {_PROTOCOL} alone")
        attributes: dict[str, str] = {"export.roles": roles}
        if not os.environ.get(OTEL_SERVICE_NAME):
            attributes["service.name"] = service
        self.provider = TracerProvider(
            resource=Resource.create(attributes), id_generator=_Ids(), shutdown_on_exit=False
        )
        self.provider.sampler = NoStrays(self.provider.sampler)
        self._processor = BatchSpanProcessor(PrivateExporter(OTLPSpanExporter()))
        self.provider.add_span_processor(self._processor)
        self.tracer = self.provider.get_tracer("export-service")
        self._statements = statements

    def flush(self) -> None:
        """See `tracing.end`: a collector that hangs would hold the process otherwise."""
        flushing = threading.Thread(target=self._processor.force_flush, daemon=True)
        flushing.start()
        flushing.join(_FLUSH_SECONDS)

    def ids(self) -> dict[str, str]:
        """See `tracing.ids`."""
        current = trace.get_current_span().get_span_context()
        if not current.is_valid:
            return {}
        return {
            "trace_id": trace.format_trace_id(current.trace_id),
            "span_id": trace.format_span_id(current.span_id),
        }

    def samples(self, trace_id: int) -> bool:
        """True if a trace with this id is recorded that begins here."""
        asked = self.provider.sampler.should_sample(
            otel_context.Context(), trace_id, "", SpanKind.SERVER
        )
        return asked.decision is Decision.RECORD_AND_SAMPLE

    def traceparent(self) -> str | None:
        """See `tracing.traceparent`."""
        if not trace.get_current_span().is_recording():
            return None
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent")

    def note(self, attributes: Mapping[str, str | int | float | bool]) -> None:
        """See `tracing.note`."""
        trace.get_current_span().set_attributes(
            {f"export.{name}": value for name, value in attributes.items()}
        )

    def name_route(self, method: str, template: str) -> None:
        """See `tracing.name_route`."""
        current = trace.get_current_span()
        current.update_name(f"{method} {template}")
        current.set_attribute("http.route", template)

    def link(self, parent: str) -> None:
        """See `tracing.link`."""
        linked = span_context(parent)
        if linked is not None:
            trace.get_current_span().add_link(linked)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """See `tracing.span`."""
        with self.tracer.start_as_current_span(name):
            yield

    @contextmanager
    def root(self, name: str) -> Iterator[None]:
        """See `tracing.root`."""
        with self.tracer.start_as_current_span(
            name, context=otel_context.Context(), kind=SpanKind.CONSUMER
        ):
            yield

    @contextmanager
    def within(self, parent: str | None) -> Iterator[None]:
        """See `tracing.within`."""
        carrier = {} if parent is None else {"traceparent": parent}
        token = otel_context.attach(_PROPAGATOR.extract(carrier, otel_context.Context()))
        try:
            yield
        finally:
            otel_context.detach(token)

    def trace_engine(self, engine: Engine) -> None:
        """See `tracing.trace_engine`."""
        if not self._statements:
            return
        from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
        from opentelemetry.metrics import NoOpMeterProvider

        usage = NoOpMeterProvider().get_meter(__name__).create_up_down_counter("connections")
        make: Callable[..., object] = EngineTracer
        make(self.provider.get_tracer("sqlalchemy"), engine, usage)

    def trace_client(self, client: AsyncClient) -> None:
        """See `tracing.trace_client`."""
        HTTPXClientInstrumentor.instrument_client(client, tracer_provider=self.provider)


def _check_headers() -> None:
    """Refuse headers that OpenTelemetry leaves out, with a line that holds them: they are secrets.

    Raises:
        ValueError: one of them is none.
    """
    logging.getLogger("opentelemetry.util.re").disabled = True
    for variable in (OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_TRACES_HEADERS):
        parts = [part for part in os.environ.get(variable, "").split(",") if part.strip()]
        if not all(parse_env_headers(part, liberal=True) for part in parts):
            raise ValueError(f"{variable}: give name=value, several with commas between them")


def span_context(parent: str) -> SpanContext | None:
    """The context that a `traceparent` names; None when it names none."""
    found = _PROPAGATOR.extract({"traceparent": parent}, otel_context.Context())
    read = trace.get_current_span(found).get_span_context()
    return read if read.is_valid else None
