"""The disk that workflows took is given back when the development server forgets them."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from scripts.dev.ports import free_ports
from scripts.dev.temporal_cli import dev_server, find_or_fetch
from tests.waiting import eventually

_WORKFLOWS = 60
_ARGUMENT = "x" * 50_000


@pytest.mark.long
def test_the_database_shrinks_when_workflows_are_removed(tmp_path: Path) -> None:
    port, ui_port = free_ports(2)
    command = dev_server(find_or_fetch(os.environ, print), "temporal.db", port, ui_port)

    def size() -> int:
        return (tmp_path / "temporal.db").stat().st_size

    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            asyncio.run(_run_workflows(f"127.0.0.1:{port}"))
            least = _WORKFLOWS * len(_ARGUMENT)
            eventually(lambda: size() > least, 60, otherwise=lambda: f"{size()} of {least}")
            largest = size()
            asyncio.run(_remove_workflows(f"127.0.0.1:{port}"))
            eventually(lambda: size() < largest / 2, 90, otherwise=lambda: f"{size()} of {largest}")
        finally:
            server.terminate()


async def _run_workflows(address: str) -> None:
    client = await _connected(address)
    for workflow_id in _ids():
        handle = await client.start_workflow(
            "Nobodys", _ARGUMENT, id=workflow_id, task_queue="nobodys"
        )
        await handle.terminate()


async def _remove_workflows(address: str) -> None:
    """Do what the retention of the namespace does three hours after their end."""
    client = await _connected(address)
    for workflow_id in _ids():
        execution = WorkflowExecution(workflow_id=workflow_id)
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
        )


def _ids() -> list[str]:
    return [f"workflow-{number}" for number in range(_WORKFLOWS)]


async def _connected(address: str) -> Client:
    async with asyncio.timeout(60):
        while True:
            try:
                return await Client.connect(address)
            except RuntimeError:
                await asyncio.sleep(0.2)
