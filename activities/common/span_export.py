"""What of a span leaves the process: a list of what is known to hold no content and no secret."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

_OWN = "export."
_KEPT = frozenset(
    {
        "db.operation",
        "db.system",
        "error.type",
        "http.flavor",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "temporalActivityID",
        "temporalRunID",
        "temporalWorkflowID",
    }
)
_KEPT_OF_EVENTS = frozenset({"exception.type"})


class PrivateExporter(SpanExporter):
    """Hands spans on without messages, statements, addresses and whatever else libraries note.

    Messages of exceptions quote content, addresses hold owners, and queries hold signatures.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `SpanExporter.export`."""
        return self._exporter.export([_private(span) for span in spans])

    def shutdown(self) -> None:
        """See `SpanExporter.shutdown`."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See `SpanExporter.force_flush`."""
        return self._exporter.force_flush(timeout_millis)


def _private(span: ReadableSpan) -> ReadableSpan:
    attributes = dict[str, AttributeValue]()
    for key, value in (span.attributes or {}).items():
        if key in _KEPT or key.startswith(_OWN):
            attributes[key] = value
    name = span.name
    if "db.operation" in attributes:
        # It would name the database, which is a path.
        name = attributes["db.operation"] = str(attributes["db.operation"]).partition(" ")[0]
    return ReadableSpan(
        name=name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        events=[_private_event(event) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _private_event(event: Event) -> Event:
    kept = {key: value for key, value in (event.attributes or {}).items() if key in _KEPT_OF_EVENTS}
    return Event(event.name, kept, event.timestamp)
