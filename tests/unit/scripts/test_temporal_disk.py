"""The development server forgets workflows: it gives back their disk, and answers meanwhile."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from scripts.dev.ports import free_ports
from scripts.dev.temporal_cli import dev_server, find_or_fetch
from tests.waiting import eventually

pytestmark = pytest.mark.long

_LARGE = "x" * 50_000
_LARGE_ONES = 60
_SMALL_ONES = 1000
# Up to 1,400 with as many tasks at once as the server has by itself, some of which it never does.
_LATE_TASKS = 100


def test_the_database_shrinks_when_workflows_are_removed(tmp_path: Path) -> None:
    def size() -> int:
        return (tmp_path / "temporal.db").stat().st_size

    with _server(tmp_path) as address:
        asyncio.run(_run_workflows(address, _LARGE_ONES, _LARGE))
        least = _LARGE_ONES * len(_LARGE)
        eventually(lambda: size() > least, 60, otherwise=lambda: f"{size()} of {least}")
        largest = size()
        asyncio.run(_remove_workflows(address, _LARGE_ONES))
        eventually(lambda: size() < largest / 2, 90, otherwise=lambda: f"{size()} of {largest}")


def test_the_server_answers_while_many_workflows_are_removed_at_once(tmp_path: Path) -> None:
    async def left() -> int:
        return (await (await _connected(address)).count_workflows()).count

    with _server(tmp_path) as address:
        asyncio.run(_run_workflows(address, _SMALL_ONES, "x"))
        asyncio.run(_remove_workflows(address, _SMALL_ONES))
        eventually(lambda: asyncio.run(left()) == 0, 120, pause=1)
        log = (tmp_path / "temporal.log").read_text()
    assert "interrupted" not in log
    assert log.count("deadline exceeded") < _LATE_TASKS


@contextmanager
def _server(directory: Path) -> Iterator[str]:
    """The address of a server that runs as long as the body, with `temporal.log` in `directory`."""
    port, ui_port = free_ports(2)
    command = dev_server(find_or_fetch(os.environ, print), "temporal.db", port, ui_port)
    with (
        (directory / "temporal.log").open("wb") as log,
        subprocess.Popen(command, cwd=directory, stdout=log, stderr=log) as server,
    ):
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


async def _run_workflows(address: str, count: int, argument: str) -> None:
    client = await _connected(address)
    at_once = asyncio.Semaphore(20)

    async def run(workflow_id: str) -> None:
        async with at_once:
            handle = await client.start_workflow(
                "Nobodys", argument, id=workflow_id, task_queue="nobodys"
            )
            await handle.terminate()

    await asyncio.gather(*(run(workflow_id) for workflow_id in _ids(count)))


async def _remove_workflows(address: str, count: int) -> None:
    """Do what the retention of the namespace does three hours after their end."""
    client = await _connected(address)
    at_once = asyncio.Semaphore(100)

    async def remove(workflow_id: str) -> None:
        execution = WorkflowExecution(workflow_id=workflow_id)
        async with at_once:
            await client.workflow_service.delete_workflow_execution(
                DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
            )

    await asyncio.gather(*(remove(workflow_id) for workflow_id in _ids(count)))


def _ids(count: int) -> list[str]:
    return [f"workflow-{number}" for number in range(count)]


async def _connected(address: str) -> Client:
    async with asyncio.timeout(60):
        while True:
            try:
                return await Client.connect(address)
            except RuntimeError:
                await asyncio.sleep(0.2)
