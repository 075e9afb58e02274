"""A small export made in one step: the file that fetch and render would make, or their turn."""

import asyncio
import io
import re
from collections.abc import Iterator, Sequence
from time import monotonic
from zipfile import ZipFile

import msgspec
import pikepdf
import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.content.source import ContentSource, ContentSourceError, ReadItems
from activities.content.sql import SqlContent
from activities.formats.testing.items import full_item, item, plain_item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from activities.model.jobs import Status
from activities.model.options import RenderOptions
from activities.steps import make as make_module
from activities.steps.content_reader import ContentReader
from activities.steps.errors import (
    ContentNotFoundError,
    JobTakenError,
    NothingFetchedError,
    RenderCrashedError,
    RenderNotSmallError,
)
from activities.steps.fetch import Fetch
from activities.steps.make import Make
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import OTHER_RUN, new_job, warnings_of
from tests.unit.steps.steps_kit import render_children, run, stored
from workflows.contracts import (
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    FetchTask,
    MakeTask,
    RenderTask,
    Slice,
)

pytestmark = pytest.mark.anyio

JOB = "job-1"
ITEMS = [plain_item("content-1"), full_item("content-2"), item("content-3")]
IDS = [each.id for each in ITEMS]
ALL = Slice(0, 0, len(IDS))
SKIP = RenderOptions(on_item_error="skip")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


@pytest.fixture
async def source(database: Database) -> SqlContent:
    content = SqlContent(database)
    await content.store(ITEMS)
    return content


@pytest.fixture
def workspace(execution: JobExecution, storage: Storage, pool: RenderPool) -> RenderWorkspace:
    return RenderWorkspace(execution, storage, pool, 2**30)


def _make(
    execution: JobExecution, source: ContentSource, workspace: RenderWorkspace, storage: Storage
) -> Make:
    return Make(execution, ContentReader(source, 2**30), workspace, storage)


@pytest.fixture
def make(
    execution: JobExecution, source: SqlContent, workspace: RenderWorkspace, storage: Storage
) -> Make:
    return _make(execution, source, workspace, storage)


@pytest.mark.parametrize("format_id", list(formats()))
async def test_file_is_that_of_fetch_and_render(
    make: Make,
    source: SqlContent,
    workspace: RenderWorkspace,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    format_id: str,
) -> None:
    options = formats()[format_id].options()
    await records.create(new_job(JOB, format=format_id, content_ids=IDS, options=options))
    made = await run(make.make, MakeTask(JOB, format_id, ALL))
    assert await stored(storage) == [made.file.key]
    fetch = Fetch(execution, ContentReader(source, 2**30), storage)
    part = await run(fetch.fetch, FetchTask(JOB, ALL))
    render = RenderTask(JOB, format_id, [part.key], 0, part.newest)
    rendered = await run(Render(workspace).render, render)
    assert (made.file.size, made.file.sha256) == (rendered.size, rendered.sha256)
    assert storage.read(made.file.key) == storage.read(rendered.key)
    assert made.fingerprint == part.fingerprint
    assert made.file.key != rendered.key, "a late attempt of one could replace the other's file"


