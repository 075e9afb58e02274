"""Jobs without a workflow: how soon an API that has just started finds them."""

import asyncio
import time
from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.settings import Settings
from activities.temporal.admission import Admission
from tests.unit.jobs.jobs_kit import new_job
from web.services.dispatcher import Dispatcher

pytestmark = pytest.mark.anyio

MINUTE_AGO = utc_now() - timedelta(minutes=1)


class _Temporal:
    """Takes workflows."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def start_workflow(self, *_: Any, **__: Any) -> None:
        self.started.set()


@pytest.fixture
def server() -> _Temporal:
    return _Temporal()


@pytest.fixture
def dispatcher(
    server: _Temporal, records: JobRecords, database: Database, settings: Settings
) -> Dispatcher:
    client = cast("Client", server)
    return Dispatcher(
        client,
        records,
        Admission(
            client,
            records,
            DispatchQueue(database),
            at_once=settings.owner_jobs_at_once,
            max_seconds=settings.max_seconds,
        ),
    )


async def test_jobs_that_an_api_left_when_it_died_are_started_by_the_next_at_once(
    server: _Temporal, records: JobRecords, dispatcher: Dispatcher
) -> None:
    await records.create(new_job(created_at=MINUTE_AGO))
    running = asyncio.create_task(dispatcher.run())
    try:
        await asyncio.wait_for(server.started.wait(), 5)
    finally:
        running.cancel()


async def test_a_cancellation_that_an_api_left_when_it_died_is_brought_to_its_end(
    server: _Temporal, records: JobRecords, dispatcher: Dispatcher
) -> None:
    await records.create(new_job("to-cancel", created_at=MINUTE_AGO))
    await records.request_cancel("to-cancel", utc_now())
    deadline = time.monotonic() + 5
    running = asyncio.create_task(dispatcher.run())
    try:
        while await _status(records, "to-cancel") is not Status.CANCELLED:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        running.cancel()
    assert not server.started.is_set()


async def _status(records: JobRecords, job_id: str) -> Status | None:
    job = await records.get(job_id)
    return job.status if job else None
