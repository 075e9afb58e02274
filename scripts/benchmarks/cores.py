"""Long exports a second, many at once, beside one at a time: what further cores add.

One render worker has several renders at once, each in a process of its own. Both take turns on one
service, since the machine is never equally fast twice.
"""

import argparse
import asyncio
import time
from collections import Counter

from scripts.benchmarks.load import Load
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, running_service

_AT_ONCE = 8
_ROUNDS = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--exports", type=int, default=72, help="exports to measure, of each (72)")
    parser.add_argument("--format", default="pdf", help="format of the exports (pdf)")
    # With fewer, what the other processes do on the same cores leaves renders less.
    parser.add_argument("--items", type=int, default=100, help="items of each (100)")


class _Measured:
    """So many exports at once, and what they took so far."""

    def __init__(self, service: Service, arguments: argparse.Namespace, at_once: int) -> None:
        content_ids = [f"content-{number}" for number in range(1, arguments.items + 1)]
        self._service = service
        self._at_once = at_once
        self._load = Load(service, content_ids, arguments.format, at_once)
        self._seconds = 0.0
        self._exports = 0
        self._processor: Counter[str] = Counter()

    async def warm_up(self) -> None:
        """Let each render child have rendered before."""
        await self._load.run(self._at_once)

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
        """Exports a second."""
        return self._exports / self._seconds

    def row(self) -> Row:
        """The measurements as a row of the report."""
        rendering = self._processor["worker-render"] / self._exports
        return {
            "at once": str(self._at_once),
            "exports per second": self.per_second,
            "render CPU s": rendering,
            "other CPU s": self._processor.total() / self._exports - rendering,
        }


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with running_service(None, render_workers=1, owner_jobs_at_once=_AT_ONCE) as service:
        alone = _Measured(service, arguments, 1)
        many = _Measured(service, arguments, _AT_ONCE)
        asyncio.run(_measure(alone, many, max(arguments.exports // _ROUNDS, 1)))
    return Report(
        benchmark="cores",
        settings={
            "exports": arguments.exports,
            "format": arguments.format,
            "items": arguments.items,
        },
        rows=[alone.row(), many.row()],
        summary={"many at once / one at a time": many.per_second / alone.per_second},
    )


async def _measure(alone: _Measured, many: _Measured, exports: int) -> None:
    await many.warm_up()
    for _ in range(_ROUNDS):
        await alone.measure(exports)
        await many.measure(exports)
