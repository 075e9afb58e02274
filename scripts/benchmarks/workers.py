"""PDF exports a second with one render worker and with two, each on a service of its own."""

import argparse
import asyncio
import time

from scripts.benchmarks.load import Load
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, running_service

_AT_ONCE = 8
_WARM_UP = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--exports", type=int, default=24, help="exports to measure (24)")
    parser.add_argument("--format", default="pdf", help="format of the exports (pdf)")
    # With fewer, what the other processes do on the same cores leaves the second worker less.
    parser.add_argument("--items", type=int, default=100, help="items of each (100)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    rows: list[Row] = []
    per_second = []
    for workers in (1, 2):
        with running_service(None, render_workers=workers, owner_jobs_at_once=_AT_ONCE) as service:
            seconds, processor = asyncio.run(_measure(service, arguments))
        per_second.append(arguments.exports / seconds)
        rows.append(
            {
                "render workers": str(workers),
                "exports per second": per_second[-1],
                "render CPU s": processor["worker-render"],
                "other CPU s": sum(processor.values()) - processor["worker-render"],
            }
        )
    return Report(
        benchmark="workers",
        settings={
            "exports": arguments.exports,
            "format": arguments.format,
            "items": arguments.items,
        },
        rows=rows,
        summary={"two render workers / one": per_second[1] / per_second[0]},
    )


async def _measure(
    service: Service, arguments: argparse.Namespace
) -> tuple[float, dict[str, float]]:
    content_ids = [f"content-{number}" for number in range(1, arguments.items + 1)]
    load = Load(service, content_ids, arguments.format, _AT_ONCE)
    await load.run(_WARM_UP)
    processor = Stopwatch(service.info.pids)
    started = time.perf_counter()
    await load.run(arguments.exports)
    return time.perf_counter() - started, processor.seconds()
