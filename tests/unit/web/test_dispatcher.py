"""Starting jobs: now, or as soon as Temporal responds; one that cannot be started is one."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.common import TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from activities.common.clock import utc_now
from activities.common.database import Database, connect
from activities.jobs.audit import BY_SERVICE
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.jobs import Job, Status
from activities.settings import Settings
from activities.temporal.admission import Admission
from tests.unit.jobs.jobs_kit import RUN, complete, new_job
from web.services.dispatcher import Dispatcher
from web.services.job_creator import JobCreator
from workflows.contracts import ErrorType, workflow_id
from workflows.converter import DATA_CONVERTER

pytestmark = pytest.mark.anyio

AT_ONCE = 2
BAD = "refused"
MINUTE_AGO = utc_now() - timedelta(minutes=1)


class _Temporal:
    """Takes workflows, except those of one owner."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.refusal: RPCStatusCode | None = None
        self.words = "no"

    async def start_workflow(
        self,
        *_: Any,
        id: str,  # noqa: A002 - the SDK's name
        search_attributes: TypedSearchAttributes,
        **__: Any,
    ) -> None:
        owners = [pair.value for pair in search_attributes.search_attributes]
        if self.refusal is not None and BAD in owners:
            raise RPCError(self.words, self.refusal, b"")
        self.started.append(id)


@pytest.fixture
def server() -> _Temporal:
    return _Temporal()


def _dispatcher(client: object, database: Database, settings: Settings) -> Dispatcher:
    records = JobRecords(database)
    admission = Admission(
        cast("Client", client),
        records,
        JobExecution(database),
        DispatchQueue(database),
        at_once=AT_ONCE,
        max_seconds=settings.max_seconds,
    )
    return Dispatcher(records, admission)


@pytest.fixture
def dispatcher(server: _Temporal, database: Database, settings: Settings) -> Dispatcher:
    return _dispatcher(server, database, settings)


@asynccontextmanager
async def _running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    loop = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        loop.cancel()


async def _end_of(records: JobRecords, job_id: str) -> tuple[Status, str | None]:
    job = await records.get(job_id)
    assert job is not None
    return job.status, job.error.code if job.error else None


async def _eventually(server: _Temporal, expected: set[str]) -> None:
    deadline = time.monotonic() + 5
    while not expected <= set(server.started):
        assert time.monotonic() < deadline, expected - set(server.started)
        await asyncio.sleep(0.02)


async def test_jobs_that_an_api_left_when_it_died_are_started_by_the_next_at_once(
    server: _Temporal, records: JobRecords, dispatcher: Dispatcher
) -> None:
    await records.create(new_job("waiting", created_at=MINUTE_AGO))
    await records.create(new_job("left", owner_id="other", created_at=MINUTE_AGO), at_once=AT_ONCE)
    async with _running(dispatcher):
        await _eventually(server, {workflow_id("waiting"), workflow_id("left")})


async def test_a_cancellation_that_an_api_left_when_it_died_is_brought_to_its_end(
    server: _Temporal, records: JobRecords, dispatcher: Dispatcher
) -> None:
    await records.create(new_job("to-cancel", created_at=MINUTE_AGO))
    await records.request_cancel("to-cancel", utc_now())
    deadline = time.monotonic() + 5
    async with _running(dispatcher):
        while await _end_of(records, "to-cancel") != (Status.CANCELLED, None):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    assert not server.started


OTHERS = [f"teacher-{number}" for number in range(20)]


FAILED, WAITS = (Status.FAILED, ErrorType.INTERNAL), (Status.PENDING, None)
NOT_SET_UP = "Namespace default has no mapping defined for search attribute ExportOwner"


