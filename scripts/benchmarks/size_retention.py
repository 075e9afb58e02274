"""What callers notice while retention has a million things to do, and what its walk takes.

Half of the audit rows fall due, and some of the files; runs of retention follow each other until
nothing is due, beside exports at a steady pace.
"""

import asyncio
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from sqlalchemy import ColumnElement, create_engine, func, select, update
from sqlalchemy.engine import Engine
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow
from temporalio.testing import ActivityEnvironment

from activities.common.clock import utc_now
from activities.common.database import connect, parse_url
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.schema import audit_log, jobs
from activities.model.jobs import Status
from activities.steps.sweep import Sweep
from activities.storage.local import LocalStorage
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.filled_data import FilledData, FilledService
from scripts.benchmarks.report import percentile
from scripts.benchmarks.service import NO_LIMITS
from workflows.contracts import RETENTION_SCHEDULE_ID, Walk
from workflows.converter import DATA_CONVERTER
from workflows.policies import RETENTION_STEP

_QUIET_SECONDS = 60.0
_PAUSE_SECONDS = 0.25
_MOST_SECONDS = 1_800.0
_DUE_FILES = 20_000
_BODY = {"content_ids": ["content-1"], "format": "txt"}
_EXPIRED_AGO = timedelta(seconds=1)

_MOST_POST_RATIO = 5.0
_MOST_LOCKED_MS = 250.0
_MOST_LOG_MB = 64.0
# Of each case one part of a run has much to do.
_MOST_RUN_SECONDS = RETENTION_STEP.total_seconds()
# Ten seconds of a processor an hour, in which a walk has 200,000 files at most.
_MOST_WALK_US = 50.0
_MOST_WALK_MB = 20.0


def measure(data: FilledData) -> Iterator[Figure]:
    """Requests beside trimming and expiry, and the walk through all files."""
    days = data.scale.audit_days / 2
    with data.running(NO_LIMITS) as service, _posting(service) as quiet:
        time.sleep(_QUIET_SECONDS)
    engine = create_engine(parse_url(data.database))
    due_before = utc_now() - timedelta(days=days)
    with data.running({**NO_LIMITS, "EXPORT_AUDIT_RETENTION_DAYS": str(days)}) as service:
        yield from _beside(
            "trim", service, quiet, lambda: _count(engine, audit_log.c.at < due_before)
        )
        _let_files_be_due(engine)
        due = (jobs.c.status == Status.COMPLETED) & (jobs.c.expires_at < utc_now())
        yield from _beside("expiry", service, quiet, lambda: _count(engine, due))
    engine.dispose()
    yield from asyncio.run(_walk(data))


