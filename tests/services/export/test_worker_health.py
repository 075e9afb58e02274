"""What running workers tell about themselves, and the API about them."""

import re

import httpx

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.waiting import eventually


def test_each_worker_is_ready(stack: Stack) -> None:
    for metrics in stack.info.metrics:
        url = metrics.removesuffix("/metrics") + "/health/ready"
        response = eventually(lambda url=url: _ready(url), 20)  # type: ignore[misc]
        assert set(response.json()["components"].values()) == {"ok"}


def _ready(url: str) -> httpx.Response | None:
    response = httpx.get(url)
    return response if response.status_code == 200 else None


def test_the_api_tells_which_roles_have_workers(stack: Stack, client: ServiceClient) -> None:
    def roles() -> set[str]:
        text = client.http.get(f"{stack.info.api}/metrics").text
        return set(re.findall(r'^export_pollers\{role="(\w+)"\} [1-9]', text, re.MULTILINE))

    eventually(lambda: roles() >= {"io", "render", "workflow"}, 20, pause=0.3)
    assert "export_temporal_available 1.0" in client.http.get(f"{stack.info.api}/metrics").text


# What `sdk/temporal-core-sdks-otel.json` of https://github.com/temporalio/dashboards asks for.
_OF_SDK_DASHBOARD = {
    "temporal_activity_execution_failed",
    "temporal_activity_execution_latency_bucket",
    "temporal_activity_poll_no_task",
    "temporal_activity_schedule_to_start_latency_bucket",
    "temporal_activity_schedule_to_start_latency_count",
    "temporal_long_request_failure",
    "temporal_long_request_latency_bucket",
    "temporal_request",
    "temporal_request_failure",
    "temporal_request_latency_bucket",
    "temporal_sticky_cache_hit",
    "temporal_sticky_cache_miss",
    "temporal_sticky_cache_size",
    "temporal_sticky_cache_total_forced_eviction",
    "temporal_worker_task_slots_available",
    "temporal_worker_task_slots_used",
    "temporal_workflow_completed",
    "temporal_workflow_endtoend_latency_bucket",
    "temporal_workflow_failed",
    "temporal_workflow_task_execution_failed",
    "temporal_workflow_task_execution_latency_bucket",
    "temporal_workflow_task_queue_poll_empty",
    "temporal_workflow_task_queue_poll_succeed",
    "temporal_workflow_task_replay_latency_bucket",
    "temporal_workflow_task_schedule_to_start_latency_bucket",
}
# The SDK tells of these once something has failed, has been pushed out, or a minute without a task
# has passed.
_OF_FAILURES = {
    "temporal_activity_poll_no_task",
    "temporal_long_request_failure",
    "temporal_request_failure",
    "temporal_sticky_cache_miss",
    "temporal_sticky_cache_total_forced_eviction",
    "temporal_workflow_task_execution_failed",
    "temporal_workflow_task_queue_poll_empty",
}
# Some of what `server/server-general.json` there asks for.
_OF_SERVER_DASHBOARD = {
    "memory_allocated",
    "num_goroutines",
    "persistence_requests",
    "service_requests",
    "state_transition_count_count",
    "workflow_success",
}


def test_metrics_of_the_server_have_the_names_of_temporals_dashboards(stack: Stack) -> None:
    log = (stack.data_dir / "logs" / "temporal.log").read_text()
    [address] = re.findall(r"^Metrics: +(http\S+)", log, re.MULTILINE)
    text = httpx.get(address).text
    assert set(re.findall(r"^(\w+)(?:\{| )", text, re.MULTILINE)) >= _OF_SERVER_DASHBOARD


def test_metrics_of_the_sdk_have_the_names_of_temporals_dashboards(
    stack: Stack, client: ServiceClient
) -> None:
    client.wait(client.export(["content-1"], "json")["job_id"])
    failed = client.wait(client.export(["content-1"], "broken")["job_id"])
    assert failed["status"] == "failed"
    text = "\n".join(httpx.get(url).text for url in stack.info.metrics)
    there = set(re.findall(r"^(temporal_\w+)(?:\{| )", text, re.MULTILINE))
    assert there >= _OF_SDK_DASHBOARD - _OF_FAILURES
    assert not {f"{name}_total" for name in _OF_SDK_DASHBOARD} & there
    buckets = re.findall(r'^temporal_request_latency_bucket\{.*le="(\d+)', text, re.MULTILINE)
    assert max(map(int, buckets)) >= 1_000, "milliseconds"
