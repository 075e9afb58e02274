"""Live progress: how late an event is, and what watchers cost the API.

Jobs that a workflow seems to work on go on once a second. The baseline is one watcher of one job.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from statistics import median
from urllib.parse import urlsplit

from activities.common.database import connect
from activities.jobs.execution import JobExecution
from activities.model.jobs import Phase
from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_STEP_SECONDS = 1.0

_Delays = dict[int, list[float]]
"""The delays of each event, in seconds, by its step."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--watchers", type=int, default=500, help="of one job (500)")
    parser.add_argument("--jobs", type=int, default=50, help="with a watcher each (50)")
    parser.add_argument("--steps", type=int, default=20, help="changes of each job (20)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    steps = arguments.steps
    cases = ((1, 1), (1, arguments.watchers), (arguments.jobs, arguments.jobs))
    with running_service(arguments.stack) as service:
        rows = [_measure(service, jobs, watchers, steps) for jobs, watchers in cases]
    alone, many, jobs = (float(row["API CPU ms a step"]) for row in rows)
    return Report(
        benchmark="watch",
        settings={"steps": steps, "seconds a step": _STEP_SECONDS},
        rows=rows,
        summary={
            f"API CPU, {arguments.watchers} watchers / 1": many / alone,
            f"API CPU, {arguments.jobs} jobs / 1": jobs / alone,
            "an event costs, CPU ms": (many - alone) / max(arguments.watchers - 1, 1),
            "latest event of a step, ms": max(float(row["latest of a step ms"]) for row in rows),
            "latest event of all, ms": max(float(row["latest ms"]) for row in rows),
        },
    )


def _measure(service: Service, jobs: int, watchers: int, steps: int) -> Row:
    job_ids = [made_up_jobs.add_processing(service, steps + 2) for _ in range(jobs)]
    try:
        delays, processor = asyncio.run(_follow(service, job_ids, watchers, steps))
    finally:
        made_up_jobs.end(service, job_ids)
    return {
        "what": f"{jobs} jobs, {watchers} watchers",
        "median ms": median(delay for those in delays.values() for delay in those) * 1000,
        "latest of a step ms": median(map(max, delays.values())) * 1000,
        "latest ms": max(map(max, delays.values())) * 1000,
        "API CPU ms a step": processor / steps * 1000,
    }


async def _follow(
    service: Service, job_ids: list[str], watchers: int, steps: int
) -> tuple[_Delays, float]:
    """The delay of each event that told of a step, and the API's processor time."""
    written: dict[tuple[str, int], float] = {}
    delays: _Delays = defaultdict(list)
    database = connect(service.database)
    execution = JobExecution(database)
    streams = [_Stream(service, job_ids[n % len(job_ids)]) for n in range(watchers)]
    for stream in streams:
        await stream.open()
    following = [asyncio.create_task(stream.follow(written, delays, steps)) for stream in streams]
    processor = Stopwatch({"api": service.info.pids["api"]})
    for step in range(1, steps + 1):
        for job_id in job_ids:
            written[job_id, step] = time.perf_counter()
            await execution.note_progress(job_id, Phase.RENDERING, 0, step)
        await asyncio.sleep(_STEP_SECONDS)
    used = processor.seconds()["api"]
    await asyncio.wait_for(asyncio.gather(*following), 30)
    await database.close()
    return delays, used


class _Stream:
    """One connection that follows a job."""

    def __init__(self, service: Service, job_id: str) -> None:
        self._info = service.info
        self._job_id = job_id

    async def open(self) -> None:
        """Connect, and wait for the answer's head."""
        place = urlsplit(self._info.api)
        self._reader, self._writer = await asyncio.open_connection(place.hostname, place.port)
        self._writer.write(
            f"GET /api/export/jobs/{self._job_id}/events HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: Bearer {self._info.token}\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(head.decode())

    async def follow(
        self, written: dict[tuple[str, int], float], delays: _Delays, last: int
    ) -> None:
        """Note how long after its writing each step is told, until the last."""
        done = 0
        while done < last:
            line = await self._reader.readline()
            if not line:
                raise RuntimeError(f"the events of {self._job_id} ended at {done} of {last}")
            if line.startswith(b"data: "):
                now = time.perf_counter()
                done = json.loads(line[len(b"data: ") :])["progress"]["items_done"]
                if done:
                    delays[done].append(now - written[self._job_id, done])
        self._writer.close()
