"""No-op workflows on a running service's own Temporal server: what Temporal alone costs."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

from temporalio.client import Client

from scripts.benchmarks.noop import WORKFLOW_QUEUE, NoopWorkflow
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack_file import StackInfo


class Baseline:
    """Starts no-op workflows; their workers have the same process layout as the service's."""

    def __init__(self, client: Client, pids: dict[str, list[int]]) -> None:
        self._client = client
        self.pids = pids
        """The process ids of the workers, by role."""

    async def run_one(self) -> None:
        """Start a workflow and wait for its result."""
        await self._client.execute_workflow(
            NoopWorkflow.run, id=f"noop-{uuid4()}", task_queue=WORKFLOW_QUEUE
        )

    async def run_many(self, count: int, at_once: int) -> None:
        """Run so many workflows, at most `at_once` at a time."""
        gate = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with gate:
                await self.run_one()

        await asyncio.gather(*(one() for _ in range(count)))


@contextlib.asynccontextmanager
async def running_baseline(info: StackInfo) -> AsyncIterator[Baseline]:
    """No-op workers that are up, beside a service, as many processes as that has workers."""
    client = await Client.connect(info.temporal_address)
    with contextlib.ExitStack() as workers:
        io = workers.enter_context(_worker(info.temporal_address, "io"))
        renders = [
            workers.enter_context(_worker(info.temporal_address, "render"))
            for _ in info.pids["worker-render"]
        ]
        baseline = Baseline(client, {"worker-io": [io], "worker-render": renders})
        await baseline.run_one()  # the workers are up
        yield baseline


@contextlib.contextmanager
def _worker(address: str, role: str) -> Iterator[int]:
    command = [sys.executable, "-m", "scripts.benchmarks.noop_worker", address, role]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE) as process:
        yield process.pid
