"""When a small export is made in one step and when in two, with a real server and stand-ins."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.steps.implements import implements
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    FETCH,
    IO_QUEUE,
    MAKE,
    PUBLISH,
    RENDER,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    MadeFile,
    MakeTask,
    PublishTask,
    RenderTask,
    SnapshotPart,
    StagedFile,
)
from workflows.export import ExportWorkflow

REQUEST = ExportRequest("job-1", "json", 1, 0.001, chunked=True, makes_in_one=True)


class _Steps:
    """Steps that only note that they were taken, and with which task."""

    def __init__(self, *, source_is_away: bool = False) -> None:
        self.tasks: list[Any] = []
        self._source_is_away = source_is_away

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        self.tasks.append(task)
        if self._source_is_away:
            raise ApplicationError("", type=ErrorType.SOURCE_UNAVAILABLE, non_retryable=True)
        return MadeFile(StagedFile("made", 1, "sha"), "fingerprint")

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        self.tasks.append(task)
        return SnapshotPart("part", 1, datetime(2024, 1, 1, tzinfo=UTC), "f1")

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        self.tasks.append(task)
        return StagedFile("rendered", 1, "sha")

    @activity.defn(name=PUBLISH.name)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        self.tasks.append(task)
        return ExportOutcome("completed")


async def _taken(
    request: ExportRequest, steps: _Steps, renders: Sequence[Callable[..., Any]]
) -> list[Any]:
    """The tasks of an export, by render workers that know these steps."""
    async with temporal_server() as client:
        workflows = Worker(
            client,
            task_queue=WORKFLOW_QUEUE,
            workflows=[ExportWorkflow],
            activities=[steps.publish],
            workflow_runner=SANDBOX,
        )
        fetches = Worker(client, task_queue=IO_QUEUE, activities=[steps.fetch])
        render = Worker(client, task_queue=RENDER_SMALL_QUEUE, activities=renders)
        async with workflows, fetches, render:
            await client.execute_workflow(
                ExportWorkflow.run, request, id="export-job-1", task_queue=WORKFLOW_QUEUE
            )
    return steps.tasks


def _apart(tasks: Sequence[Any]) -> None:
    """The tasks are those of an export whose content is fetched apart from rendering."""
    fetch, render, publish = tasks
    assert isinstance(fetch, FetchTask)
    assert isinstance(render, RenderTask)
    assert publish.file.key == "rendered"


def test_source_that_is_away_is_waited_for_by_a_fetch() -> None:
    steps = _Steps(source_is_away=True)
    made, *tasks = asyncio.run(_taken(REQUEST, steps, [steps.make, steps.render]))
    assert isinstance(made, MakeTask)
    _apart(tasks)
    fetch, render, _ = tasks
    assert fetch.repeats, "warnings that the first step left must go"
    assert render.repeats, "warnings that the first step left must go"


def test_render_workers_of_before_are_no_hindrance() -> None:
    steps = _Steps()
    _apart(asyncio.run(_taken(REQUEST, steps, [steps.render])))


@pytest.mark.parametrize(
    "request_of",
    [
        ExportRequest("job-1", "json", 1, 0.001, chunked=True),
        ExportRequest("job-1", "json", 1, 0.001, chunked=False),
    ],
    ids=["chunked", "whole"],
)
def test_export_that_an_api_of_before_started_takes_the_steps_of_before(
    request_of: ExportRequest,
) -> None:
    steps = _Steps()
    tasks = asyncio.run(_taken(request_of, steps, [steps.make, steps.render]))
    _apart(tasks)
    assert not tasks[0].repeats
