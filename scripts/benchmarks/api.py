"""Latency of each kind of request, and what it costs the API in processor time.

One keep-alive connection at a time for latency; several at once for requests a second.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scripts.benchmarks.connection import Connection
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, durations_row
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_ITEM = "content-1"
_LISTED = 20
_CONNECTIONS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_stack_argument(parser)
    parser.add_argument("--requests", type=int, default=500, help="requests of each kind (500)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    with running_service(arguments.stack) as service:
        job_id = _prepare(service)
        requests: dict[str, Callable[[Connection], object]] = {
            "read a job": lambda connection: connection.job(job_id),
            f"list {_LISTED} jobs": lambda connection: connection.get(
                f"/api/export/jobs?page_size={_LISTED}&status=completed"
            ),
            "list formats": lambda connection: connection.get("/api/export/formats"),
            "download 5 kB": lambda connection: connection.download(job_id),
            "liveness": lambda connection: connection.get("/health/live"),
        }
        rows = [
            _measure(service, what, request, arguments.requests)
            for what, request in requests.items()
        ]
    return Report(
        benchmark="api",
        settings={"requests": arguments.requests, "connections": _CONNECTIONS},
        rows=rows,
    )


def _prepare(service: Service) -> str:
    """Make some completed jobs; the id of the last."""
    with Connection(service.info.api, service.info.token) as connection:
        for _ in range(_LISTED):
            job_id = connection.create([_ITEM], "json")
            connection.wait(job_id)
    return job_id


def _measure(
    service: Service, what: str, request: Callable[[Connection], object], count: int
) -> Row:
    row = durations_row(what, _latencies(service, request, count))
    processor = Stopwatch({"api": service.info.pids["api"]})
    started = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        shares = [count // _CONNECTIONS + 1] * _CONNECTIONS
        list(pool.map(lambda share: _latencies(service, request, share), shares))
    seconds = time.perf_counter() - started
    total = sum(shares)
    row["per second"] = total / seconds
    row["API CPU ms"] = processor.seconds()["api"] / total * 1000
    return row


def _latencies(
    service: Service, request: Callable[[Connection], object], count: int
) -> list[float]:
    seconds = []
    with Connection(service.info.api, service.info.token) as connection:
        request(connection)
        for _ in range(count):
            started = time.perf_counter()
            request(connection)
            seconds.append(time.perf_counter() - started)
    return seconds
