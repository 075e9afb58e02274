"""An export that is too large or takes too long ends, and says why."""

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from activities.model.limits import ExportTooLargeError
from activities.settings import Settings
from activities.steps.content_reader import ContentReader
from activities.steps.error_interceptor import to_application_error
from activities.steps.fetch import Fetch
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.steps.scratch_file import scratch_file
from activities.storage.open_storage import open_storage
from tests.engines.choice import Engines
from tests.unit.jobs.jobs_kit import new_job
from tests.unit.steps.steps_kit import render_children, run, stored
from tests.unit.temporal_server import temporal_server
from workflows.contracts import (
    ABANDON,
    FETCH,
    IO_QUEUE,
    RENDER,
    WORKFLOW_QUEUE,
    AbandonTask,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    RenderTask,
    Slice,
    SnapshotPart,
)
from workflows.export import ExportWorkflow
from workflows.sandbox import WorkflowSandbox

JOB = "job-1"
TEXT_BYTES = 100_000


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


async def rendered(
    settings: Settings, pool: RenderPool, limit: int, words: str, format_id: str, **options: Any
) -> list[str]:
    """What is staged once an item of these words was rendered under a limit."""
    database = connect(settings.database)
    records, execution = JobRecords(database), JobExecution(database)
    storage = open_storage(settings)
    content = SqlContent(database)
    await content.store([item("content-1", study_guide=words)])
    wanted = formats()[format_id].options(**options)
    await records.create(new_job(JOB, content_ids=["content-1"], format=format_id, options=wanted))
    fetch = Fetch(execution, ContentReader(content, 2**30), storage)
    part = await run(fetch.fetch, FetchTask(JOB, _ALL))
    render = Render(RenderWorkspace(execution, storage, pool, limit))
    task = RenderTask(JOB, format_id, [part.key], 0, part.newest)
    try:
        await run(render.render, task)
    finally:
        staged = await stored(storage)
        await database.close()
    return staged


@pytest.mark.parametrize("format_id", ["json", "csv", "txt", "pdf", "docx", "xlsx"])
def test_a_file_over_the_limit_is_not_staged(
    tmp_path: Path, engines: Engines, pool: RenderPool, format_id: str
) -> None:
    words = " ".join(f"word{number}" for number in range(TEXT_BYTES // 10))
    with pytest.raises(ExportTooLargeError):
        asyncio.run(rendered(engines.settings(tmp_path), pool, 2_000, words, format_id))


def test_rows_that_wait_for_an_archive_count_before_they_are_compressed(
    tmp_path: Path, engines: Engines, pool: RenderPool
) -> None:
    settings, words = engines.settings(tmp_path), "word " * (TEXT_BYTES // 5)
    files = {"csv_layout": "files"}
    with pytest.raises(ExportTooLargeError):
        asyncio.run(rendered(settings, pool, TEXT_BYTES // 2, words, "csv", **files))


_ALL = Slice(0, 0, 1)


def test_content_over_the_limit_is_not_staged(tmp_path: Path, engines: Engines) -> None:
    settings = engines.settings(tmp_path)

    async def export() -> list[str]:
        database = connect(settings.database)
        records, execution = JobRecords(database), JobExecution(database)
        storage = open_storage(settings)
        content = SqlContent(database)
        await content.store([item("content-1", study_guide="x" * 5_000)])
        await records.create(new_job(JOB, content_ids=["content-1"]))
        fetch = Fetch(execution, ContentReader(content, 4_000), storage)
        with pytest.raises(ExportTooLargeError):
            await run(fetch.fetch, FetchTask(JOB, _ALL))
        staged = await stored(storage)
        await database.close()
        return staged

    assert asyncio.run(export()) == []


def test_a_fragment_may_be_exactly_as_large_as_allowed(tmp_path: Path) -> None:
    with scratch_file(str(tmp_path), 10) as file:
        file.write(b"0123456789")
        file.seek(0)
        assert BytesIO(file.read()).getvalue() == b"0123456789"
        with pytest.raises(ExportTooLargeError):
            file.write(b"x")
        with pytest.raises(ExportTooLargeError):
            file.writelines([b"x"])


def test_too_large_is_the_users_mistake_and_not_tried_again() -> None:
    told = to_application_error(ExportTooLargeError(), 1, RENDER.name)

    assert told.type == ErrorType.TOO_LARGE
    assert told.non_retryable


def test_an_export_that_takes_too_long_fails_and_is_cleaned_up() -> None:
    abandoned: list[AbandonTask] = []

    @activity.defn(name=FETCH.name)
    async def fetch(task: FetchTask) -> SnapshotPart:
        while True:
            activity.heartbeat()
            await asyncio.sleep(0.1)

    @activity.defn(name=ABANDON.name)
    async def abandon(task: AbandonTask) -> ExportOutcome:
        abandoned.append(task)
        return ExportOutcome("failed")

    async def export() -> None:
        async with temporal_server() as client:
            workflows = Worker(
                client,
                task_queue=WORKFLOW_QUEUE,
                workflows=[ExportWorkflow],
                workflow_runner=WorkflowSandbox(),
            )
            async with workflows, Worker(client, task_queue=IO_QUEUE, activities=[fetch, abandon]):
                handle = await client.start_workflow(
                    ExportWorkflow.run,
                    ExportRequest(JOB, "json", 2, 0.001, chunked=True, max_seconds=1),
                    id="export-job-1",
                    task_queue=WORKFLOW_QUEUE,
                )
                with pytest.raises(WorkflowFailureError) as raised:
                    await asyncio.wait_for(handle.result(), 30)
        assert isinstance(raised.value.cause, ApplicationError)
        assert raised.value.cause.type == ErrorType.TIMED_OUT

    asyncio.run(export())
    assert [task.code for task in abandoned] == [ErrorType.TIMED_OUT]
