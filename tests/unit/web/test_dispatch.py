"""Jobs without a workflow: how soon an API that has just started finds them."""

import asyncio
from datetime import datetime
from typing import Any, cast

from temporalio.client import Client

from activities.jobs.model import Job
from activities.jobs.records import JobRecords
from tests.unit.web.jobs import job
from web.dispatch import Dispatcher


class _Records:
    """Job records that hold what another API left without a workflow."""

    def __init__(self, *waiting: Job) -> None:
        self.waiting = list(waiting)

    async def undispatched(self, older_than: datetime, limit: int) -> list[Job]:
        return [each for each in self.waiting if each.created_at < older_than][:limit]

    async def mark_dispatched(self, job_id: str, now: datetime) -> None:
        self.waiting = [each for each in self.waiting if each.job_id != job_id]


class _Temporal:
    """Takes workflows."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def start_workflow(self, *_: Any, **__: Any) -> None:
        self.started.set()


def test_jobs_that_an_api_left_when_it_died_are_started_by_the_next_at_once() -> None:
    async def run() -> None:
        client = _Temporal()
        dispatcher = Dispatcher(cast("Client", client), cast("JobRecords", _Records(job())), 3600)
        running = asyncio.create_task(dispatcher.run())
        try:
            await asyncio.wait_for(client.started.wait(), 1)
        finally:
            running.cancel()

    asyncio.run(run())
