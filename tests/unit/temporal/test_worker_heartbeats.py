"""A worker that is frozen or killed no longer counts as one that asks for tasks, within seconds."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from temporalio.client import Client

from activities.temporal.client import HEARTBEAT_INTERVAL
from activities.temporal.state import read_queues
from scripts.dev.environment import CHECKOUT
from scripts.dev.temporal_cli import SERVER_SETTINGS
from tests.unit.temporal_server import temporal_server
from workflows.contracts import IO_QUEUE

pytestmark = pytest.mark.anyio

_WORKER = f"""
import asyncio
from temporalio import activity
from temporalio.worker import Worker
from activities.temporal.client import connect

@activity.defn
async def nothing() -> None: ...

async def main() -> None:
    client = await connect(lazy=False)
    await Worker(client, task_queue={IO_QUEUE!r}, activities=[nothing]).run()

asyncio.run(main())
"""
_KNOWN_SECONDS = 5 * HEARTBEAT_INTERVAL.total_seconds()


@contextmanager
def worker(client: Client) -> Iterator["subprocess.Popen[bytes]"]:
    environment = os.environ | {"TEMPORAL_ADDRESS": client.service_client.config.target_host}
    process = subprocess.Popen([sys.executable, "-c", _WORKER], cwd=CHECKOUT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def pollers(client: Client) -> int:
    [queue] = [each for each in await read_queues(client, express=False) if each.name == IO_QUEUE]
    return queue.pollers


async def seconds_until(client: Client, wanted: int, patience: float) -> float:
    started = time.monotonic()
    while await pollers(client) != wanted:
        assert time.monotonic() - started < patience, f"not {wanted} in {patience} s"
        await asyncio.sleep(0.3)
    return time.monotonic() - started


@pytest.mark.long
async def test_a_frozen_worker_is_none_until_it_goes_on() -> None:
    async with temporal_server(*SERVER_SETTINGS) as client:
        with worker(client) as process, worker(client) as other:
            await seconds_until(client, 2, 40)
            await asyncio.sleep(2 * HEARTBEAT_INTERVAL.total_seconds())  # both are known by now
            process.send_signal(signal.SIGSTOP)
            other.kill()
            assert await seconds_until(client, 0, 45) < _KNOWN_SECONDS + 5
            process.send_signal(signal.SIGCONT)
            await seconds_until(client, 1, 30)


@pytest.mark.long
async def test_a_server_without_heartbeats_tells_by_their_calls() -> None:
    without = [each for each in SERVER_SETTINGS if not each.startswith("frontend.")]
    async with temporal_server(*without, "frontend.WorkerHeartbeatsEnabled=false") as client:
        with worker(client):
            await seconds_until(client, 1, 40)
            await asyncio.sleep(_KNOWN_SECONDS)
            assert await pollers(client) == 1
