"""A worker process for the no-op workflow; works until its standard input ends."""

import asyncio
import sys

import uvloop
from temporalio.client import Client
from temporalio.worker import Worker

from activities.temporal.client import hard_exit
from scripts.benchmarks.noop import (
    IO_QUEUE,
    RENDER_QUEUE,
    WORKFLOW_QUEUE,
    NoopWorkflow,
    nothing,
)


async def work(address: str, role: str) -> None:
    """Work on the queues of a role, which are those of a worker of the service."""
    client = await Client.connect(address)
    if role == "render":
        workers = [Worker(client, task_queue=RENDER_QUEUE, activities=[nothing])]
    else:
        workers = [
            Worker(client, task_queue=WORKFLOW_QUEUE, workflows=[NoopWorkflow]),
            Worker(client, task_queue=IO_QUEUE, activities=[nothing]),
        ]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.gather(*(worker.shutdown() for worker in workers))
    await asyncio.gather(*running)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(work(*sys.argv[1:]))
    hard_exit(0)
