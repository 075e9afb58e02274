"""What is known of the items in a file: their states as they were rendered, on every way."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import func, select

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import full_item, item, plain_item
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.jobs.schema import item_versions
from activities.model.item_versions import PartVersions
from activities.model.jobs import Phase, ReusedFile, Status
from activities.model.options import RenderOptions
from activities.model.warnings import skipped
from activities.settings import Settings
from activities.steps import express as express_module
from activities.steps import make as make_module
from activities.steps.assemble import Assemble
from activities.steps.content_reader import ContentReader
from activities.steps.express import Express
from activities.steps.fetch import Fetch
from activities.steps.make import Make
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import (
    NOW,
    OTHER_RUN,
    RETENTION,
    RUN,
    complete,
    new_job,
    processing,
    rendered_items,
    version_of,
)
from tests.unit.steps.steps_kit import render_children, run
from workflows.contracts import (
    AbandonTask,
    AssembleTask,
    ExpressTask,
    FetchTask,
    MakeTask,
    PublishTask,
    RenderTask,
    Slice,
    StagedFile,
    combined,
)
from workflows.policies import CHUNK_ITEMS

pytestmark = pytest.mark.anyio

JOB = "job-1"
ITEMS = [plain_item("content-1"), full_item("content-2"), item("content-3")]
IDS = [each.id for each in ITEMS]
ALL = Slice(0, 0, len(IDS))
SKIP = RenderOptions(on_item_error="skip")
WAYS = ["express", "make", "whole", "chunks"]


class Steps:
    """The steps of an export on one database, and the ways that go through them."""

    def __init__(
        self, database: Database, storage: Storage, pool: RenderPool, settings: Settings
    ) -> None:
        self.content = SqlContent(database)
        self.execution = execution = JobExecution(database)
        reader = ContentReader(self.content, 2**30)
        workspace = RenderWorkspace(execution, storage, pool, 2**30)
        publication = Publication(execution, storage, settings.retention)
        self.express = Express(execution, reader, workspace, storage, publication)
        self.make = Make(execution, reader, workspace, storage)
        self.fetch = Fetch(execution, reader, storage)
        self.render, self.assemble = Render(workspace), Assemble(workspace)
        self.publish = Publish(execution, storage, publication)

    async def take(self, way: str, ids: Sequence[str] = IDS, job_id: str = JOB) -> None:
        """Make the file of a job."""
        if way == "express":
            await run(self.express.express, ExpressTask(job_id, "json"))
            return
        file, fingerprint = await self.staged(way, len(ids), job_id)
        await run(self.publish.publish, PublishTask(job_id, "json", file, fingerprint))

    async def staged(self, way: str, count: int, job_id: str) -> tuple[StagedFile, str]:
        """A job's file that waits to be published, and the fingerprint of its content."""
        everything = Slice(0, 0, count)
        if way == "make":
            made = await run(self.make.make, MakeTask(job_id, "json", everything))
            return made.file, made.fingerprint
        if way == "whole":
            part = await run(self.fetch.fetch, FetchTask(job_id, everything))
            render = RenderTask(job_id, "json", [part.key], 0, part.newest)
            return await run(self.render.render, render), part.fingerprint
        parts, fragments = [], []
        for chunk in range(count):
            part = await run(self.fetch.fetch, FetchTask(job_id, Slice(chunk, chunk, chunk + 1)))
            parts.append(part)
            render = RenderTask(job_id, "json", [part.key], chunk, None)
            fragments.append((await run(self.render.render, render)).key)
        newest = max(part.newest for part in parts if part.newest is not None)
        file = await run(self.assemble.assemble, AssembleTask(job_id, "json", fragments, newest))
        return file, combined(part.fingerprint for part in parts)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


