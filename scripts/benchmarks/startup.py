"""Measures how long the service takes to start, for the first time and again, and to stop.

Also what the imports of each process take, which is most of a start.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripts.benchmarks.report import Report, Row, durations_row
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack

_MODULES = {"Python itself": "sys", "API": "web.app", "worker": "activities.worker"}


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
    for what, module in _MODULES.items():
        imports = [_seconds(partial(_import, module)) for _ in range(arguments.runs)]
        rows.append(durations_row(f"process and imports: {what}", imports))
    return Report(benchmark="startup", settings={"runs": arguments.runs}, rows=rows)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=CHECKOUT, check=True)
