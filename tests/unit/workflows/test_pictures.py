"""Pictures are a step of an export that refers to any, and of no other; with a real server."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import activity
from temporalio.worker import Worker

from activities.steps.errors import PicturesToFetchError
from activities.steps.implements import implements
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    ASSEMBLE,
    EXPRESS,
    FETCH,
    FREEZE_PICTURES,
    IO_QUEUE,
    MAKE,
    NOT_EXPRESS,
    PUBLISH,
    RENDER,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    AssembleTask,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    ExpressTask,
    FetchTask,
    FrozenPictures,
    MadeFile,
    MakeTask,
    PicturesTask,
    PublishTask,
    RenderTask,
    SnapshotPart,
    StagedFile,
    combined,
)
from workflows.export import ExportWorkflow

PRINTS = ("1", "2", "3")
PICTURES = "8"


def _read(name: str) -> SnapshotPart:
    return SnapshotPart(f"{name}-part", 1, datetime(2024, 1, 1, tzinfo=UTC), "5", f"{name}-refs")


class _Steps:
    """Stand-ins of three chunks, of which the first and the last refer to pictures."""

    def __init__(self, *, refers: bool = True) -> None:
        self.tasks: list[Any] = []
        self._refers = refers

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        self.tasks.append(task)
        chunk = task.slice.chunk
        references = f"references-{chunk}" if self._refers and chunk != 1 else ""
        newest = datetime(2024, 1, 1, tzinfo=UTC)
        return SnapshotPart(f"part-{chunk}", 1, newest, PRINTS[chunk], references)

    @implements(FREEZE_PICTURES)
    async def freeze_pictures(self, task: PicturesTask) -> FrozenPictures:
        self.tasks.append(task)
        return FrozenPictures("pictures", PICTURES)

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        self.tasks.append(task)
        return StagedFile(f"rendered-{task.chunk}", 1, "sha")

    @implements(ASSEMBLE)
    async def assemble(self, task: AssembleTask) -> StagedFile:
        self.tasks.append(task)
        return StagedFile("assembled", 1, "sha")

    @activity.defn(name=PUBLISH.name)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        self.tasks.append(task)
        return ExportOutcome("completed")

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        self.tasks.append(task)
        raise PicturesToFetchError(_read("made"), ErrorType.SOURCE_UNAVAILABLE)

    @implements(EXPRESS)
    async def express(self, task: ExpressTask) -> ExportOutcome:
        self.tasks.append(task)
        raise PicturesToFetchError(_read("express"), NOT_EXPRESS)

    def taken(self, kind: type) -> list[Any]:
        return [task for task in self.tasks if isinstance(task, kind)]


def _exported(steps: _Steps, *, chunked: bool) -> None:
    # A chunk of each item, by the time that it takes.
    _run(steps, ExportRequest("job-1", "docx", 3, 1.5, chunked=chunked))


def _run(steps: _Steps, request: ExportRequest) -> None:
    async def export() -> None:
        async with temporal_server() as client:
            workers = [
                Worker(
                    client,
                    task_queue=WORKFLOW_QUEUE,
                    workflows=[ExportWorkflow],
                    activities=[steps.publish, steps.express],
                    workflow_runner=SANDBOX,
                ),
                Worker(
                    client, task_queue=IO_QUEUE, activities=[steps.fetch, steps.freeze_pictures]
                ),
                *(
                    Worker(
                        client,
                        task_queue=queue,
                        activities=[steps.render, steps.assemble, steps.make],
                    )
                    for queue in (RENDER_QUEUE, RENDER_SMALL_QUEUE)
                ),
            ]
            async with workers[0], workers[1], workers[2], workers[3]:
                await client.execute_workflow(
                    ExportWorkflow.run, request, id="export-job-1", task_queue=WORKFLOW_QUEUE
                )

    asyncio.run(export())


def test_chunks_that_refer_to_pictures_wait_for_those_of_all() -> None:
    steps = _Steps()
    _exported(steps, chunked=True)
    [pictures] = steps.taken(PicturesTask)
    assert pictures.references == ["references-0", "references-2"]
    renders = {task.chunk: task for task in steps.taken(RenderTask)}
    assert {chunk: task.parts for chunk, task in renders.items()} == {
        0: ["pictures", "part-0"],
        1: ["part-1"],
        2: ["pictures", "part-2"],
    }
    [assemble] = steps.taken(AssembleTask)
    assert assemble.fragments == ["rendered-0", "rendered-1", "rendered-2"]
    [publish] = steps.taken(PublishTask)
    assert publish.fingerprint == combined([*PRINTS, PICTURES])


def test_one_render_of_all_has_the_pictures_of_all() -> None:
    steps = _Steps()
    _exported(steps, chunked=False)
    assert len(steps.taken(PicturesTask)) == 1
    [render] = steps.taken(RenderTask)
    assert render.parts == ["pictures", "part-0", "part-1", "part-2"]
    [publish] = steps.taken(PublishTask)
    assert publish.fingerprint == combined([*PRINTS, PICTURES])


@pytest.mark.parametrize("chunked", [True, False])
def test_content_without_pictures_takes_no_step_for_them(chunked: bool) -> None:
    steps = _Steps(refers=False)
    _exported(steps, chunked=chunked)
    assert not steps.taken(PicturesTask)
    [publish] = steps.taken(PublishTask)
    assert publish.fingerprint == combined(PRINTS)


@pytest.mark.parametrize(("express", "read_by"), [(False, "made"), (True, "express")])
def test_what_a_step_read_before_it_found_pictures_is_not_read_again(
    express: bool, read_by: str
) -> None:
    steps = _Steps()
    _run(steps, ExportRequest("job-1", "docx", 1, 0.01, True, express=express, makes_in_one=True))
    assert not steps.taken(FetchTask)
    assert len(steps.taken(MakeTask)) == (not express)
    [pictures] = steps.taken(PicturesTask)
    assert pictures.references == [f"{read_by}-refs"]
    [render] = steps.taken(RenderTask)
    assert render.parts == ["pictures", f"{read_by}-part"]
    [publish] = steps.taken(PublishTask)
    assert publish.fingerprint == combined(["5", PICTURES])