class _Posts:
    """Requests for exports, one after the other."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.refused = 0

    @property
    def p99(self) -> float:
        """In milliseconds."""
        return percentile(self.seconds, 99) * 1000


@contextmanager
def _posting(service: FilledService) -> Iterator[_Posts]:
    """Ask for an export each quarter of a second meanwhile."""
    posts = _Posts()
    stopping = threading.Event()
    headers = {"Authorization": f"Bearer {service.info.token}"}

    def post() -> None:
        with httpx.Client(base_url=service.info.api, headers=headers, timeout=60.0) as client:
            while not stopping.is_set():
                started = time.perf_counter()
                answered = client.post("/api/export/", json=_BODY)
                posts.seconds.append(time.perf_counter() - started)
                posts.refused += answered.status_code != httpx.codes.ACCEPTED
                stopping.wait(_PAUSE_SECONDS)

    caller = threading.Thread(target=post)
    caller.start()
    try:
        yield posts
    finally:
        stopping.set()
        caller.join()


def _beside(
    what: str, service: FilledService, quiet: _Posts, due: Callable[[], int]
) -> Iterator[Figure]:
    began_with = due()
    started = time.perf_counter()
    with _posting(service) as posts, _watching_lock(service.database) as locked:
        runs = asyncio.run(_run_until(service, lambda: due() == 0))
    seconds = time.perf_counter() - started
    yield Figure(f"{what}: rows due", began_with)
    yield Figure(f"{what}: rows left", due(), at_most=0)
    yield Figure(f"{what}: time until none was due", seconds, "s")
    yield Figure(f"{what}: longest run", max(runs), "s", at_most=_MOST_RUN_SECONDS)
    yield Figure(f"{what}: POST p50 quiet", median(quiet.seconds) * 1000, "ms")
    yield Figure(f"{what}: POST p50 beside", median(posts.seconds) * 1000, "ms")
    yield Figure(
        f"{what}: POST p99 beside / quiet", posts.p99 / quiet.p99, at_most=_MOST_POST_RATIO
    )
    yield Figure(f"{what}: POST max beside", max(posts.seconds) * 1000, "ms")
    yield Figure(f"{what}: POSTs refused", posts.refused, at_most=0)
    log = Path(service.database.removeprefix("sqlite:///") + "-wal")
    if service.database.startswith("sqlite"):
        yield Figure(f"{what}: write lock held", max(locked) * 1000, "ms", at_most=_MOST_LOCKED_MS)
        yield Figure(
            f"{what}: write-ahead log after", log.stat().st_size / 1e6, "MB", at_most=_MOST_LOG_MB
        )


async def _run_until(service: FilledService, done: Callable[[], bool]) -> list[float]:
    """Run retention again and again; how long each run took, in seconds."""
    client = await Client.connect(service.info.temporal_address, data_converter=DATA_CONVERTER)
    schedule = client.get_schedule_handle(RETENTION_SCHEDULE_ID)
    end = time.monotonic() + _MOST_SECONDS
    taken = []
    while time.monotonic() < end and not await asyncio.to_thread(done):
        await schedule.trigger()
        await asyncio.sleep(1.0)
        action = (await schedule.describe()).info.recent_actions[-1].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        run = client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id)
        await run.result()
        described = await run.describe()
        assert described.close_time is not None
        taken.append((described.close_time - described.start_time).total_seconds())
    return taken


@contextmanager
def _watching_lock(database: str) -> Iterator[list[float]]:
    """The longest time for which SQLite's write lock was seen held meanwhile, in seconds.

    Several who hold it one after the other are taken for one when no look falls between them.
    """
    longest = [0.0]
    if not database.startswith("sqlite"):
        yield longest
        return
    stopping = threading.Event()

    def watch() -> None:
        file = database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            since = None
            while not stopping.wait(0.002):
                now = time.perf_counter()
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("ROLLBACK")
                except sqlite3.OperationalError:
                    since = since or now
                    longest[0] = max(longest[0], now - since)
                else:
                    since = None

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield longest
    finally:
        stopping.set()
        watcher.join()


def _count(engine: Engine, due: ColumnElement[bool]) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).where(due)) or 0


def _let_files_be_due(engine: Engine) -> None:
    some = select(jobs.c.job_id).where(jobs.c.status == Status.COMPLETED).limit(_DUE_FILES)
    with engine.begin() as connection:
        connection.execute(
            update(jobs).where(jobs.c.job_id.in_(some)).values(expires_at=utc_now() - _EXPIRED_AGO)
        )


async def _walk(data: FilledData) -> list[Figure]:
    """What one walk through all files takes, in a process that does nothing else."""

    database = connect(data.database)
    sweep = Sweep(JobLifecycle(database), LocalStorage(data.data_dir / "files"))
    walk = Walk()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    processor = time.process_time()
    while walk.whole_files is None:
        walk = (await ActivityEnvironment().run(sweep.sweep_storage, walk)).walk
    processor = time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    await database.close()
    return [
        Figure("walk: files", walk.whole_files),
        Figure(
            "walk: processor time a file",
            processor / max(walk.whole_files, 1) * 1e6,
            "us",
            at_most=_MOST_WALK_US,
        ),
        Figure("walk: more memory", memory / 1e3, "MB", at_most=_MOST_WALK_MB),
    ]
