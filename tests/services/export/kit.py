"""Helpers that the end-to-end tests share."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import update
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow

from activities.common.database import Database, connect
from activities.jobs.schema import jobs
from activities.storage.keys import FILES, STAGING
from activities.storage.open_storage import open_storage
from activities.temporal.payload_codec import data_converter
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from workflows.contracts import RETENTION_SCHEDULE_ID, workflow_id

T = TypeVar("T")

PLUGINS = Path(__file__).parents[2] / "plugins"


def odd_formats() -> dict[str, str]:
    """Settings with which a stack knows the formats in `tests/plugins`."""
    return {
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PLUGINS), os.environ.get("PYTHONPATH", "")])
        )
    }


def bulk_ids(client: ServiceClient, count: int) -> list[str]:
    """So many ids of the caller's content, newest first."""
    job = client.wait(client.bulk("json", max_items=count)["job_id"])
    return [item["id"] for item in json.loads(client.download(job))["items"]]


def leftovers(stack: Stack, job_id: str) -> list[str]:
    """Below which of `files` and `staging` anything of the job lies."""
    storage = open_storage(stack.settings)

    async def there_is(prefix: str) -> bool:
        return bool([item async for item in storage.list(f"{prefix}/{job_id}")])

    return [prefix for prefix in (FILES, STAGING) if asyncio.run(there_is(prefix))]


async def temporal(stack: Stack) -> Client:
    """A client to the stack's Temporal server."""
    converter = data_converter(stack.settings.payload_keys)
    return await Client.connect(stack.info.temporal_address, data_converter=converter)


def in_database(stack: Stack, work: Callable[[Database], Awaitable[T]]) -> T:
    """Work on the stack's database beside it."""

    async def run() -> T:
        database = connect(stack.settings.database)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def change_job(stack: Stack, job_id: str, **values: Any) -> None:
    """Set columns of the job's row."""
    statement = update(jobs).where(jobs.c.job_id == job_id).values(**values)
    in_database(stack, lambda database: database.run(lambda c: c.execute(statement)))


def workflow_history(stack: Stack, job_id: str) -> list[Any]:
    """The events of the job's workflow."""

    async def fetch() -> list[Any]:
        handle = (await temporal(stack)).get_workflow_handle(workflow_id(job_id))
        return list((await handle.fetch_history()).events)

    return asyncio.run(fetch())


async def run_retention(stack: Stack) -> str:
    """Let the schedule run retention now, and wait for its end; the id of its workflow."""
    return await retention_now(await temporal(stack))


async def retention_now(client: Client) -> str:
    """The same, by a client to the service's Temporal server."""
    schedule = client.get_schedule_handle(RETENTION_SCHEDULE_ID)
    before = (await schedule.describe()).info.num_actions
    await schedule.trigger()
    for _ in range(100):
        info = (await schedule.describe()).info
        if info.num_actions > before:
            break
        await asyncio.sleep(0.05)
    action = info.recent_actions[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    await client.get_workflow_handle(action.workflow_id).result()
    return action.workflow_id
