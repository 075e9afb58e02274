"""Traces and encrypted payloads: one service with both, from the request to the download."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from activities.temporal.payload_codec import data_converter
from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.collector import Collector, Span, roots, tree
from tests.services.export.kit import bulk_ids, run_retention
from tests.waiting import eventually
from workflows.contracts import workflow_id
from workflows.export import ExportWorkflow

OLD, NEW = "a-key-that-was-used-before-the-one", "a-key-that-is-used-now-and-later"
UI = "https://temporal.example"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the service sends its traces."""
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    """A service that sends traces, and tells Temporal nothing that it could read."""
    settings = collector.variables | {
        "EXPORT_TRACES_SQL": "true",
        "EXPORT_PAYLOAD_SECRETS": f"{NEW},{OLD}",
        "EXPORT_CORS_ORIGINS": UI,
    }
    directory = tmp_path_factory.mktemp("observed")
    with Stack(directory, render_workers=1, settings=settings) as running:
        yield running


@pytest.fixture
def caller(observed: Stack) -> Iterator[ServiceClient]:
    """The first owner's view of it."""
    with ServiceClient(observed.api, observed.token) as running:
        yield running


def _exported(caller: ServiceClient, ids: list[str], format_id: str, **options: Any) -> str:
    """The id of a job that was completed and downloaded."""
    job = caller.wait(caller.export(ids, format_id, **options)["job_id"])
    assert job["status"] == "completed", job["error"]
    caller.download(job)
    return str(job["job_id"])


def _trace(collector: Collector, job_id: str) -> list[Span]:
    """All that is known of the job's trace once its download has come."""

    def whole() -> list[Span] | None:
        spans = collector.of_job(job_id)
        names = {span.name for span in spans}
        ended = {"GET /api/export/jobs/{job_id}/download", "CompleteWorkflow:Export"}
        return spans if ended <= names else None

    return eventually(whole, 20, otherwise=lambda: tree(collector.of_job(job_id)))


def _below(spans: list[Span], span: Span) -> list[str]:
    """The names on the way from a span up to the root."""
    by_id = {each.span_id: each for each in spans}
    names = []
    while span.parent_id in by_id:
        span = by_id[span.parent_id]
        names.append(span.name)
    return names


QUEUED = ("RunActivity:fetch", "RunActivity:render", "RunActivity:publish")
PATHS: dict[str, tuple[int, str, dict[str, Any], tuple[str, ...]]] = {
    "express": (1, "json", {}, ("RunActivity:express",)),
    "queued": (6, "pdf", {}, ("RunActivity:make", "RunActivity:publish")),
    "fan-out": (60, "docx", {}, (*QUEUED, "RunActivity:assemble")),
}


@pytest.mark.parametrize("path", PATHS)
def test_one_trace_leads_from_the_request_to_the_download(
    caller: ServiceClient, collector: Collector, path: str
) -> None:
    count, format_id, options, steps = PATHS[path]
    job_id = _exported(caller, bulk_ids(caller, count), format_id, **options)

    spans = _trace(collector, job_id)
    assert [span.name for span in roots(spans)] == ["POST /api/export"], tree(spans)
    names = [span.name for span in spans]
    for step in steps:
        assert step in names, tree(spans)
        [first, *_] = [span for span in spans if span.name == step]
        assert _below(spans, first)[-2:] == ["StartWorkflow:Export", "POST /api/export"]
    assert names.count("RunWorkflow:Export") == 1
    [render, *_] = [span for span in spans if span.name == "Render"]
    assert render.attributes["export.format"] == format_id
    assert {span.service for span in spans} == {"export-api", "export-worker"}
    assert any(span.attributes.get("db.operation") == "UPDATE" for span in spans)


def test_a_trace_holds_ids_and_counts_and_nothing_of_content_owner_or_caller(
    caller: ServiceClient, observed: Stack, collector: Collector
) -> None:
    job_id = _exported(caller, ["content-1"], "json")
    job = caller.job(job_id)
    with httpx.Client() as anybody:
        assert anybody.get(job["download_url"]).status_code == 200
        assert anybody.get(f"{observed.api}/s/a-code-of-a-share").status_code == 404
    signature = job["download_url"].partition("signature=")[2]
    _trace(collector, job_id)
    eventually(lambda: [span for span in collector.spans if span.attributes.get("http.route")])

    told = "\n".join(span.raw for span in collector.spans)
    for secret in ("teacher-1", "Photosynthesis", signature, observed.token, "a-code-of-a-share"):
        assert secret not in told
    assert "SELECT export_job" not in told
    assert str(observed.data_dir) not in told


def test_the_trace_of_a_caller_is_a_link_and_never_the_parent(
    caller: ServiceClient, collector: Collector
) -> None:
    caller.http.headers["traceparent"] = CALLER
    job_id = _exported(caller, ["content-2"], "txt")

    spans = _trace(collector, job_id)
    [post] = [span for span in spans if span.name == "POST /api/export"]
    assert post.links == [(CALLER.split("-")[1], CALLER.split("-")[2])]
    assert post.trace_id != CALLER.split("-")[1]
    assert not post.parent_id