@pytest.mark.parametrize(
    ("refusal", "words", "end"),
    [
        (RPCStatusCode.INVALID_ARGUMENT, "FairnessKey length exceeds limit", FAILED),
        (RPCStatusCode.INVALID_ARGUMENT, NOT_SET_UP, WAITS),
        (RPCStatusCode.PERMISSION_DENIED, "no", WAITS),
        (RPCStatusCode.NOT_FOUND, "no", WAITS),
        (RPCStatusCode.INTERNAL, "no", WAITS),
    ],
)
async def test_a_job_that_temporal_refuses_is_no_others_concern(
    server: _Temporal,
    records: JobRecords,
    dispatcher: Dispatcher,
    refusal: RPCStatusCode,
    words: str,
    end: tuple[Status, str | None],
) -> None:
    server.refusal, server.words = refusal, words
    creator = JobCreator(records, dispatcher, at_once=AT_ONCE)
    for owner in (BAD, *OTHERS):
        job = new_job(f"new-{owner}", owner_id=owner, created_at=MINUTE_AGO)
        assert await creator.create(job, BY_SERVICE) is not None
    # None of them waits for another round or for a time-out to be over.
    assert set(server.started) == {workflow_id(f"new-{owner}") for owner in OTHERS}
    assert await _end_of(records, f"new-{BAD}") == end

    for owner in (BAD, *OTHERS):
        created_at = MINUTE_AGO + timedelta(seconds=1)
        await records.create(new_job(f"behind-{owner}", owner_id=owner, created_at=created_at))
    for owner in OTHERS:
        await _finish(records, f"new-{owner}")
    async with _running(dispatcher):
        await _eventually(server, {workflow_id(f"behind-{owner}") for owner in OTHERS})
    if end == WAITS:
        # An operator has mended it.
        server.refusal = None
        async with _running(dispatcher):
            await _eventually(server, {workflow_id(f"new-{BAD}")})


async def test_a_server_without_capacity_is_left_alone_for_a_moment(
    server: _Temporal, records: JobRecords, dispatcher: Dispatcher
) -> None:
    server.refusal = RPCStatusCode.RESOURCE_EXHAUSTED
    creator = JobCreator(records, dispatcher, at_once=AT_ONCE)
    for owner in (BAD, "teacher-1"):
        await creator.create(new_job(owner, owner_id=owner, created_at=MINUTE_AGO), BY_SERVICE)
    assert server.started == []
    assert await _end_of(records, BAD) == (Status.PENDING, None)
    # Whoever could not be started comes after the others in the next round.
    async with _running(dispatcher):
        await _eventually(server, {workflow_id("teacher-1")})


async def test_many_jobs_at_the_same_moment_are_given_no_more_turns_than_there_are(
    server: _Temporal, settings: Settings, records: JobRecords, execution: JobExecution
) -> None:
    """Two API processes get them."""
    databases = [connect(settings.database) for _ in range(2)]
    creators = [
        JobCreator(JobRecords(database), _dispatcher(server, database, settings), at_once=AT_ONCE)
        for database in databases
    ]

    async def create(number: int) -> Job | None:
        new = new_job(f"job-{number}", created_at=utc_now())
        return await creators[number % 2].create(new, BY_SERVICE)

    created = [job for job in await asyncio.gather(*map(create, range(60))) if job is not None]
    assert len(created) == 60
    begun = [job.job_id for job in created if job.dispatched_at is not None]
    assert len(begun) == AT_ONCE
    assert sorted(server.started) == sorted(workflow_id(job_id) for job_id in begun)
    # A place that became free goes to whoever waits, and not to whoever comes next.
    await execution.claim(begun[0], RUN, utc_now())
    assert await complete(execution, begun[0])
    last = await creators[0].create(new_job("last", created_at=utc_now()), BY_SERVICE)
    assert last is not None
    assert last.dispatched_at is None
    assert len(server.started) == AT_ONCE + 1
    assert workflow_id("last") not in server.started
    for database in databases:
        await database.close()


async def test_nobody_waits_for_more_than_one_call_to_a_silent_server(
    records: JobRecords, database: Database, settings: Settings
) -> None:
    jobs = []
    for number in range(30):
        job = await records.create(new_job(f"job-{number}", created_at=utc_now()))
        assert job is not None
        jobs.append(job)

    async def seconds(dispatcher: Dispatcher, job: Job) -> float:
        started = time.monotonic()
        await dispatcher.start(job)
        return time.monotonic() - started

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        client = await Client.connect(address, lazy=True, data_converter=DATA_CONVERTER)
        dispatcher = _dispatcher(client, database, settings)
        took = await asyncio.gather(*(seconds(dispatcher, job) for job in jobs))
    assert 1 < max(took) < 2.9


async def _finish(records: JobRecords, job_id: str) -> None:
    """End a job in the way that needs no worker."""
    await records.request_cancel(job_id, utc_now())
    await records.cancel_pending(job_id, utc_now())
