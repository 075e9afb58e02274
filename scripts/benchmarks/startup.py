"""Measures how long the service takes to start, for the first time and again, and to stop.

Also what the imports of each process take, which is most of a start.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.benchmarks.report import Report, Row, durations_row
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack

_PROCESSES = {
    "Python itself": ("-c", "import sys; sys.exit(1)"),
    "API": ("-m", "web"),
    "worker": ("-m", "activities.worker", "--role", "io,workflow"),
}
_WRONG = {"EXPORT_PORT": "none"}
"""A setting with which a process ends as soon as it has imported everything."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--runs", type=int, default=3, help="starts of each kind (3)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    first: list[float] = []
    again: list[float] = []
    stop: list[float] = []
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
            for starts in (first, again):
                stack = Stack(Path(directory))
                starts.append(_seconds(stack.start))
                stop.append(_seconds(stack.stop))
    rows: list[Row] = [
        durations_row("first start, with demo content", first),
        durations_row("start again", again),
        durations_row("stop", stop),
    ]
    for what, command in _PROCESSES.items():
        imports = [_imports(command) for _ in range(arguments.runs)]
        seconds, processor = zip(*imports, strict=True)
        rows.append(durations_row(f"process and imports: {what}", seconds))
        rows.append(durations_row("... processor time", processor))
    return Report(benchmark="startup", settings={"runs": arguments.runs}, rows=rows)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _imports(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of a process that imports everything and ends, and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=CHECKOUT,
        env=os.environ | _WRONG,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 1:
        raise RuntimeError(f"{command} ended with {ended.returncode}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
