"""Small exports a second, many at a time, beside workflows of as many activities of nothing.

Also says what an export costs each process of the service in processor time. Blocks of exports
and blocks of no-op workflows take turns on the same server.
"""

import argparse
import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from scripts.benchmarks.baseline import Baseline, running_baseline
from scripts.benchmarks.load import Load
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_ITEM = "content-1"
_BLOCKS = 6
_ROLES = ("temporal", "api", "worker-express", "worker-io", "worker-render")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--exports", type=int, default=600, help="exports to measure (600)")
    parser.add_argument("--at-once", type=int, default=32, help="exports in flight (32)")
    parser.add_argument("--format", default="json", help="format of the exports (json)")


@dataclass
class _Measured:
    """The sum of some blocks."""

    count: int = 0
    seconds: float = 0.0
    processor_seconds: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def processor_time(self) -> float:
        """Seconds of processor time that one of them takes of all processes."""
        return self.processor_seconds.total() / self.count

    def add(self, count: int, seconds: float, processor: Stopwatch) -> None:
        self.count += count
        self.seconds += seconds
        self.processor_seconds.update(processor.seconds())

    def row(self, what: str) -> Row:
        row: Row = {"what": what, "per second": self.per_second}
        for role in _ROLES:
            row[f"{role} CPU ms"] = self.processor_seconds[role] / self.count * 1000
        return row


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    exports, noops = _Measured(), _Measured()
    with running_service(arguments.stack, owner_jobs_at_once=arguments.at_once) as service:
        asyncio.run(_measure(service, arguments, exports, noops))
    return Report(
        benchmark="throughput",
        settings={
            "exports": exports.count,
            "at once": arguments.at_once,
            "format": arguments.format,
        },
        rows=[exports.row("exports"), noops.row("workflows of three no-ops")],
        summary={
            "exports / no-op workflows": exports.per_second / noops.per_second,
            "processor time, export / no-op workflow": exports.processor_time
            / noops.processor_time,
            "median export, ms": percentile(exports.latencies, 50) * 1000,
            "p95 export, ms": percentile(exports.latencies, 95) * 1000,
        },
    )


async def _measure(
    service: Service, arguments: argparse.Namespace, exports: _Measured, noops: _Measured
) -> None:
    block = max(arguments.exports // _BLOCKS, 1)
    async with running_baseline(service.info) as baseline:
        load = Load(service, [_ITEM], arguments.format, arguments.at_once)
        await load.run(arguments.at_once)
        await baseline.run_many(arguments.at_once, arguments.at_once)
        for _ in range(_BLOCKS):
            processor = Stopwatch(service.info.pids)
            started = time.perf_counter()
            exports.latencies += await load.run(block)
            exports.add(block, time.perf_counter() - started, processor)
            await _run_noops(service, baseline, block, arguments.at_once, noops)


async def _run_noops(
    service: Service, baseline: Baseline, count: int, at_once: int, noops: _Measured
) -> None:
    processor = Stopwatch({"temporal": service.info.pids["temporal"], **baseline.pids})
    started = time.perf_counter()
    await baseline.run_many(count, at_once)
    noops.add(count, time.perf_counter() - started, processor)