@pytest.fixture
async def steps(
    database: Database, storage: Storage, pool: RenderPool, settings: Settings
) -> Steps:
    made = Steps(database, storage, pool, settings)
    await made.content.store(ITEMS)
    return made


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy."""
    monkeypatch.setattr(express_module, "WORK_SECONDS", 60.0)
    monkeypatch.setattr(make_module, "FETCH_SECONDS", 60.0)


@pytest.mark.parametrize("way", WAYS)
async def test_completed_job_knows_the_states_of_its_items_in_order(
    steps: Steps, records: JobRecords, database: Database, way: str
) -> None:
    await records.create(new_job(JOB, content_ids=IDS[::-1]))
    await steps.take(way)
    assert await rendered_items(database) == [version_of(each) for each in ITEMS[::-1]]


@pytest.mark.parametrize("way", ["express", "make", "whole"])
async def test_item_that_is_not_in_the_file_is_not_known(
    steps: Steps, records: JobRecords, database: Database, way: str
) -> None:
    ids = ["gone", *IDS]
    await records.create(new_job(JOB, content_ids=ids, options=SKIP))
    await steps.take(way, ids)
    assert await rendered_items(database) == [version_of(each) for each in ITEMS]


@pytest.mark.parametrize("way", ["make", "chunks"])
async def test_item_that_its_render_left_out_is_not_known(
    steps: Steps, records: JobRecords, database: Database, way: str
) -> None:
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    file, fingerprint = await steps.staged(way, len(IDS), JOB)
    left_out = [skipped(IDS[1], "It ended the render.")]
    await steps.execution.note_warnings(JOB, Phase.RENDERING, 1, left_out)
    await run(steps.publish.publish, PublishTask(JOB, "json", file, fingerprint))
    assert await rendered_items(database) == [version_of(ITEMS[0]), version_of(ITEMS[2])]


async def test_item_that_the_express_step_left_out_is_not_known(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    await processing(records, execution)
    versions = [version_of(each) for each in ITEMS]
    left_out = [skipped(IDS[1], "The renderer refused it.")]
    part = PartVersions(0, "0" * 64, versions)
    assert await complete(execution, warnings=left_out, items=part)
    assert await rendered_items(database) == [versions[0], versions[2]]


@pytest.mark.parametrize("way", ["make", "whole", "chunks"])
async def test_retry_counts_and_not_what_was_read_before(
    steps: Steps, records: JobRecords, database: Database, way: str
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    await steps.staged(way, len(IDS), JOB)
    changed = item("content-3", title="Changed since")
    await steps.content.store([changed])
    await steps.take(way)
    assert await rendered_items(database) == [version_of(each) for each in (*ITEMS[:2], changed)]


async def test_states_are_not_known_when_a_late_attempt_noted_other_content(
    steps: Steps, records: JobRecords, database: Database
) -> None:
    """Better none than those of another file."""
    await records.create(new_job(JOB, content_ids=IDS))
    file, fingerprint = await steps.staged("chunks", len(IDS), JOB)
    await steps.content.store([item("content-3", title="Changed since")])
    await run(steps.fetch.fetch, FetchTask(JOB, Slice(2, 2, 3)))
    await run(steps.publish.publish, PublishTask(JOB, "json", file, fingerprint))
    assert (await records.get_many([JOB]))[0].status is Status.COMPLETED
    assert await rendered_items(database) == []


async def test_late_attempt_changes_nothing_of_a_job_that_is_not_its_runs(
    steps: Steps, records: JobRecords, database: Database
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    await steps.take("make")
    known = await rendered_items(database)
    late = PartVersions(0, "0" * 64, [version_of(item("content-9"))])
    await steps.execution.note_items(JOB, RUN, late)
    assert await rendered_items(database) == known

    await records.create(new_job("job-2", content_ids=IDS))
    await run(steps.make.make, MakeTask("job-2", "json", ALL), run_id=OTHER_RUN)
    known = await rendered_items(database, "job-2")
    await steps.execution.note_items("job-2", RUN, late)
    assert await rendered_items(database, "job-2") == known


async def test_history_from_before_content_had_fingerprints_leaves_nothing(
    steps: Steps, records: JobRecords, database: Database
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    file, _ = await steps.staged("whole", len(IDS), JOB)
    await run(steps.publish.publish, PublishTask(JOB, "json", file))
    assert await rendered_items(database) == []


async def test_job_without_a_file_keeps_no_states(
    steps: Steps, records: JobRecords, database: Database
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    await steps.staged("chunks", len(IDS), JOB)
    await records.request_cancel(JOB, utc_now())
    await run(steps.publish.abandon, AbandonTask(JOB, "json", cancelled=True))
    assert await rendered_items(database) == []


async def test_job_that_takes_a_file_over_knows_what_is_in_it(
    steps: Steps, records: JobRecords, database: Database
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    await steps.take("chunks")
    source = await records.get(JOB)
    assert source is not None
    now = utc_now()
    reused = ReusedFile("job-2", source, "0" * 64, now, now + RETENTION)
    assert await records.create(new_job("job-2", content_ids=IDS), reused=reused)
    assert await rendered_items(database, "job-2") == [version_of(each) for each in ITEMS]


async def test_very_many_items_make_no_large_row(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    """Ids of the longest kind in as many items as one chunk has at most."""
    await processing(records, execution)
    items = [version_of(item(f"{number:0200}")) for number in range(CHUNK_ITEMS)]
    await execution.note_items("job-1", RUN, PartVersions(0, "0" * 64, items))
    size = select(func.length(item_versions.c.versions))
    assert await database.run(lambda connection: connection.scalars(size).one()) < 16 * 1024


async def test_states_go_with_the_record_and_not_with_the_file(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle, database: Database
) -> None:
    await processing(records, execution)
    version = version_of(item("content-1"))
    parts = [PartVersions(chunk, f"{chunk:064x}", [version]) for chunk in range(3)]
    for part in parts:
        await execution.note_items("job-1", RUN, part)
    content = combined(part.fingerprint for part in parts)
    assert await complete(execution, content=content)
    await lifecycle.expire(["job-1"], NOW + RETENTION)
    assert await rendered_items(database) == [version] * 3

    long_after = NOW + RETENTION
    assert await lifecycle.due_to_be_removed(long_after, 10) == []
    assert await lifecycle.with_old_item_versions(NOW, 10) == []
    found = await lifecycle.with_old_item_versions(long_after, 2)
    assert found == ["job-1"] * 2, "however many rows one job has"
    assert await lifecycle.forget_items(found) == 2
    assert await lifecycle.with_old_item_versions(long_after, 2) == ["job-1"]
    assert await lifecycle.forget_items(["job-1"]) == 1
    assert await lifecycle.due_to_be_removed(long_after, 10) == ["job-1"]
