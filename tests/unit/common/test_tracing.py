"""Traces that are off cost nothing, and those that are on hold what was asked for."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from activities.common import tracing
from activities.common.spans import Spans, span_context
from activities.settings import Settings, SettingsError, begin_traces
from activities.temporal.trace_interceptor import TraceInterceptor
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


@pytest.mark.parametrize(
    "variable", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]
)
@pytest.mark.parametrize(
    "told", ["Authorization: Bearer s3cret", "x-tenant=1,s3cret", "a b=s3cret"]
)
def test_a_header_that_is_none_is_refused_and_never_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, told: str
) -> None:
    monkeypatch.setenv(variable, told)
    with pytest.raises(SettingsError, match=f"^{variable}: give name=value") as refused:
        begin_traces(Settings(traces=True), "export-api", "api")
    assert "s3cret" not in str(refused.value) + caplog.text


def test_headers_are_taken_as_they_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "authorization=Bearer%20a=b, x-tenant = 1 ,,y=Basic c2VjcmV0"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", told)
    Spans("export-api", "api", statements=False)


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


@pytest.fixture
def sampled(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Spans, Collector]]:
    """Spans with a sampler, and who collects them."""
    with Collector() as collector:
        sampler, argument = request.param
        variables = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument}
        for name, value in (collector.variables | variables).items():
            monkeypatch.setenv(name, value)
        yield Spans("export-worker", "io", statements=False), collector


_IN_PARTS = ["parentbased_traceidratio", "traceidratio"]


@pytest.mark.parametrize("sampled", [(each, "0.3") for each in _IN_PARTS], indirect=True)
def test_of_runs_that_begin_a_trace_as_many_are_recorded_as_of_requests(
    sampled: tuple[Spans, Collector],
) -> None:
    spans, collector = sampled
    interceptor = TraceInterceptor(spans)
    for _ in range(200):
        with spans.within(interceptor.traceparent_of(str(uuid4()))), spans.span("StartActivity"):
            pass
    spans.flush()
    assert 30 < len(collector.spans) < 90


@pytest.mark.parametrize("sampled", [("always_on", "")], indirect=True)
def test_below_what_is_dropped_nothing_is_recorded(sampled: tuple[Spans, Collector]) -> None:
    spans, collector = sampled
    with spans.span("looks for work"), spans.span("StartWorkflow"):
        pass
    with spans.root("Run"), spans.span("StartWorkflow"):
        pass
    spans.flush()
    assert {span.name for span in collector.spans} == {"Run", "StartWorkflow"}
    assert len(collector.spans) == 2


@pytest.mark.parametrize(
    "told",
    [
        "",
        "00",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" * 1_000,
        "00-" + "a" * 30_000,
        "\x00\u20ac-\n",
    ],
)
def test_a_context_that_is_none_is_no_link(told: str) -> None:
    assert span_context(told) is None
