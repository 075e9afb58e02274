"""Attacks by callers without a token: what another caller, and the API's memory, notice of them.

Another caller reads a job at a steady pace over one keep-alive connection: half of the requests of
the baseline come before each attack, half after it, because other work may slow the machine down.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.goals import goal_row
from scripts.benchmarks.report import Row, percentile
from scripts.benchmarks.service import Service
from scripts.dev.environment import CHECKOUT

_PACE = 200
_SAMPLED_EVERY = 50
_WARM_UP = 500

_SLOWDOWN_MAX = 2.0
_FAST_ENOUGH_MS = 20.0
_GROWTH_MAX_MB = 50.0


def rows(service: Service, names: Sequence[str], arguments: argparse.Namespace) -> list[Row]:
    """Measure the attacks of these names."""
    job_id = made_up_jobs.add_processing(service, 1)
    caller = _Caller(service, job_id)
    caller.read(_WARM_UP)
    quiet = caller.memory()
    half = arguments.requests // 2
    before, _ = caller.read(half)
    found: list[Row] = []
    for name in names:
        with _under_attack(name, service, arguments.connections):
            during, most = caller.read(arguments.requests)
        after, _ = caller.read(half)
        usual, slow = _p99_ms(before + after), _p99_ms(during)
        before = after
        goal = max(_SLOWDOWN_MAX * usual, _FAST_ENOUGH_MS)
        found += [
            goal_row(name, "another's requests, p99 ms", usual, slow, goal),
            goal_row(
                name,
                "memory of the API, MB",
                quiet / 1e6,
                most / 1e6,
                quiet / 1e6 + _GROWTH_MAX_MB,
            ),
        ]
    made_up_jobs.end(service, [job_id])
    return found


def _p99_ms(seconds: Sequence[float]) -> float:
    return percentile(seconds, 99) * 1000


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
