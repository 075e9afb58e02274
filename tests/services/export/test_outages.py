"""What was acknowledged ends, although something was away meanwhile."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.engines.choice import current
from tests.services.export.kit import bulk_ids, odd_formats


def test_export_waits_while_temporal_is_away(stack: Stack, client: ServiceClient) -> None:
    [server] = stack.info.pids["temporal"]
    os.kill(server, signal.SIGSTOP)
    try:
        job = client.export(["content-1"], "json")
        assert job["status"] == "pending"
    finally:
        os.kill(server, signal.SIGCONT)
    assert client.wait(job["job_id"])["status"] == "completed"


def test_no_request_waits_for_others_of_its_owner_while_temporal_is_away(
    stack: Stack, client: ServiceClient
) -> None:
    def export(number: int) -> tuple[str, float]:
        time.sleep(number / 10)  # some come while the first wait, some after
        started = time.monotonic()
        job = client.export(["content-1"], "json")
        return job["job_id"], time.monotonic() - started

    [server] = stack.info.pids["temporal"]
    os.kill(server, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(30) as threads:
            exports = list(threads.map(export, range(30)))
    finally:
        os.kill(server, signal.SIGCONT)
    assert max(seconds for _, seconds in exports) < 4
    for job_id, _ in exports:
        assert client.wait(job_id)["status"] == "completed"


def test_export_survives_a_killed_temporal_server(stack: Stack, client: ServiceClient) -> None:
    running = client.export(bulk_ids(client, 40), "slow")["job_id"]
    client.wait_until(running, lambda job: job["progress"]["items_done"] > 0)
    [server] = stack.info.pids["temporal"]
    os.kill(server, signal.SIGKILL)
    late = client.export(["content-1"], "json")["job_id"]
    assert client.wait(running)["status"] == "completed"
    assert client.wait(late)["status"] == "completed"


@pytest.mark.long
def test_stopped_service_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = current().variables(tmp_path) | odd_formats()
    with (
        Stack(tmp_path, render_workers=1, settings=settings) as stack,
        ServiceClient(stack.api, stack.token) as client,
    ):
        done = client.wait(client.export(["content-1"], "json")["job_id"])
        ids = bulk_ids(client, 60)
        interrupted = client.export(ids, "slow")["job_id"]
        client.wait_until(interrupted, lambda job: job["progress"]["items_done"] > 0)
    with (
        Stack(tmp_path, render_workers=1, settings=settings) as stack,
        ServiceClient(stack.api, stack.token) as client,
    ):
        assert client.download(client.job(done["job_id"]))
        job = client.wait(interrupted)
        assert job["status"] == "completed"
        assert len(client.download(job).splitlines()) == len(ids)
