"""When an export in its express step takes the queues, with a real server and stand-in steps."""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.implements import implements
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows import policies
from workflows.contracts import (
    ABANDON,
    EXPRESS,
    EXPRESS_QUEUE,
    IO_QUEUE,
    MAKE,
    NOT_EXPRESS,
    PUBLISH,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    AbandonTask,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    ExpressTask,
    MadeFile,
    MakeTask,
    PublishTask,
    StagedFile,
)
from workflows.export import ExportWorkflow

REQUEST = ExportRequest("job-1", "json", 1, 0.001, chunked=True, makes_in_one=True, express=True)


class _Steps:
    """Steps that only note that they were taken."""

    def __init__(self, end: str, pause: timedelta | None = None) -> None:
        self.taken: list[str] = []
        self.taken_at: list[float] = []
        self._end = end
        self._pause = pause

    @implements(EXPRESS)
    async def express(self, task: ExpressTask) -> ExportOutcome:
        self.taken.append(EXPRESS.name)
        self.taken_at.append(monotonic())
        if self._end == "slow":
            await asyncio.sleep(60)
        elif self._end:
            raise ApplicationError(
                "It failed.", type=self._end, non_retryable=True, next_retry_delay=self._pause
            )
        return ExportOutcome("completed")

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        self.taken.append(MAKE.name)
        self.taken_at.append(monotonic())
        return MadeFile(StagedFile("made", 1, "sha"), "fingerprint")

    @implements(PUBLISH)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        self.taken.append(PUBLISH.name)
        return ExportOutcome("completed")

    @activity.defn(name=ABANDON.name)
    async def abandon(self, task: AbandonTask) -> ExportOutcome:
        self.taken.append(f"{ABANDON.name}: {task.code}")
        return ExportOutcome("failed")


async def _export(steps: _Steps) -> None:
    async with temporal_server() as client:
        deciding: dict[str, Any] = {
            "task_queue": EXPRESS_QUEUE,
            "workflows": [ExportWorkflow],
            "activities": [steps.express, steps.publish],
        }
        workers = [
            Worker(client, workflow_runner=SANDBOX, **deciding),
            Worker(client, task_queue=IO_QUEUE, activities=[steps.abandon]),
            *(
                Worker(client, task_queue=queue, activities=[steps.make])
                for queue in (RENDER_QUEUE, RENDER_SMALL_QUEUE)
            ),
        ]
        async with workers[0], workers[1], workers[2], workers[3]:
            await client.execute_workflow(
                ExportWorkflow.run, REQUEST, id="export-job-1", task_queue=EXPRESS_QUEUE
            )


@pytest.mark.parametrize(
    "end",
    [
        NOT_EXPRESS,
        ErrorType.SOURCE_UNAVAILABLE,
        ErrorType.RENDER_FAILED,
        ErrorType.DATABASE,
        ErrorType.NO_SPACE,
        ErrorType.INTERNAL,
        "slow",
    ],
)
def test_what_may_go_better_elsewhere_takes_the_queues(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = timedelta(seconds=0.5)
    short: Any = {"schedule_to_close_timeout": limit, "start_to_close_timeout": limit}
    monkeypatch.setattr(policies, "EXPRESS", {**policies.EXPRESS, **short})
    steps = _Steps(end)
    asyncio.run(_export(steps))
    assert steps.taken == [EXPRESS.name, MAKE.name, PUBLISH.name]


def test_source_that_wants_to_be_left_alone_is_left_alone() -> None:
    steps = _Steps(ErrorType.SOURCE_UNAVAILABLE, timedelta(seconds=1.5))
    asyncio.run(_export(steps))
    assert steps.taken == [EXPRESS.name, MAKE.name, PUBLISH.name]
    express, make = steps.taken_at
    assert make - express >= 1.5


@pytest.mark.parametrize("end", [ErrorType.CONTENT_NOT_FOUND, ErrorType.TOO_LARGE])
def test_what_would_end_the_same_fails_at_once(end: str) -> None:
    steps = _Steps(end)
    with pytest.raises(WorkflowFailureError) as raised:
        asyncio.run(_export(steps))
    assert isinstance(raised.value.cause, ApplicationError)
    assert raised.value.cause.type == end
    assert steps.taken == [EXPRESS.name, f"{ABANDON.name}: {end}"]
