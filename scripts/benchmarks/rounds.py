"""Looking for exports that may begin, while thousands of owners wait.

Each owner has one export that is worked on and some that wait, so that nobody has a free place:
what an idle API does every two seconds. Then owners' exports end, one after the other, and each
starts the owner's next one.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from sqlalchemy import Connection, insert

from activities.common.clock import utc_now
from activities.common.database import Database, connect, transaction
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.jobs.schema import jobs
from activities.model.jobs import Phase, Status
from activities.model.options import RenderOptions
from scripts.benchmarks.figures import Figure, figures_report
from scripts.benchmarks.filled_data import owner_name
from scripts.benchmarks.report import Report

_FEW = 10
_WAITING = 4
_AT_ONCE = 2
_ROUNDS = 20
_ENDS = 100
_SECONDS_BETWEEN_ROUNDS = 2.0
_ROWS_AT_ONCE = 5_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--owners", type=int, default=10_000, help="owners who wait (10,000)")
    parser.add_argument("--database", default="", metavar="URL", help="empty PostgreSQL (SQLite)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with _database(arguments.database) as url:
        figures = asyncio.run(_measure(url, arguments.owners))
    return figures_report(
        "rounds",
        {
            "owners": arguments.owners,
            "waiting exports of each": _WAITING,
            "database": "PostgreSQL" if arguments.database else "SQLite",
        },
        figures,
    )


@contextmanager
def _database(url: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
        chosen = url or f"sqlite:///{directory}/export.db"
        migrate(chosen)
        yield chosen


async def _measure(url: str, owners: int) -> list[Figure]:
    database = connect(url)
    try:
        await database.run(lambda connection: _fill(connection, range(_FEW)))
        few = await _next_of_owners(database, range(_FEW // 2, _FEW))
        await database.run(lambda connection: _fill(connection, range(_FEW, owners)))
        round_seconds, processor_seconds = await _round(database)
        many = await _next_of_owners(database, range(_FEW, min(_FEW + _ENDS, owners)))
    finally:
        await database.close()
    return [
        Figure("a round over all owners", round_seconds * 1000, "ms", at_most=100),
        Figure(
            "rounds of an idle API, share of a core",
            processor_seconds / _SECONDS_BETWEEN_ROUNDS,
            at_most=0.05,
        ),
        Figure("an owner's next export", many * 1000, "ms"),
        Figure(f"an owner's next export, beside that of {_FEW} owners", many / few, at_most=2),
    ]


def _fill(connection: Connection, owners: range) -> None:
    now = utc_now() - timedelta(hours=1)
    blank = {
        "phase": Phase.QUEUED,
        "format": "json",
        "options": RenderOptions(),
        "title": "A made-up course",
        "content_ids": ["item-1"],
        "items_total": 1,
    }
    rows = [
        blank
        | {
            "job_id": f"{number}-{place}",
            "owner_id": owner_name(number),
            "status": Status.PENDING if place else Status.PROCESSING,
            "created_at": now + timedelta(milliseconds=number + place),
            "dispatched_at": None if place else now + timedelta(seconds=1),
        }
        for number in owners
        for place in range(_WAITING + 1)
    ]
    with transaction(connection):
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            connection.execute(insert(jobs), rows[start : start + _ROWS_AT_ONCE])


async def _round(database: Database) -> tuple[float, float]:
    """The time, and the processor time of this process, of what an API does in a round."""
    queue = DispatchQueue(database)

    async def look() -> None:
        before = utc_now()
        assert await queue.cancellation_pending(before, 100) == []
        assert await queue.take_all_turns(_AT_ONCE, before) == []

    await look()
    used = time.process_time()
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        await look()
        taken.append(time.perf_counter() - started)
    return median(taken), (time.process_time() - used) / _ROUNDS


async def _next_of_owners(database: Database, owners: range) -> float:
    """The time that it takes to find an owner's next export and to give it its turn."""
    queue, execution = DispatchQueue(database), JobExecution(database)
    records = JobRecords(database)

    async def succeed(ended: str) -> str:
        owner_id = await queue.owner_behind(ended)
        assert owner_id is not None
        [job_id] = await queue.take_turns(owner_id, _AT_ONCE)
        return job_id

    taken = []
    for number in owners:
        ended = f"{number}-0"
        await execution.end(ended, Status.CANCELLED, now=utc_now())
        started = time.perf_counter()
        job_id = await succeed(ended)
        taken.append(time.perf_counter() - started)
        await records.mark_dispatched(job_id, utc_now())
    return median(taken)
