"""Traces that are off cost nothing, and those that are on hold what was asked for."""

import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from activities.common import tracing
from activities.common.spans import Spans
from activities.settings import Settings, SettingsError, begin_traces
from tests.collector import Collector

_MODULES = "activities.worker, activities.temporal.client, web.__main__, web.app"


def test_where_traces_are_off_nothing_of_opentelemetry_is_imported() -> None:
    code = (
        f"import sys, {_MODULES}\n"
        "from activities.settings import Settings, begin_traces\n"
        "begin_traces(Settings(), 'export-api', 'api')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_where_traces_are_off_there_are_no_ids_and_no_context() -> None:
    assert tracing.spans() is None
    assert tracing.ids() == {}
    assert tracing.traceparent() is None
    tracing.note(items=1)
    tracing.link("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    with tracing.span("x"), tracing.root("y"), tracing.within(None):
        assert tracing.traceparent() is None
    tracing.end()


def test_another_protocol_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent by"):
        begin_traces(Settings(traces=True), "export-api", "api")


@pytest.mark.parametrize(("asked", "seen"), [(False, []), (True, ["SELECT"])])
def test_statements_are_in_a_trace_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: bool, seen: list[str]
) -> None:
    with Collector() as collector:
        for name, value in collector.variables.items():
            monkeypatch.setenv(name, value)
        spans = Spans("export-api", "api", statements=asked)
        engine = create_engine("sqlite://")
        spans.trace_engine(engine)
        with spans.root("Run"), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
        spans.flush()
        assert [span.name for span in collector.spans] == [*seen, "Run"]
