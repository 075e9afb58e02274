"""Latency of each kind of request, and what it costs the API in processor time.

One keep-alive connection at a time for latency; several at once for requests a second. The owner
has 100,000 jobs. The baseline is a handler of the same framework and server that answers the same
JSON and asks no database.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.load import Load
from scripts.benchmarks.plain_server import LISTED, running_plain_server
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, durations_row, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_ITEM = "content-1"
_CONNECTIONS = 4
_PACE = 200
_PACED_SECONDS = 10
_EXPORTS_AT_ONCE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_stack_argument(parser)
    parser.add_argument("--requests", type=int, default=500, help="requests of each kind (500)")
    parser.add_argument("--jobs", type=int, default=100_000, help="in the database (100000)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    with (
        running_service(arguments.stack) as service,
        running_plain_server() as (plain_url, plain_pid),
    ):
        made_up_jobs.add_completed(service, arguments.jobs)
        job_id = _prepare(service)
        last_page = max(arguments.jobs // LISTED // 5, 1)
        requests: dict[str, Callable[[Connection], object]] = {
            "read a job": lambda connection: connection.job(job_id),
            f"list {LISTED} jobs": lambda connection: connection.get(
                f"/api/export/jobs?page_size={LISTED}&status=completed"
            ),
            f"list page {last_page:,}": lambda connection: connection.get(
                f"/api/export/jobs?page_size={LISTED}&page={last_page}"
            ),
            "list formats": lambda connection: connection.get("/api/export/formats"),
            "download 5 kB": lambda connection: connection.download(job_id),
            "liveness": lambda connection: connection.get("/health/live"),
        }
        api = _Server(service.info.api, service.info.token, service.info.pids["api"])
        plain = _Server(plain_url, service.info.token, [plain_pid])
        rows = [
            _measure(api, what, request, arguments.requests) for what, request in requests.items()
        ]
        bare, bare_page = (
            _measure(plain, f"bare handler of {what}", ask, arguments.requests)
            for what, ask in {
                "a job": lambda connection: connection.get("/job"),
                "a page": lambda connection: connection.get("/jobs"),
            }.items()
        )
        rows += [bare, bare_page]
        under_load = _paced_beside_exports(service, requests["read a job"])
    return Report(
        benchmark="api",
        settings={
            "requests": arguments.requests,
            "connections": _CONNECTIONS,
            "jobs": arguments.jobs,
        },
        rows=rows,
        summary={
            "read a job, requests a second / bare handler": _pace(rows[0]) / _pace(bare),
            "list, requests a second / bare handler": _pace(rows[1]) / _pace(bare_page),
            f"page {last_page:,}, median ms": float(rows[2]["median ms"]),
            f"{_PACE} a second beside exports, p99 ms": percentile(under_load, 99) * 1000,
        },
    )


def _pace(row: Row) -> float:
    return float(row["per second"])


def _prepare(service: Service) -> str:
    """Make some completed jobs; the id of the last."""
    with Connection(service.info.api, service.info.token) as connection:
        for _ in range(LISTED):
            job_id = connection.create([_ITEM], "json")
            connection.wait(job_id)
    return job_id


class _Server(NamedTuple):
    """What answers requests."""

    url: str
    token: str
    pids: list[int]


def _paced_beside_exports(service: Service, request: Callable[[Connection], object]) -> list[float]:
    """How long each request takes when they come at a steady pace, and exports run."""

    def caller(number: int) -> list[float]:
        seconds = []
        with Connection(service.info.api, service.info.token) as connection:
            begin = time.perf_counter() + number / _PACE
            for turn in range(_PACE * _PACED_SECONDS // _CONNECTIONS):
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


def _measure(
    server: _Server, what: str, request: Callable[[Connection], object], count: int
) -> Row:
    row = durations_row(what, _latencies(server, request, count))
    processor = Stopwatch({"api": server.pids})
    started = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        shares = [count // _CONNECTIONS + 1] * _CONNECTIONS
        list(pool.map(lambda share: _latencies(server, request, share), shares))
    seconds = time.perf_counter() - started
    total = sum(shares)
    row["per second"] = total / seconds
    row["API CPU ms"] = processor.seconds()["api"] / total * 1000
    return row


def _latencies(server: _Server, request: Callable[[Connection], object], count: int) -> list[float]:
    seconds = []
    with Connection(server.url, server.token) as connection:
        request(connection)
        for _ in range(count):
            started = time.perf_counter()
            request(connection)
            seconds.append(time.perf_counter() - started)
    return seconds
