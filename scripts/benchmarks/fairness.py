"""One owner's single export beside another owner's long queue and heavy exports, and without them.

The queue is made while the workers stand still, so that all of it waits; then they go on, and once
some of it is done the other owner makes one export after the other until there are enough, or the
queue has come to its end. What is left of it is cancelled, and the other owner measured alone
again: half of the exports beside nothing come before the queue, half after it, because other work
may slow the machine down.

Then the first owner has two heavy exports under way all the time: each of a few items, and so
estimated as small, that are a hundred times as long as others.
"""

import argparse
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import msgspec

from activities.content.sql import SqlContent
from activities.model.jobs import Status
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.job_watch import JobWatch
from scripts.benchmarks.made_up_jobs import OWNER, in_database
from scripts.benchmarks.report import Report, Row, durations_row, percentile
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_QUEUED_ITEM = "content-1"
_OTHER_ITEM = "content-1001"
_CONNECTIONS = 4
_WATCH_SECONDS = 0.005
_IN_MOTION = 300
"""Exports of the queue whose end says that workers are over their standstill, for which others were
put in their place; of a short queue, half of it."""
# As many as the owner may have under way by default.
_HEAVY_AT_ONCE = 2
_HEAVY_ITEMS = 8
_HEAVY_TIMES = 70
_HEAVY_FORMAT = "pdf"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--queued", type=int, default=2_000, help="exports in the queue (2000)")
    parser.add_argument("--exports", type=int, default=60, help="exports to measure (60)")
    parser.add_argument("--format", default="json", help="format of all exports (json)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with running_service(arguments.stack) as service:
        half = max(arguments.exports // 2, 1)
        with _probing(service, arguments.format) as probe:
            alone = [probe.latency() for _ in range(half)]
        queue = _Queue(service, arguments.queued, arguments.format)
        moving = queue.await_motion()
        beside: list[float] = []
        with _probing(service, arguments.format) as probe:
            while len(beside) < arguments.exports and queue.waiting():
                beside.append(probe.latency())
        left = queue.waiting()
        queue.cancel()
        with _probing(service, arguments.format) as probe:
            alone += [probe.latency() for _ in range(half)]
        heavy = _HeavyExports(service)
        beside_heavy: list[float] = []
        with _probing(service, arguments.format) as probe:
            for _ in range(arguments.exports):
                heavy.keep_under_way()
                beside_heavy.append(probe.latency())
        heavy.cancel()
    rows: list[Row] = [
        durations_row("no queue", alone),
        durations_row(f"beside a queue of {arguments.queued}", beside),
        durations_row(f"beside {_HEAVY_AT_ONCE} heavy exports", beside_heavy),
    ]
    return Report(
        benchmark="fairness",
        settings={
            "queued": arguments.queued,
            "done of the queue meanwhile": moving - left,
            "format": arguments.format,
        },
        rows=rows,
        summary={
            "beside a queue / alone, medians": median(beside) / median(alone),
            "beside a queue / alone, p95": percentile(beside, 95) / percentile(alone, 95),
            "beside heavy exports / alone, medians": median(beside_heavy) / median(alone),
            "beside heavy exports / alone, p95": (
                percentile(beside_heavy, 95) / percentile(alone, 95)
            ),
        },
    )


class _Probe:
    """The other owner, who makes one export at a time."""

    def __init__(self, connection: Connection, watch: JobWatch, format_id: str) -> None:
        self._connection = connection
        self._watch = watch
        self._format = format_id

    def latency(self) -> float:
        """Make an export; how long it took, to a watcher's step, in seconds.

        Raises:
            RuntimeError: it did not complete.
        """
        started = time.perf_counter()
        job_id = self._connection.create([_OTHER_ITEM], self._format)
        while not (ended := self._watch.ended([job_id])):
            time.sleep(_WATCH_SECONDS)
        if ended[job_id] is not Status.COMPLETED:
            raise RuntimeError(f"export {job_id} is {ended[job_id].value}")
        return time.perf_counter() - started


@contextlib.contextmanager
def _probing(service: Service, format_id: str) -> Iterator[_Probe]:
    """The other owner, on a connection of their own: the server closes one that is long idle."""
    with Connection(service.info.api, service.info.other_token) as connection:
        probe = _Probe(connection, JobWatch(service.database), format_id)
        probe.latency()
        yield probe


class _Queue:
    """The first owner's exports."""

    def __init__(self, service: Service, count: int, format_id: str) -> None:
        self._service = service
        self._watch = JobWatch(service.database)
        with _standing_still(service), ThreadPoolExecutor(_CONNECTIONS) as pool:
            shares = [
                count // _CONNECTIONS + (n < count % _CONNECTIONS) for n in range(_CONNECTIONS)
            ]
            made = pool.map(lambda share: _create(service, share, format_id), shares)
            self._jobs = [job_id for ids in made for job_id in ids]

    def waiting(self) -> int:
        """The number of jobs that have not ended."""
        ended = self._watch.ended(self._jobs)
        self._jobs = [job_id for job_id in self._jobs if job_id not in ended]
        return len(self._jobs)

    def await_motion(self) -> int:
        """Wait until some of it is done; the number of jobs that have not ended then."""
        made = len(self._jobs)
        while (left := self.waiting()) > made - min(_IN_MOTION, made // 2):
            time.sleep(_WATCH_SECONDS)
        return left

    def cancel(self) -> None:
        """Cancel what has not ended, and wait for the end of all."""
        with Connection(self._service.info.api, self._service.info.token) as connection:
            for job_id in self._jobs:
                connection.cancel(job_id)
        while self.waiting():
            time.sleep(_WATCH_SECONDS)


class _HeavyExports:
    """Exports of the first owner that take many times their estimate."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._watch = JobWatch(service.database)
        self._jobs: list[str] = []
        guide = "\n\n".join(item.study_guide or "" for item in corpus(_HEAVY_TIMES))
        items = [
            msgspec.structs.replace(item, owner_id=OWNER, study_guide=guide)
            for item in corpus(_HEAVY_ITEMS)
        ]
        self._ids = [item.id for item in items]
        in_database(service, lambda database: SqlContent(database).store(items))

    def keep_under_way(self) -> None:
        """Start others for those that have ended, and wait until all are being worked on."""
        ended = self._watch.ended(self._jobs)
        self._jobs = [job_id for job_id in self._jobs if job_id not in ended]
        if len(self._jobs) == _HEAVY_AT_ONCE:
            return
        with Connection(self._service.info.api, self._service.info.token) as connection:
            while len(self._jobs) < _HEAVY_AT_ONCE:
                self._jobs.append(connection.create(self._ids, _HEAVY_FORMAT))
            while any(connection.job(job_id)["status"] == "pending" for job_id in self._jobs):
                time.sleep(_WATCH_SECONDS)

    def cancel(self) -> None:
        """Cancel those that have not ended."""
        with Connection(self._service.info.api, self._service.info.token) as connection:
            for job_id in self._jobs:
                connection.cancel(job_id)


def _create(service: Service, count: int, format_id: str) -> list[str]:
    with Connection(service.info.api, service.info.token) as connection:
        return [connection.create([_QUEUED_ITEM], format_id) for _ in range(count)]


@contextlib.contextmanager
def _standing_still(service: Service) -> Iterator[None]:
    workers = ("worker-express", "worker-io", "worker-render")
    pids = [pid for role in workers for pid in service.info.pids.get(role, ())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
