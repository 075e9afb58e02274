"""Latency of a small export, beside a workflow of as many activities that do nothing.

Exports one item as JSON, one export at a time, and measures from the request until the file has
been downloaded. Alternates with the no-op workflow on the same server.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass, field
from statistics import median

from scripts.benchmarks.baseline import Baseline, running_baseline
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.report import Report, durations_row, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_ITEM = "content-1"
# What an export still does once it can be downloaded must not slow down what is measured next.
_SETTLE_SECONDS = 0.1


@dataclass
class _Durations:
    """Seconds of each run."""

    accepted: list[float] = field(default_factory=list)
    downloaded: list[float] = field(default_factory=list)
    noop: list[float] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--runs", type=int, default=200, help="exports to measure (200)")
    parser.add_argument("--warm-up", type=int, default=10, help="exports before them (10)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with running_service(arguments.stack) as service:
        durations = asyncio.run(_measure(service, arguments.runs, arguments.warm_up))
    return Report(
        benchmark="overhead",
        settings={"runs": arguments.runs},
        rows=[
            durations_row("export: request answered", durations.accepted),
            durations_row("export: file downloaded", durations.downloaded),
            durations_row("workflow of three no-ops", durations.noop),
        ],
        summary={
            "median, export / no-ops": median(durations.downloaded) / median(durations.noop),
            "p95, export / no-ops": percentile(durations.downloaded, 95)
            / percentile(durations.noop, 95),
        },
    )


async def _measure(service: Service, runs: int, warm_up: int) -> _Durations:
    info = service.info
    async with running_baseline(info) as baseline:
        with Connection(info.api, info.token) as connection:
            for _ in range(warm_up):
                await _one_of_each(connection, baseline, _Durations())
            measured = _Durations()
            for _ in range(runs):
                await _one_of_each(connection, baseline, measured)
    return measured


async def _one_of_each(connection: Connection, baseline: Baseline, durations: _Durations) -> None:
    _export(connection, durations)
    await asyncio.sleep(_SETTLE_SECONDS)
    started = time.perf_counter()
    await baseline.run_one()
    durations.noop.append(time.perf_counter() - started)
    await asyncio.sleep(_SETTLE_SECONDS)


def _export(connection: Connection, durations: _Durations) -> None:
    started = time.perf_counter()
    job_id = connection.create([_ITEM], "json")
    durations.accepted.append(time.perf_counter() - started)
    connection.wait(job_id)
    connection.download(job_id)
    durations.downloaded.append(time.perf_counter() - started)
