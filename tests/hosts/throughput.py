"""Exports a second of a service on some hosts, as `scripts/bench.py hosts` measures it."""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from activities.model.jobs import Status
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.job_watch import JobWatch
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.dev.credentials import issue_token
from scripts.dev.stack import DEMO_SCOPE
from tests.engines.server import EngineError
from tests.hosts.hosted_service import HostedService
from tests.hosts.network import missing

OWNER = "teacher-1"

_CALLERS = 6
"""Callers of each host, each of whom has one export under way."""
_SETTLE_SECONDS = 8.0
_WATCH_SECONDS = 0.05
_TOKEN_LIFETIME = timedelta(days=1)


class Kind(NamedTuple):
    """Exports that are measured."""

    name: str
    format: str
    items: int


KINDS = (Kind("JSON of 1 item", "json", 1), Kind("PDF of 3 items", "pdf", 3))


class Callers:
    """Keep exports under way on all hosts while the `with` block lasts.

    Attributes:
        completed: the number of exports that are completed.
    """

    def __init__(self, service: HostedService, kind: Kind) -> None:
        """Prepare to call the hosts.

        Args:
            service: with its hosts.
            kind: what to export.
        """
        self.completed = 0
        self._database = service.settings.database
        self._token = issue_token(service.settings, OWNER, DEMO_SCOPE, _TOKEN_LIFETIME)
        self._format = kind.format
        self._ids = [f"content-{number}" for number in range(1, kind.items + 1)]
        self._open: dict[str, threading.Event] = {}
        self._stopping = threading.Event()
        self._trouble: list[str] = []
        self._following = threading.Thread(target=self._follow, daemon=True)
        self._calling = [
            threading.Thread(target=self._call, args=(machine.api,), daemon=True)
            for machine in service.machines
            for _ in range(_CALLERS)
        ]

    def __enter__(self) -> Self:
        for thread in (*self._calling, self._following):
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._give_up(repr(error))
        self._stopping.set()
        for thread in (*self._calling, self._following):
            thread.join()

    def go_on(self, seconds: float) -> None:
        """Let the callers work for a while.

        Raises:
            RuntimeError: an export did not complete, or a request was refused.
        """
        if self._stopping.wait(seconds):
            raise RuntimeError(self._trouble[0])

    def _call(self, api: str) -> None:
        connection = Connection(api, self._token)
        try:
            while not self._stopping.is_set():
                job_id = connection.create(self._ids, self._format)
                ended = self._open[job_id] = threading.Event()
                while not ended.wait(_WATCH_SECONDS) and not self._trouble:
                    pass
        except (OSError, RuntimeError, HTTPException) as error:
            self._give_up(f"{api}: {error!r}")
        finally:
            connection.close()

    def _follow(self) -> None:
        watch = JobWatch(self._database)
        while any(thread.is_alive() for thread in self._calling):
            for job_id, status in watch.ended(list(self._open)).items():
                self.completed += 1
                self._open.pop(job_id).set()
                if status is not Status.COMPLETED:
                    self._give_up(f"{job_id} is {status.value}")
            time.sleep(_WATCH_SECONDS)
        watch.close()

    def _give_up(self, what: str) -> None:
        self._trouble.append(what)
        self._stopping.set()


class _Measured:
    """What was measured of a kind of exports on a number of hosts, in all rounds."""

    def __init__(self) -> None:
        self._exports = 0
        self._seconds = 0.0
        self._periods = 0
        self._throttled = 0
        self._outside: Counter[str] = Counter()

    @property
    def per_second(self) -> float:
        return self._exports / self._seconds

    def measure(self, service: HostedService, callers: Callers, seconds: float) -> None:
        """Add what the callers and the service do in this time."""
        pids = {
            name: [server.pid for server in servers] for name, servers in service.outside.items()
        }
        outside = Stopwatch(pids)
        throttling = [host.group.throttling() for host in service.hosts]
        exports, started = callers.completed, time.perf_counter()
        callers.go_on(seconds)
        self._exports += callers.completed - exports
        self._seconds += time.perf_counter() - started
        self._outside.update(outside.seconds())
        for host, before in zip(service.hosts, throttling, strict=True):
            now = host.group.throttling()
            self._periods += now.periods - before.periods
            self._throttled += now.throttled - before.throttled

    def row(self, kind: Kind, hosts: int, one: "_Measured") -> Row:
        """All of it, as a row of the report.

        Args:
            kind: of the exports.
            hosts: the number of hosts.
            one: the same of one host.
        """
        return {
            "exports": kind.name,
            "hosts": hosts,
            "exports a second": self.per_second,
            "times one host": self.per_second / one.per_second,
            "hosts at their limit, %": 100 * self._throttled / max(self._periods, 1),
            **{
                f"{name}, cores": seconds / self._seconds for name, seconds in self._outside.items()
            },
        }


def measure(hosts: Sequence[int], cores: float, seconds: float, rounds: int) -> Report:
    """Measure all kinds of exports on each number of hosts in turn.

    Args:
        hosts: the numbers of hosts; the first is what others are compared with.
        cores: the part of a processor that a host has.
        seconds: of each measurement.
        rounds: how often each is measured.
    """
    measured: dict[Kind, dict[int, _Measured]] = {
        kind: {count: _Measured() for count in hosts} for kind in KINDS
    }
    settings = {"EXPORT_EXPRESS": "true", "EXPORT_OWNER_JOBS_AT_ONCE": "1000"}
    with (
        tempfile.TemporaryDirectory(prefix="export-hosts-") as directory,
        HostedService(Path(directory), settings) as service,
    ):
        for number in range(rounds):
            # Back and forth: fewer hosts have to be started.
            for count in reversed(hosts) if number % 2 else hosts:
                service.keep(count)
                service.add(count - len(service.hosts))
                for host in service.hosts:
                    host.group.hold_processor(cores)
                for kind in KINDS:
                    with Callers(service, kind) as callers:
                        callers.go_on(_SETTLE_SECONDS)
                        measured[kind][count].measure(service, callers, seconds)
    rows = [
        each.row(kind, count, by_count[hosts[0]])
        for kind, by_count in measured.items()
        for count, each in by_count.items()
    ]
    return Report(
        benchmark="hosts",
        settings={
            "cores of a host": cores,
            "seconds": seconds,
            "rounds": rounds,
            "callers of a host": _CALLERS,
        },
        rows=rows,
    )


def main() -> int:
    """Run the command, which writes the report as JSON; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.throughput", description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", required=True)
    parser.add_argument("--cores", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    arguments = parser.parse_args()
    if lacking := missing():
        sys.exit(f"hosts of their own are not possible here: {lacking}")
    threading.Thread(target=_end_with_caller, daemon=True).start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = measure(arguments.hosts, arguments.cores, arguments.seconds, arguments.rounds)
    except KeyboardInterrupt:
        return 130
    except EngineError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(report))
    return 0


def _end_with_caller() -> None:
    """Stop when whoever holds the other end of standard input is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
