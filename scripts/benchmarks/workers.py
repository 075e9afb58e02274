"""PDF exports a second with one render worker and with two.

Each has a service of its own; they take turns, since the machine is never equally fast twice.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from scripts.benchmarks.load import Load
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, running_service

_AT_ONCE = 8
_ROUNDS = 6
_WARM_UP = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--exports", type=int, default=72, help="exports to measure, of each (72)")
    parser.add_argument("--format", default="pdf", help="format of the exports (pdf)")
    # With fewer, what the other processes do on the same cores leaves the second worker less.
    parser.add_argument("--items", type=int, default=100, help="items of each (100)")


class _Measured:
    """One service, and what its exports took so far."""

    def __init__(self, service: Service, arguments: argparse.Namespace) -> None:
        content_ids = [f"content-{number}" for number in range(1, arguments.items + 1)]
        self._service = service
        self._load = Load(service, content_ids, arguments.format, _AT_ONCE)
        self._seconds = 0.0
        self._exports = 0
        self._processor: Counter[str] = Counter()

    async def warm_up(self) -> None:
        """Let each render worker have rendered before."""
        await self._load.run(_WARM_UP)

    async def measure(self, exports: int) -> None:
        """Make so many exports."""
        processor = Stopwatch(self._service.info.pids)
        started = time.perf_counter()
        await self._load.run(exports)
        self._seconds += time.perf_counter() - started
        self._exports += exports
        self._processor.update(processor.seconds())

    @property
    def per_second(self) -> float:
        return self._exports / self._seconds

    def row(self, workers: int) -> Row:
        """The measurements with so many render workers, as a row of the report."""
        rendering = self._processor["worker-render"] / self._exports
        return {
            "render workers": str(workers),
            "exports per second": self.per_second,
            "render CPU s": rendering,
            "other CPU s": self._processor.total() / self._exports - rendering,
        }


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with (
        running_service(None, render_workers=1, owner_jobs_at_once=_AT_ONCE) as one,
        running_service(None, render_workers=2, owner_jobs_at_once=_AT_ONCE) as two,
    ):
        measured = {1: _Measured(one, arguments), 2: _Measured(two, arguments)}
        asyncio.run(_measure(list(measured.values()), arguments.exports))
    return Report(
        benchmark="workers",
        settings={
            "exports": arguments.exports,
            "format": arguments.format,
            "items": arguments.items,
        },
        rows=[each.row(workers) for workers, each in measured.items()],
        summary={"two render workers / one": measured[2].per_second / measured[1].per_second},
    )


async def _measure(services: Sequence[_Measured], exports: int) -> None:
    for each in services:
        await each.warm_up()
    for _ in range(_ROUNDS):
        for each in services:
            await each.measure(max(exports // _ROUNDS, 1))
