"""Workers that keep as many polls open as Temporal tells them, beside the SDK's fixed number.

Two services run side by side and take turns: small exports one at a time, then many at once, then
nothing at all. Each says how long an export takes, how many it makes a second, what processor time
each takes of all processes, and how many polls its workers keep open.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import httpx

from activities.temporal.sdk_metrics import pollers_in
from scripts.benchmarks.load import Load
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, middle_ratio
from scripts.benchmarks.service import Service, running_service

_ITEM = "content-1"
_LAUNCHER = "scripts.benchmarks.autoscaled_pollers"


@dataclass
class _Measured:
    """What one of the services took."""

    service: Service
    alone: list[float] = field(default_factory=list)
    """Seconds of exports one at a time."""
    per_second: list[float] = field(default_factory=list)
    """Exports of a block, many at once."""
    processor: list[float] = field(default_factory=list)
    """Seconds of all processes for one of them."""
    idle: list[float] = field(default_factory=list)
    """Share of a core that all processes take when there is nothing to do."""
    busy_polls: list[float] = field(default_factory=list)
    idle_polls: list[float] = field(default_factory=list)

    def row(self, what: str) -> Row:
        return {
            "what": what,
            "alone, median ms": median(self.alone) * 1000,
            "per second": median(self.per_second),
            "CPU ms": median(self.processor) * 1000,
            "idle share of a core": median(self.idle),
            "polls under load": median(self.busy_polls),
            "polls when idle": median(self.idle_polls),
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--blocks", type=int, default=6, help="turns of each service (6)")
    parser.add_argument("--exports", type=int, default=300, help="exports of a turn (300)")
    parser.add_argument("--at-once", type=int, default=32, help="exports in flight (32)")
    parser.add_argument("--alone", type=int, default=20, help="exports one at a time (20)")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds of doing nothing (10)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with _measured(None, arguments) as fixed, _measured(_LAUNCHER, arguments) as scaled:
        asyncio.run(_take_turns((fixed, scaled), arguments))
    return Report(
        benchmark="pollers",
        settings={
            name: getattr(arguments, name) for name in ("blocks", "exports", "at_once", "alone")
        },
        rows=[fixed.row("fixed number of polls"), scaled.row("as Temporal tells")],
        summary={
            "median alone, as told / fixed": median(scaled.alone) / median(fixed.alone),
            "per second, as told / fixed": middle_ratio(scaled.per_second, fixed.per_second),
            "processor time, as told / fixed": middle_ratio(scaled.processor, fixed.processor),
            "idle, as told / fixed": middle_ratio(scaled.idle, fixed.idle),
        },
    )


@contextmanager
def _measured(launcher: str | None, arguments: argparse.Namespace) -> Iterator[_Measured]:
    with running_service(
        None, render_workers=1, owner_jobs_at_once=arguments.at_once, launcher=launcher
    ) as service:
        yield _Measured(service)


async def _take_turns(services: tuple[_Measured, ...], arguments: argparse.Namespace) -> None:
    for each in services:
        await _load(each, 1).run(arguments.alone)
        await _load(each, arguments.at_once).run(arguments.exports)
    for _ in range(arguments.blocks):
        for each in services:
            each.alone += await _load(each, 1).run(arguments.alone)
            await _block(each, arguments)
    for _ in range(arguments.blocks):
        for each in services:
            each.idle_polls.append(_polls(each.service))
            processor = Stopwatch(each.service.info.pids)
            await asyncio.sleep(arguments.idle)
            each.idle.append(sum(processor.seconds().values()) / arguments.idle)


async def _block(measured: _Measured, arguments: argparse.Namespace) -> None:
    processor = Stopwatch(measured.service.info.pids)
    started = time.perf_counter()
    exports = asyncio.create_task(_load(measured, arguments.at_once).run(arguments.exports))
    await asyncio.sleep(1)
    polls = await asyncio.to_thread(_polls, measured.service)
    await exports
    measured.busy_polls.append(polls)
    measured.per_second.append(arguments.exports / (time.perf_counter() - started))
    measured.processor.append(sum(processor.seconds().values()) / arguments.exports)


def _load(measured: _Measured, at_once: int) -> Load:
    return Load(measured.service, [_ITEM], "json", at_once)


def _polls(service: Service) -> float:
    """The number of calls that ask for tasks at this moment, of all workers."""
    return sum(pollers_in(httpx.get(url).text) for url in service.info.metrics)
