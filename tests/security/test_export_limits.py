"""An export that is too large or takes too long ends, and says why."""

import asyncio
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import data_url, item, png
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model import limits
from activities.model.catalog import formats
from activities.model.content import Faq, Item
from activities.model.limits import EXPORT_PIXELS_MAX, EXPORT_TOKENS_MAX, ExportTooLargeError
from activities.settings import Settings
from activities.steps.assemble import Assemble
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
from tests.unit.steps.steps_kit import UPDATED, render_children, run, stored
from tests.unit.temporal_server import temporal_server
from tests.unit.workflow_sandbox import SANDBOX
from workflows.contracts import (
    ABANDON,
    ASSEMBLE,
    FETCH,
    IO_QUEUE,
    RENDER,
    RENDER_QUEUE,
    WORKFLOW_QUEUE,
    AbandonTask,
    AssembleTask,
    ErrorType,
    ExportOutcome,
    ExportRequest,
    FetchTask,
    Produced,
    RenderTask,
    Slice,
    SnapshotPart,
    StagedFile,
)
from workflows.export import ExportWorkflow

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

KINDS: dict[str, Callable[[int], Item]] = {
    "cells": lambda n: item(study_guide="|a|\n|-|\n" + "|b|\n" * n),
    "blocks": lambda n: item(study_guide="a\n\n" * n),
    "runs": lambda n: item(study_guide="a `b` " * n),
    "formulas": lambda n: item(study_guide="a $b$ " * n),
    "texts": lambda n: item(faqs=[Faq("a", "")] * n),
    "metadata": lambda n: item(metadata={f"a{number}": 1 for number in range(n)}),
    "images": lambda n: item(study_guide=f"![a]({data_url(png())})\n\n" * n),
    "the same image in cards": lambda n: item(faqs=[Faq(f"![a]({data_url(png())})", "")] * n),
}
"""Items with so many of each thing that is counted."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format_id", ["csv", "txt", "pdf", "docx", "xlsx"])
def test_each_thing_that_items_become_counts_for_the_export(
    monkeypatch: pytest.MonkeyPatch, format_id: str, kind: str
) -> None:
    make, report = KINDS[kind], Recorder()
    render(format_id, [make(3), make(2)], EVERYTHING, report=report)
    assert report.produced.tokens + report.produced.pixels > 5

    monkeypatch.setattr(limits, "EXPORT_TOKENS_MAX", report.produced.tokens)
    monkeypatch.setattr(limits, "EXPORT_PIXELS_MAX", report.produced.pixels)
    render(format_id, [make(3), make(2)], EVERYTHING)
    with pytest.raises(ExportTooLargeError):
        render(format_id, [make(3), make(3)], EVERYTHING)


@pytest.mark.parametrize("format_id", ["docx", "xlsx"])
def test_what_a_file_unpacks_to_is_within_the_limit(
    tmp_path: Path, engines: Engines, pool: RenderPool, format_id: str
) -> None:
    # Footnotes wait in no scratch file, which would have a limit of its own.
    notes = "a^[" + "word " * 4_000 + "]"

    def staged(name: str, limit: int) -> bytes:
        settings = engines.settings(tmp_path / name)
        keys = asyncio.run(rendered(settings, pool, limit, notes, format_id))
        [file] = [key for key in keys if "snapshot" not in key]
        return open_storage(settings).read(file)

    file = staged("far below", 2**30)
    with ZipFile(BytesIO(file)) as members:
        unpacked = sum(member.file_size for member in members.infolist())
    assert unpacked > 3 * len(file)
    assert staged("just below", unpacked) == file
    with pytest.raises(ExportTooLargeError):
        staged("above", unpacked - 1)


@pytest.mark.parametrize(
    ("full", "more"),
    [
        (Produced(tokens=EXPORT_TOKENS_MAX), Produced(tokens=1)),
        (Produced(pixels=EXPORT_PIXELS_MAX), Produced(pixels=1)),
    ],
    ids=["tokens", "pixels"],
)
def test_fragments_that_became_too_much_together_are_not_joined(
    tmp_path: Path, engines: Engines, pool: RenderPool, full: Produced, more: Produced
) -> None:
    settings = engines.settings(tmp_path)

    async def export() -> None:
        database = connect(settings.database)
        records, execution = JobRecords(database), JobExecution(database)
        storage = open_storage(settings)
        content = SqlContent(database)
        await content.store([item("content-1")])
        await records.create(new_job(JOB, content_ids=["content-1"], format="txt"))
        fetch = Fetch(execution, ContentReader(content, 2**30), storage)
        part = await run(fetch.fetch, FetchTask(JOB, _ALL))
        workspace = RenderWorkspace(execution, storage, pool, 2**30)
        task = RenderTask(JOB, "txt", [part.key], 0, newest=None)
        fragment = await run(Render(workspace).render, task)
        assert fragment.produced.tokens > 0
        assert part.newest is not None
        join = AssembleTask(JOB, "txt", [fragment.key], part.newest, produced=full)
        assert (await run(Assemble(workspace).assemble, join)).produced.tokens == full.tokens
        beyond = AssembleTask(JOB, "txt", [fragment.key], part.newest, produced=full + more)
        with pytest.raises(ExportTooLargeError):
            await run(Assemble(workspace).assemble, beyond, attempt=2)
        await database.close()

    asyncio.run(export())


def test_the_fragments_of_an_export_count_together() -> None:
    joined: list[AssembleTask] = []

    @activity.defn(name=FETCH.name)
    async def fetch(task: FetchTask) -> SnapshotPart:
        return SnapshotPart("part", 1, UPDATED)

    @activity.defn(name=RENDER.name)
    async def render_chunk(task: RenderTask) -> StagedFile:
        return StagedFile("fragment", 1, "", Produced(10**task.chunk, 2 * 10**task.chunk))

    @activity.defn(name=ASSEMBLE.name)
    async def assemble(task: AssembleTask) -> StagedFile:
        joined.append(task)
        raise to_application_error(ExportTooLargeError(), 1, ASSEMBLE.name)

    @activity.defn(name=ABANDON.name)
    async def abandon(task: AbandonTask) -> ExportOutcome:
        return ExportOutcome("failed")

    async def export() -> None:
        async with temporal_server() as client:
            workflows = Worker(
                client,
                task_queue=WORKFLOW_QUEUE,
                workflows=[ExportWorkflow],
                workflow_runner=SANDBOX,
            )
            io = Worker(client, task_queue=IO_QUEUE, activities=[fetch, abandon])
            rendering = Worker(client, task_queue=RENDER_QUEUE, activities=[render_chunk, assemble])
            async with workflows, io, rendering:
                with pytest.raises(WorkflowFailureError) as raised:
                    await client.execute_workflow(
                        ExportWorkflow.run,
                        # A chunk takes longer than is meant for one, so each item is one.
                        ExportRequest(JOB, "docx", 3, 100.0, chunked=True),
                        id="export-job-1",
                        task_queue=WORKFLOW_QUEUE,
                    )
        assert isinstance(raised.value.cause, ApplicationError)
        assert raised.value.cause.type == ErrorType.TOO_LARGE

    asyncio.run(export())
    assert [task.produced for task in joined] == [Produced(111, 222)]


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
                workflow_runner=SANDBOX,
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
