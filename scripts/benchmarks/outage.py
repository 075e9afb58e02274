"""A minute without the Temporal server: how soon do exports go on, and how fast is the rest done?

Ten owners export all the time at 60% of the rate that the service has in a closed loop. The server
is killed and comes back after the outage; meanwhile exports are accepted and wait.
"""

import argparse
import contextlib
import os
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.benchmarks.figures import Figure, figures_report
from scripts.benchmarks.report import Report
from scripts.benchmarks.service import NO_LIMITS
from scripts.benchmarks.steady_load import AT_ONCE, SteadyLoad, add_content, trouble
from scripts.dev.stack import Stack
from scripts.dev.temporal_cli import find_or_fetch

_SHARE_OF_CAPACITY = 0.6
_SETTLE_SECONDS = 15.0
_CALIBRATION_SECONDS = 30.0
_BACKLOG_SECONDS = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--seconds", type=float, default=60.0, help="of the outage (60)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with (
        tempfile.TemporaryDirectory(prefix="export-bench-") as directory,
        held_server(Path(directory)) as hold,
        Stack(Path(directory, "data"), settings=NO_LIMITS) as stack,
    ):
        item_ids = add_content(stack.settings)
        with SteadyLoad(stack.info, stack.settings, item_ids, rate=None) as closed:
            time.sleep(_SETTLE_SECONDS)
            since = time.monotonic()
            time.sleep(_CALIBRATION_SECONDS)
            capacity = closed.per_second(since, time.monotonic())
        rate = capacity * _SHARE_OF_CAPACITY
        with SteadyLoad(stack.info, stack.settings, item_ids, rate) as load:
            time.sleep(_SETTLE_SECONDS)
            killed = time.monotonic()
            hold.touch()
            os.kill(stack.info.pids["temporal"][0], signal.SIGKILL)
            time.sleep(arguments.seconds)
            hold.unlink()
            await_server(stack.info.temporal_address)
            back = time.monotonic()
            waited = load.under_way
            while load.under_way > AT_ONCE and time.monotonic() < back + _BACKLOG_SECONDS:
                time.sleep(0.1)
            done = time.monotonic()
            load.stop_calling()
        first = min(each.at for each in load.ended if each.at > back)
        slowest = max(each.seconds for each in load.answers["POST"] if killed < each.at < back)
        figures = [
            Figure("first export after the server is back", first - back, "s", at_most=5),
            Figure("waiting exports then", waited),
            Figure(
                "exports a second until they are done / in a closed loop",
                load.per_second(first, done) / capacity,
                at_least=0.9,
            ),
            Figure("longest POST meanwhile", slowest, "s", at_most=2.5),
            *trouble(load),
        ]
    return figures_report(
        "outage",
        {
            "seconds": arguments.seconds,
            "exports a second": round(rate, 1),
            "in a closed loop": round(capacity, 1),
        },
        figures,
    )


@contextlib.contextmanager
def held_server(directory: Path) -> Iterator[Path]:
    """Let stacks that are started meanwhile have a Temporal server that can be kept from starting.

    Args:
        directory: for a program and a file, which must not be there yet.

    Returns:
        The path of a file: while it exists, the server does not start.
    """
    hold, program = directory / "hold", directory / "temporal"
    cli = find_or_fetch(os.environ, print)
    program.write_text(f'#!/bin/sh\nwhile [ -e "{hold}" ]; do sleep 0.1; done\nexec "{cli}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    before = os.environ.get("TEMPORAL_CLI_PATH")
    os.environ["TEMPORAL_CLI_PATH"] = str(program)
    try:
        yield hold
    finally:
        del os.environ["TEMPORAL_CLI_PATH"]
        if before is not None:
            os.environ["TEMPORAL_CLI_PATH"] = before


def await_server(address: str) -> None:
    """Wait until something accepts connections at a host and port."""
    host, port = address.rsplit(":", 1)
    while True:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.02)
