"""What was accepted while Temporal was away is started when it is back."""

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from scripts.dev import temporal_cli
from scripts.dev.ports import free_ports
from tests.services.export.api_kit import Api
from tests.waiting import eventually
from workflows.contracts import workflow_id


@contextmanager
def dev_server(directory: Path, port: int, ui_port: int) -> Iterator[None]:
    cli = temporal_cli.find_or_fetch(os.environ, print)
    command = temporal_cli.dev_server(cli, str(directory / "temporal.db"), port, ui_port)
    with (directory / "temporal.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def silent(port: int) -> Iterator[None]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", port)):
        yield


def status_of(address: str, job_id: str) -> WorkflowExecutionStatus | None:
    async def describe() -> WorkflowExecutionStatus | None:
        client = await Client.connect(address)
        description = await client.get_workflow_handle(workflow_id(job_id)).describe()
        return description.status

    try:
        return asyncio.run(describe())
    except (RPCError, RuntimeError):
        return None


def wait_for_workflow(address: str, job_id: str, seconds: float) -> None:
    eventually(lambda: status_of(address, job_id) is not None, seconds, pause=0.2)


def test_jobs_wait_for_temporal_and_are_started_and_stopped_there(
    tmp_path: Path, owner: str
) -> None:
    port, ui_port = free_ports(2)
    address = f"127.0.0.1:{port}"
    # Nobody works on the exports, so none of them makes room for the next.
    settings = {"TEMPORAL_ADDRESS": address, "EXPORT_OWNER_JOBS_AT_ONCE": "10"}
    with Api(tmp_path / "api", settings) as api, api.client(owner) as client:
        body = {"content_ids": api.add_content(owner, 1), "format": "txt"}

        def create() -> str:
            response = client.post("/api/export/", json=body)
            assert (response.status_code, response.json()["status"]) == (202, "pending")
            return str(response.json()["job_id"])

        waiting = create()
        with silent(port):
            # The failure before is remembered for a moment; this call is one that really waits.
            time.sleep(6)
            started = time.monotonic()
            unheard, unwanted = create(), create()
            assert time.monotonic() - started < 10
        assert client.delete(f"/api/export/jobs/{unwanted}").json()["status"] == "cancelled"
        with dev_server(tmp_path, port, ui_port):
            wait_for_workflow(address, waiting, 60)
            wait_for_workflow(address, unheard, 10)
            assert client.get("/health/ready").status_code == 200
            at_once = create()
            wait_for_workflow(address, at_once, 5)
            assert status_of(address, unwanted) is None

            client.delete(f"/api/export/jobs/{at_once}")
            job = client.get(f"/api/export/jobs/{at_once}").json()

    assert job["status"] == "cancelled"
