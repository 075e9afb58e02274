"""From content to a staged file, one activity after the other, without Temporal."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import full_item, item, plain_item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.content import Faq, Item
from activities.steps.assemble import Assemble
from activities.steps.content_reader import ContentReader
from activities.steps.errors import ContentNotFoundError, JobTakenError, RenderFailedError
from activities.steps.fetch import Fetch
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.steps.scratch_file import scratch_file
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import OTHER_RUN, new_job
from tests.unit.steps.steps_kit import render_children, run, stored
from workflows.contracts import AssembleTask, FetchTask, RenderTask, Slice, StagedFile

pytestmark = pytest.mark.anyio

JOB = "job-1"
ITEMS = [plain_item("content-1"), full_item("content-2"), item("content-3")]
IDS = [each.id for each in ITEMS]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of temporary files."""
    return tmp_path_factory.mktemp("scratch") / "not there yet"


@pytest.fixture(scope="module")
def pool(scratch: Path) -> Iterator[RenderPool]:
    with render_children(scratch) as children:
        yield children


@pytest.fixture
def workspace(execution: JobExecution, storage: Storage, pool: RenderPool) -> RenderWorkspace:
    return RenderWorkspace(execution, storage, pool, 2**30)


@pytest.fixture
async def fetch(
    database: Database, records: JobRecords, execution: JobExecution, storage: Storage
) -> Fetch:
    content = SqlContent(database)
    await content.store(ITEMS)
    await records.create(new_job(JOB, content_ids=IDS))
    return Fetch(execution, ContentReader(content, 2**30), storage)


async def test_snapshot_is_frozen_in_the_order_of_the_job(fetch: Fetch, storage: Storage) -> None:
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)))
    decoder = msgspec.json.Decoder(Item)
    assert [decoder.decode(line) for line in storage.read(part.key).splitlines()] == ITEMS
    assert (part.items, part.newest) == (3, max(each.updated_at for each in ITEMS))


async def test_each_attempt_writes_under_a_name_of_its_own(fetch: Fetch, storage: Storage) -> None:
    task = FetchTask(JOB, Slice(0, 0, 3))
    keys = {(await run(fetch.fetch, task, attempt=attempt)).key for attempt in (1, 2)}
    keys.add((await run(fetch.fetch, task, run_id=OTHER_RUN)).key)
    assert set(await stored(storage)) == keys
    assert len(keys) == 3


async def test_items_that_are_gone_are_named(
    fetch: Fetch, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job("job-2", content_ids=["content-1", "gone-1", "gone-2"]))
    with pytest.raises(ContentNotFoundError) as raised:
        await run(fetch.fetch, FetchTask("job-2", Slice(0, 0, 3)))
    assert raised.value.ids == ["gone-1", "gone-2"]
    assert await stored(storage) == []


async def test_another_owners_items_are_gone_too(fetch: Fetch, records: JobRecords) -> None:
    await records.create(new_job("job-2", owner_id="teacher-2", content_ids=["content-1"]))
    with pytest.raises(ContentNotFoundError):
        await run(fetch.fetch, FetchTask("job-2", Slice(0, 0, 1)))


async def test_job_to_be_cancelled_is_neither_fetched_nor_rendered(
    fetch: Fetch,
    workspace: RenderWorkspace,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
) -> None:
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)))
    await records.request_cancel(JOB, utc_now())
    with pytest.raises(JobTakenError):
        await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)), attempt=2)
    await execution.fence(JOB)
    render = RenderTask(JOB, "json", [part.key], 0, part.newest)
    with pytest.raises(JobTakenError):
        await run(Render(workspace).render, render)
    assert await stored(storage) == [part.key]


async def _whole(fetch: Fetch, workspace: RenderWorkspace) -> StagedFile:
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)))
    return await run(Render(workspace).render, RenderTask(JOB, "json", [part.key], 0, part.newest))


async def test_file_has_the_size_and_hash_that_are_told(
    fetch: Fetch, workspace: RenderWorkspace, storage: Storage
) -> None:
    file = await _whole(fetch, workspace)
    data = storage.read(file.key)
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [each["id"] for each in msgspec.json.decode(data)["items"]] == IDS


async def test_file_of_chunks_equals_the_file_made_at_once(
    fetch: Fetch, workspace: RenderWorkspace, records: JobRecords
) -> None:
    whole = await _whole(fetch, workspace)
    fragments, newest = [], []
    for chunk in range(3):
        part = await run(fetch.fetch, FetchTask(JOB, Slice(chunk, chunk, chunk + 1)))
        task = RenderTask(JOB, "json", [part.key], chunk, newest=None)
        fragments.append((await run(Render(workspace).render, task)).key)
        assert part.newest is not None
        newest.append(part.newest)
        job = await records.get(JOB)
        assert job is not None
        assert (job.items_fetched, job.items_rendered) == (chunk + 1, chunk + 1)
    task_of_all = AssembleTask(JOB, "json", fragments, max(newest))
    assembled = await run(Assemble(workspace).assemble, task_of_all)
    assert (assembled.size, assembled.sha256) == (whole.size, whole.sha256)


async def test_snapshot_that_is_gone_is_not_the_renderers_failure(
    fetch: Fetch, workspace: RenderWorkspace, storage: Storage
) -> None:
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)))
    await storage.remove_staging(JOB)
    with pytest.raises(FileNotFoundError):
        await run(Render(workspace).render, RenderTask(JOB, "json", [part.key], 0, part.newest))


async def test_snapshot_that_cannot_be_read_fails_the_render(
    fetch: Fetch, workspace: RenderWorkspace, storage: Storage
) -> None:
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 3)))
    await storage.put(part.key, b"not an item")
    with pytest.raises(RenderFailedError):
        await run(Render(workspace).render, RenderTask(JOB, "json", [part.key], 0, part.newest))


async def test_large_file_goes_through_a_scratch_directory_made_for_it(
    fetch: Fetch, database: Database, workspace: RenderWorkspace, storage: Storage, scratch: Path
) -> None:
    # Three bytes a letter.
    large = item("content-1", study_guide="水" * 900_000, faqs=[Faq("水", "水" * 900_000)])
    await SqlContent(database).store([large])
    file = await _whole(fetch, workspace)
    assert file.size > 5_000_000
    found = await storage.head(file.key)
    assert found is not None
    assert found.size == file.size
    assert list(scratch.iterdir()) == []


def test_scratch_files_have_no_name(tmp_path: Path) -> None:
    with scratch_file(str(tmp_path), 2**30) as file:
        file.write(b"x" * 10_000_000)
        file.flush()
        assert list(tmp_path.iterdir()) == []