async def test_each_attempt_writes_under_a_name_of_its_own(
    make: Make, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    task = MakeTask(JOB, "json", ALL)
    keys = {(await run(make.make, task, attempt=attempt)).file.key for attempt in (1, 2)}
    keys.add((await run(make.make, task, run_id=OTHER_RUN)).file.key)
    # Moved to another queue, it is another activity of the same run.
    keys.add((await run(make.make, task, activity_id="2", run_id=OTHER_RUN)).file.key)
    assert set(await stored(storage)) == keys
    assert len(keys) == 4


async def test_much_content_leaves_the_places_for_small_renders_unrendered(
    make: Make, source: SqlContent, records: JobRecords, storage: Storage
) -> None:
    long = item("long", study_guide="A long text. " * 40_000)
    await source.store([long])
    await records.create(new_job(JOB, format="pdf", content_ids=[long.id]))
    task = MakeTask(JOB, "pdf", Slice(0, 0, 1))
    with pytest.raises(RenderNotSmallError):
        await run(make.make, task, task_queue=RENDER_SMALL_QUEUE)
    assert await stored(storage) == []
    made = await run(make.make, task, task_queue=RENDER_QUEUE, activity_id="2")
    assert await stored(storage) == [made.file.key]


@pytest.mark.parametrize("end", ["cancel", "fence", "none"])
async def test_job_that_is_not_to_be_made_is_not(
    make: Make, records: JobRecords, execution: JobExecution, storage: Storage, end: str
) -> None:
    if end != "none":
        await records.create(new_job(JOB, content_ids=IDS))
    if end == "cancel":
        await records.request_cancel(JOB, utc_now())
    elif end == "fence":
        await execution.fence(JOB)
    with pytest.raises(JobTakenError):
        await run(make.make, MakeTask(JOB, "json", ALL))
    assert await stored(storage) == []


async def test_job_is_processed_while_it_is_made(make: Make, records: JobRecords) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    await run(make.make, MakeTask(JOB, "json", ALL))
    job = await records.get(JOB)
    assert job is not None
    assert job.status is Status.PROCESSING


class _Hanging(SqlContent):
    """A source that does not answer."""

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> ReadItems:
        await asyncio.sleep(60)
        return await super().items(owner_id, ids, most_bytes=most_bytes)


async def test_source_that_does_not_answer_is_left_within_seconds(
    execution: JobExecution,
    workspace: RenderWorkspace,
    database: Database,
    records: JobRecords,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(make_module, "FETCH_SECONDS", 0.1)
    await records.create(new_job(JOB, content_ids=IDS))
    make = _make(execution, _Hanging(database), workspace, storage)
    began = monotonic()
    with pytest.raises(ContentSourceError):
        await run(make.make, MakeTask(JOB, "json", ALL))
    assert monotonic() - began < 10
    assert await stored(storage) == []


async def test_items_that_are_gone_are_named(make: Make, records: JobRecords) -> None:
    await records.create(new_job(JOB, content_ids=["content-1", "gone-1", "gone-2"]))
    with pytest.raises(ContentNotFoundError) as raised:
        await run(make.make, MakeTask(JOB, "json", ALL))
    assert raised.value.ids == ["gone-1", "gone-2"]


async def test_items_that_cannot_be_fetched_or_rendered_are_left_out(
    make: Make,
    source: SqlContent,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
) -> None:
    await source.store([item("refused", title="refuse"), item("crashing", title="crash")])
    ids = ["content-1", "gone", "refused", "crashing", "content-3"]
    await records.create(new_job(JOB, content_ids=ids, options=SKIP))
    made = await run(make.make, MakeTask(JOB, "hostile", Slice(0, 0, len(ids))))
    file = msgspec.json.decode(storage.read(made.file.key))
    assert [each["id"] for each in file["items"]] == ["content-1", "content-3"]
    named = {warning.item_id for warning in await warnings_of(execution, JOB)}
    assert named == {"gone", "refused", "crashing"}


async def test_item_that_ends_its_child_fails_the_job_by_name(
    make: Make, source: SqlContent, records: JobRecords
) -> None:
    await source.store([item("content-3", title="crash")])
    await records.create(new_job(JOB, content_ids=IDS))
    with pytest.raises(RenderCrashedError) as raised:
        await run(make.make, MakeTask(JOB, "hostile", ALL))
    assert raised.value.item_id == "content-3"


async def test_item_at_which_worker_after_worker_died_is_left_out(
    make: Make, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    made = await run(
        make.make,
        MakeTask(JOB, "json", ALL),
        attempt=4,
        heartbeat_details=[1, "content-2", ["content-2"] * 2, 2],
    )
    file = msgspec.json.decode(storage.read(made.file.key))
    assert [each["id"] for each in file["items"]] == ["content-1", "content-3"]


@pytest.mark.parametrize("format_id", ["pdf", "docx"])
async def test_links_to_items_that_were_left_out_are_text(
    make: Make,
    source: SqlContent,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    format_id: str,
) -> None:
    guide = "[gone](item:gone) [lost](item:content-2) [here](item:content-3)"
    await source.store([item("content-1", study_guide=guide)])
    ids = [*IDS, "gone"]
    options = formats()[format_id].options(on_item_error="skip")
    await records.create(new_job(JOB, content_ids=ids, format=format_id, options=options))
    made = await run(
        make.make,
        MakeTask(JOB, format_id, Slice(0, 0, len(ids))),
        attempt=4,
        heartbeat_details=[1, "content-2", ["content-2"] * 2, 2],
    )
    file = io.BytesIO(storage.read(made.file.key))
    if format_id == "pdf":
        with pikepdf.open(file) as pdf:
            links = [link for page in pdf.pages for link in page.get("/Annots", [])]
            names = [str(link.get("/Dest")) for link in links]
        assert [name for name in names if name.startswith("item:")] == ["item:content-3"]
    else:
        text = ZipFile(file).read("word/document.xml").decode()
        [target] = re.findall(r'<w:hyperlink w:anchor="(_A\w+)"', text)
        assert f'w:name="{target}"' in text
    warnings = await warnings_of(execution, JOB)
    [missing] = [each for each in warnings if each.code == "link-target-missing"]
    assert (missing.item_id, missing.count) == ("content-1", 2)


async def test_export_of_which_nothing_can_be_fetched_fails(
    make: Make, records: JobRecords
) -> None:
    await records.create(new_job(JOB, content_ids=["gone-1", "gone-2"], options=SKIP))
    with pytest.raises(NothingFetchedError):
        await run(make.make, MakeTask(JOB, "json", Slice(0, 0, 2)))


async def test_warnings_of_a_step_that_another_does_again_are_forgotten(
    make: Make,
    source: SqlContent,
    workspace: RenderWorkspace,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
) -> None:
    await source.store([item("refused", title="refuse")])
    ids = ["content-1", "late", "refused"]
    await records.create(new_job(JOB, content_ids=ids, options=SKIP))
    piece = Slice(0, 0, len(ids))
    await run(make.make, MakeTask(JOB, "hostile", piece))
    assert len(await warnings_of(execution, JOB)) == 2
    await source.store([item("late"), item("refused")])
    fetch = Fetch(execution, ContentReader(source, 2**30), storage)
    part = await run(fetch.fetch, FetchTask(JOB, piece, repeats=True))
    render = RenderTask(JOB, "hostile", [part.key], 0, part.newest, repeats=True)
    await run(Render(workspace).render, render)
    assert await warnings_of(execution, JOB) == []
