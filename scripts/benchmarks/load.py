"""Many exports at a time, made and followed as cheaply as Python can."""

import asyncio
import contextlib
import time

from activities.model.jobs import Status
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.job_watch import JobWatch
from scripts.benchmarks.service import Service

# More connections would only queue in front of the API's one process.
_CONNECTIONS = 4
_WATCH_SECONDS = 0.02


class Load:
    """Keeps a number of exports in flight."""

    def __init__(
        self, service: Service, content_ids: list[str], format_id: str, at_once: int
    ) -> None:
        self._content_ids = content_ids
        self._format = format_id
        self._gate = asyncio.Semaphore(at_once)
        self._info = service.info
        self._watch = JobWatch(service.database)
        self._waiting: dict[str, asyncio.Future[Status]] = {}

    async def run(self, count: int) -> list[float]:
        """Make so many exports; how long each took, to a watcher's step, in seconds.

        Raises:
            ExceptionGroup: one did not complete.
        """
        with contextlib.ExitStack() as stack:
            connections: asyncio.Queue[Connection] = asyncio.Queue()
            for _ in range(_CONNECTIONS):
                connection = Connection(self._info.api, self._info.token)
                connections.put_nowait(stack.enter_context(connection))
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._keep_watching())
                exports = [group.create_task(self._one(connections)) for _ in range(count)]
                latencies = await asyncio.gather(*exports)
                watching.cancel()
            return latencies

    async def _one(self, connections: asyncio.Queue[Connection]) -> float:
        async with self._gate:
            started = time.perf_counter()
            connection = await connections.get()
            try:
                job_id = await asyncio.to_thread(connection.create, self._content_ids, self._format)
            finally:
                connections.put_nowait(connection)
            self._waiting[job_id] = asyncio.get_running_loop().create_future()
            status = await self._waiting[job_id]
            if status is not Status.COMPLETED:
                raise RuntimeError(f"export {job_id} is {status.value}")
            return time.perf_counter() - started

    async def _keep_watching(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            for job_id, status in self._watch.ended(list(self._waiting)).items():
                self._waiting.pop(job_id).set_result(status)
