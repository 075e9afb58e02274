"""What an open export waits for, asked of a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.implements import implements
from activities.temporal import pending_work
from activities.temporal.pending_work import PendingWork, PendingWorks
from tests.unit.temporal_server import temporal_server
from workflows.contracts import (
    IO_QUEUE,
    MAKE,
    WORKFLOW_QUEUE,
    ErrorType,
    MadeFile,
    MakeTask,
    Slice,
    workflow_id,
)

pytestmark = pytest.mark.anyio


@workflow.defn(name="Making", sandboxed=False)
class Making:
    """A workflow of one step."""

    @workflow.run
    async def run(self) -> None:
        """Run it."""
        await workflow.execute_activity(
            MAKE.name,
            MakeTask("job-1", format="txt", slice=Slice(0, 0, 1)),
            task_queue=IO_QUEUE,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=60)),
        )


class Failing:
    """A step that fails with the words of content in its message."""

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        raise ApplicationError(f"SECRET of {task.job_id}", type=ErrorType.SOURCE_UNAVAILABLE)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


async def settled(client: Client, wanted: PendingWork) -> PendingWork | None:
    """The pending work, once it is as wanted, else as it is in the end."""
    found: PendingWork | None = None
    for _ in range(200):
        found = (await PendingWorks(client).of(["job-1"])).get("job-1")
        if found == wanted:
            break
        await asyncio.sleep(0.05)
    return found


async def test_steps_attempts_and_the_reason_of_the_last_failure(client: Client) -> None:
    assert await PendingWorks(client).of(["job-1", "nobody"]) == {}
    handle = await client.start_workflow(
        Making.run, id=workflow_id("job-1"), task_queue=WORKFLOW_QUEUE
    )
    wanted = PendingWork("decide", has_worker=False, attempt=1, failure=None)
    assert await settled(client, wanted) == wanted
    async with Worker(client, task_queue=WORKFLOW_QUEUE, workflows=[Making]):
        wanted = PendingWork(MAKE.name, has_worker=False, attempt=1, failure=None)
        assert await settled(client, wanted) == wanted
        async with Worker(client, task_queue=IO_QUEUE, activities=[Failing().make]):
            wanted = PendingWork(
                MAKE.name, has_worker=False, attempt=2, failure=ErrorType.SOURCE_UNAVAILABLE
            )
            assert await settled(client, wanted) == wanted
    await handle.terminate()
    assert await PendingWorks(client).of(["job-1"]) == {}


async def test_each_job_is_asked_about_once_in_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = PendingWorks(client)
    await works.of(["nobody"])

    async def refuse(_: object) -> None:
        raise AssertionError("it was asked again")

    monkeypatch.setattr(pending_work, "in_time", refuse)
    assert await works.of(["nobody"]) == {}