def test_each_line_of_a_log_names_its_trace(
    caller: ServiceClient, observed: Stack, collector: Collector
) -> None:
    job_id = _exported(caller, ["content-1"], "json")

    trace_id = _trace(collector, job_id)[0].trace_id
    lines = [
        json.loads(line)
        for log in sorted((observed.data_dir / "logs").glob("*.log"))
        for line in log.read_text().splitlines()
        if job_id in line
    ]
    assert {line["message"] for line in lines} >= {"export accepted", "export completed"}
    assert {line["trace_id"] for line in lines} == {trace_id}
    known = {span.span_id for span in collector.of_job(job_id)}
    assert {line["span_id"] for line in lines} <= known


def _history(observed: Stack, job_id: str) -> WorkflowHistory:
    async def fetch() -> WorkflowHistory:
        client = await Client.connect(observed.info.temporal_address)
        return await client.get_workflow_handle(workflow_id(job_id)).fetch_history()

    return asyncio.run(fetch())


def _payloads(found: Any) -> Iterator[dict[str, Any]]:
    match found:
        case {"metadata": {"encoding": str()}, **_rest}:
            yield found
        case dict():
            for name, value in found.items():
                # The trace context, which holds ids that are in logs as well.
                if name != "_tracer-data":
                    yield from _payloads(value)
        case list():
            for each in found:
                yield from _payloads(each)


def test_what_temporal_keeps_is_read_by_whoever_has_a_key_and_by_nobody_else(
    caller: ServiceClient, observed: Stack
) -> None:
    job_id = _exported(caller, bulk_ids(caller, 6), "pdf")
    history = _history(observed, job_id)
    text = history.to_json()
    payloads = [
        each
        for each in _payloads(json.loads(text))
        if base64.b64decode(each["metadata"]["encoding"]) != b"binary/null"
    ]

    # Search attributes are plain, since the server looks for them; and what the SDK notes of a
    # local activity for itself.
    plain = [each for each in payloads if "encryption-key-id" not in each["metadata"]]
    told = {base64.b64decode(each["data"]) for each in plain}
    assert {each for each in told if not each.startswith(b'{"seq":')} == {b'"teacher-1"', b'"pdf"'}
    assert not any(job_id.encode() in each for each in told)
    sealed = [each for each in payloads if "encryption-key-id" in each["metadata"]]
    assert len(sealed) >= 6
    for each in sealed:
        data = base64.b64decode(each["data"])
        assert job_id.encode() not in data
        assert b"json/plain" not in data

    headers = {"Origin": UI, "X-Namespace": "default"}
    url = f"{observed.api}/api/export/admin/codec/decode"
    asked = {"Access-Control-Request-Method": "POST", **headers}
    allowed = httpx.options(url, headers=asked)
    assert allowed.headers["access-control-allow-origin"] == UI
    assert "x-namespace" in allowed.headers["access-control-allow-headers"].lower()
    assert httpx.post(url, json={"payloads": sealed}, headers=headers).status_code == 401
    of_owner = headers | {"Authorization": f"Bearer {observed.token}"}
    assert httpx.post(url, json={"payloads": sealed}, headers=of_owner).status_code == 403
    token = issue_token(observed.settings, "operator", "export:admin", timedelta(hours=1))
    of_operator = headers | {"Authorization": f"Bearer {token}"}
    decoded = httpx.post(url, json={"payloads": sealed}, headers=of_operator)
    assert decoded.status_code == 200, decoded.text
    assert decoded.headers["access-control-allow-origin"] == UI
    opened = [base64.b64decode(each["data"]) for each in decoded.json()["payloads"]]
    assert sum(job_id.encode() in each for each in opened) >= 3

    # Whoever still has only the new key, or has it as the second one, goes on with it.
    for keys in ((NEW.encode(),), (b"plain", NEW.encode()), (b"a-newer-one", NEW.encode())):
        replayer = Replayer(workflows=[ExportWorkflow], data_converter=data_converter(keys))
        asyncio.run(replayer.replay_workflow(WorkflowHistory.from_json("x", text)))


def test_retention_has_a_trace_of_its_own(observed: Stack, collector: Collector) -> None:
    run_id = asyncio.run(run_retention(observed))

    def ended() -> list[Span] | None:
        of_run = [
            span for span in collector.spans if span.attributes.get("temporalWorkflowID") == run_id
        ]
        traces = {span.trace_id for span in of_run}
        names = {span.name for span in of_run}
        if "CompleteWorkflow:ExportRetention" not in names or len(traces) != 1:
            return None
        return [span for span in collector.spans if span.trace_id in traces]

    spans = eventually(ended, 20)
    assert [span.name for span in roots(spans)] == ["RunWorkflow:ExportRetention"], tree(spans)
    assert any(span.name == "RunActivity:tidy" for span in spans)


def hang(until: threading.Event) -> None:
    until.wait()


@pytest.mark.long
def test_a_collector_that_hangs_holds_up_no_export(tmp_path: Path) -> None:
    going_on = threading.Event()
    with Collector(before=lambda: hang(going_on)) as hanging:
        settings = hanging.variables | {"OTEL_BSP_MAX_QUEUE_SIZE": "64"}
        settings["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "16"
        with Stack(tmp_path, render_workers=1, settings=settings) as stack:
            with ServiceClient(stack.api, stack.token) as caller:
                for _ in range(5):
                    _exported(caller, ["content-1"], "json")
            assert hanging.requests >= 1
        going_on.set()
