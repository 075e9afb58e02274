"""Measures how long others wait, and how the API grows, while a caller without a token attacks.

Another caller reads a job at a steady pace over one keep-alive connection, first alone, then beside
each attack in turn. The attacks come from this machine and are bounded in count and time.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.attacker import ATTACKS
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.report import Report, Row, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service
from scripts.dev.environment import CHECKOUT

_PACE = 200
_SAMPLED_EVERY = 50
_WARM_UP = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--requests", type=int, default=2_000, help="beside each attack (2000)")
    parser.add_argument("--connections", type=int, default=4_000, help="of an attack (4000)")
    parser.add_argument("--attack", choices=ATTACKS, help="only this one")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    chosen = [arguments.attack] if arguments.attack else list(ATTACKS)
    with running_service(arguments.stack) as service:
        job_id = made_up_jobs.add_processing(service, 1)
        caller = _Caller(service, job_id)
        caller.read(_WARM_UP)
        quiet = caller.memory()
        alone, _ = caller.read(arguments.requests)
        rows: list[Row] = [_row("nothing", alone, alone, 0)]
        for name in chosen:
            with _under_attack(name, service, arguments.connections):
                beside, most = caller.read(arguments.requests)
            rows.append(_row(name, beside, alone, most - quiet))
        made_up_jobs.end(service, [job_id])
    return Report(
        benchmark="attacks",
        settings={"requests": arguments.requests, "connections": arguments.connections},
        rows=rows,
        summary={
            "worst 99th percentile, ms": max(float(row["p99 ms"]) for row in rows),
            "worst ratio": max(float(row["ratio"]) for row in rows),
            "most memory, MB": max(float(row["memory MB"]) for row in rows),
        },
    )


def _row(what: str, beside: list[float], alone: list[float], grown: int) -> Row:
    slow, usual = percentile(beside, 99), percentile(alone, 99)
    return {
        "beside": what,
        "median ms": percentile(beside, 50) * 1000,
        "p99 ms": slow * 1000,
        "most ms": max(beside) * 1000,
        "ratio": slow / usual,
        "memory MB": grown / 1e6,
    }


class _Caller:
    """Somebody with a token and manners."""

    def __init__(self, service: Service, job_id: str) -> None:
        self._connection = Connection(service.info.api, service.info.token)
        self._job_id = job_id
        [self._pid] = service.info.pids["api"]

    def read(self, requests: int) -> tuple[list[float], int]:
        """Read the job so often; seconds of each, and the most memory that the API had."""
        seconds: list[float] = []
        most = 0
        began = time.perf_counter()
        for number in range(requests):
            time.sleep(max(began + number / _PACE - time.perf_counter(), 0))
            started = time.perf_counter()
            self._connection.job(self._job_id)
            seconds.append(time.perf_counter() - started)
            if number % _SAMPLED_EVERY == 0:
                most = max(most, self.memory())
        return seconds, most

    def memory(self) -> int:
        """Resident bytes of the API's process."""
        for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the API has ended")


@contextlib.contextmanager
def _under_attack(name: str, service: Service, connections: int) -> Iterator[None]:
    port = urlsplit(service.info.api).port
    command = [sys.executable, "-m", "scripts.benchmarks.attacker", name, f"{port}"]
    with subprocess.Popen(
        [*command, f"{connections}"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as attacker:
        assert attacker.stdin is not None
        assert attacker.stdout is not None
        try:
            if attacker.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the attack did not begin: {name}")
            yield
        finally:
            attacker.stdin.close()
            attacker.wait(30)
