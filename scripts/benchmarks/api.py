"""Latency of each kind of request, and what it costs the API in processor time.

One keep-alive connection at a time for latency; several at once for requests a second. The owner
has 100,000 jobs. The baseline is a handler of the same framework and server that answers the same
JSON and asks no database. All kinds of requests take turns with it in rounds; a ratio is the median
of those of the rounds.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import repeat
from statistics import median
from typing import NamedTuple

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.load import Load
from scripts.benchmarks.plain_server import LISTED, running_plain_server
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, durations_row, middle_ratio, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_ITEM = "content-1"
_CONNECTIONS = 4
_ROUNDS = 12
_PACE = 200
_EXPORTS_AT_ONCE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--requests", type=int, default=9_000, help="requests of each kind (9000)")
    parser.add_argument("--seconds", type=int, default=60, help="of requests at a steady pace (60)")
    parser.add_argument("--jobs", type=int, default=100_000, help="in the database (100000)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with (
        running_service(arguments.stack) as service,
        running_plain_server() as (plain_url, plain_pid),
    ):
        made_up_jobs.add_completed(service, arguments.jobs)
        job_id = _prepare(service)
        last_page = max(arguments.jobs // LISTED // 5, 1)
        api = _Server(service.info.api, service.info.token, service.info.pids["api"])
        plain = _Server(plain_url, service.info.token, [plain_pid])
        kinds = [
            _Kind("read a job", api, lambda connection: connection.job(job_id)),
            _Kind("bare handler of a job", plain, lambda connection: connection.get("/job")),
            _Kind(
                f"list {LISTED} jobs",
                api,
                lambda connection: connection.get(
                    f"/api/export/jobs?page_size={LISTED}&status=completed"
                ),
            ),
            _Kind("bare handler of a page", plain, lambda connection: connection.get("/jobs")),
            _Kind(
                f"list page {last_page:,}",
                api,
                lambda connection: connection.get(
                    f"/api/export/jobs?page_size={LISTED}&page={last_page}"
                ),
            ),
            _Kind("list formats", api, lambda connection: connection.get("/api/export/formats")),
            _Kind("download 5 kB", api, lambda connection: connection.download(job_id)),
            _Kind("liveness", api, lambda connection: connection.get("/health/live")),
        ]
        rounds = min(_ROUNDS, arguments.requests)
        for _ in range(rounds):
            for kind in kinds:
                kind.measure(arguments.requests // rounds)
        rows = [kind.row() for kind in kinds]
        under_load = _paced_beside_exports(service, kinds[0].request, arguments.seconds)
    return Report(
        benchmark="api",
        settings={
            "requests": arguments.requests,
            "connections": _CONNECTIONS,
            "jobs": arguments.jobs,
            "seconds at a steady pace": arguments.seconds,
        },
        rows=rows,
        summary={
            "read a job, requests a second / bare handler": kinds[0].pace_beside(kinds[1]),
            "list, requests a second / bare handler": kinds[2].pace_beside(kinds[3]),
            f"page {last_page:,}, median ms": float(rows[4]["median ms"]),
            f"{_PACE} a second beside exports, p99 ms": percentile(under_load, 99) * 1000,
        },
    )


def _prepare(service: Service) -> str:
    """Make some completed jobs; the id of the last."""
    with Connection(service.info.api, service.info.token) as connection:
        for _ in range(LISTED):
            job_id = connection.create([_ITEM], "json")
            connection.wait(job_id)
    return job_id


class _Server(NamedTuple):
    """A server that responds to the requests."""

    url: str
    token: str
    pids: list[int]


class _Kind:
    """One kind of request, and what was measured of it so far."""

    def __init__(self, what: str, server: _Server, request: Callable[[Connection], object]) -> None:
        self.request = request
        self._what = what
        self._server = server
        self._latencies: list[float] = []
        self.paces: list[float] = []
        """Requests a second of each round."""
        self._answered = 0
        self._processor_seconds = 0.0

    def measure(self, count: int) -> None:
        """Send so many requests one after the other, and so many over several connections."""
        with ExitStack() as closing, ThreadPoolExecutor(_CONNECTIONS) as pool:
            connections = [
                closing.enter_context(Connection(self._server.url, self._server.token))
                for _ in range(_CONNECTIONS)
            ]
            list(pool.map(self.request, connections))
            self._latencies += self._send(connections[0], count)
            share = count // _CONNECTIONS + 1
            processor = Stopwatch({"server": self._server.pids})
            started = time.perf_counter()
            list(pool.map(self._send, connections, repeat(share)))
            answered = share * _CONNECTIONS
            self.paces.append(answered / (time.perf_counter() - started))
            self._processor_seconds += processor.seconds()["server"]
            self._answered += answered

    def _send(self, connection: Connection, count: int) -> list[float]:
        seconds = []
        for _ in range(count):
            started = time.perf_counter()
            self.request(connection)
            seconds.append(time.perf_counter() - started)
        return seconds

    def row(self) -> Row:
        """The measurements as a row of the report."""
        row = durations_row(self._what, self._latencies)
        row["per second"] = median(self.paces)
        row["CPU ms"] = self._processor_seconds / self._answered * 1000
        return row

    def pace_beside(self, baseline: "_Kind") -> float:
        """Its requests a second as a ratio to the baseline's, of the middle one of all rounds."""
        return middle_ratio(self.paces, baseline.paces)


def _paced_beside_exports(
    service: Service, request: Callable[[Connection], object], pace_seconds: int
) -> list[float]:
    """The seconds that each request takes at a steady pace, while exports run."""

    def caller(number: int) -> list[float]:
        seconds = []
        with Connection(service.info.api, service.info.token) as connection:
            begin = time.perf_counter() + number / _PACE
            for turn in range(_PACE * pace_seconds // _CONNECTIONS):
                due = begin + turn * _CONNECTIONS / _PACE
                time.sleep(max(due - time.perf_counter(), 0))
                request(connection)
                # From when it should have been sent, so that one slow answer counts for all that
                # had to wait behind it.
                seconds.append(time.perf_counter() - due)
        return seconds

    async def both() -> list[float]:
        load = Load(service, [_ITEM], "json", _EXPORTS_AT_ONCE)
        exporting = asyncio.create_task(_export_until_cancelled(load))
        callers = (asyncio.to_thread(caller, number) for number in range(_CONNECTIONS))
        found = await asyncio.gather(*callers)
        exporting.cancel()
        return [seconds for each in found for seconds in each]

    return asyncio.run(both())


async def _export_until_cancelled(load: Load) -> None:
    while True:
        await load.run(_EXPORTS_AT_ONCE)
