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


def test_metrics_of_the_sdk_have_the_names_of_temporals_dashboards(
    stack: Stack, client: ServiceClient
) -> None:
    client.wait(client.export(["content-1"], "json")["job_id"])
    text = "\n".join(httpx.get(url).text for url in stack.info.metrics)
    assert re.search(r"^temporal_request\{", text, re.MULTILINE), "a counter without a suffix"
    assert "temporal_request_total" not in text
    buckets = re.findall(r'^temporal_request_latency_bucket\{.*le="(\d+)', text, re.MULTILINE)
    assert max(map(int, buckets)) >= 1_000, "milliseconds"
