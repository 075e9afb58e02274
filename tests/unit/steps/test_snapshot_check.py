"""A snapshot of several chunks or requests is of one moment, or says that it is not."""

from datetime import timedelta

import msgspec
import pytest

from activities.common.database import Database
from activities.content.http import HttpContent
from activities.content.source import ContentSource
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.content import Item
from activities.model.jobs import FetchInput
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning
from activities.steps.content_reader import ContentReader
from activities.steps.fetch import Fetch
from activities.storage.protocol import Storage
from tests.unit.content import platform_server
from tests.unit.content.platform_server import TOKEN
from tests.unit.jobs.jobs_kit import new_job, warnings_of
from tests.unit.steps.steps_kit import run
from workflows.contracts import FetchTask, Slice

pytestmark = pytest.mark.anyio

JOB = "job-1"
ITEMS = [item(f"content-{number}", study_guide="before") for number in range(5)]
CHUNKS = [Slice(0, 0, 2), Slice(1, 2, 4), Slice(2, 4, 5)]


def edited(original: Item, *, is_dated: bool = True) -> Item:
    later = original.updated_at + timedelta(hours=1) if is_dated else original.updated_at
    return msgspec.structs.replace(original, study_guide="after", updated_at=later)


@pytest.fixture
async def job(records: JobRecords) -> None:
    await records.create(new_job(JOB, content_ids=[each.id for each in ITEMS]))


def _named(warnings: list[ExportWarning]) -> list[tuple[str, str]]:
    return [(each.code, each.item_id) for each in warnings]


@pytest.mark.usefixtures("job")
class TestTableOfTheService:
    @pytest.fixture
    async def content(self, database: Database) -> SqlContent:
        source = SqlContent(database)
        await source.store(ITEMS)
        return source

    @pytest.fixture
    def fetch(self, execution: JobExecution, content: ContentSource, storage: Storage) -> Fetch:
        return Fetch(execution, ContentReader(content, 2**30), storage)

    async def test_of_what_stays_as_it_is_nothing_is_told(
        self, fetch: Fetch, execution: JobExecution
    ) -> None:
        for piece in CHUNKS:
            await run(fetch.fetch, FetchTask(JOB, piece))
        assert await warnings_of(execution, JOB) == []

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
    async def test_item_that_changes_between_two_chunks_is_told(
        self,
        fetch: Fetch,
        content: SqlContent,
        execution: JobExecution,
        order: tuple[int, ...],
    ) -> None:
        first, *others = [CHUNKS[place] for place in order]
        await run(fetch.fetch, FetchTask(JOB, first))
        changed = ITEMS[first.start]
        # One that comes after the change is as it is now in the file, too.
        await content.store([edited(changed), edited(ITEMS[others[0].start])])
        for piece in others:
            await run(fetch.fetch, FetchTask(JOB, piece))
        warnings = await warnings_of(execution, JOB)
        assert _named(warnings) == [("snapshot-mixed", changed.id)]
        assert "between 20" in warnings[0].detail

    async def test_chunk_that_is_fetched_again_sees_that_all_are_of_one_moment(
        self, fetch: Fetch, content: SqlContent, execution: JobExecution
    ) -> None:
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[0]))
        await content.store([edited(ITEMS[0])])
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[1]))
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[0]), attempt=2)
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[2]))
        assert await warnings_of(execution, JOB) == []


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("is_dated", [True, False])
async def test_platform_that_tells_no_times_is_read_again(
    execution: JobExecution, storage: Storage, is_dated: bool
) -> None:
    with platform_server.running(list(ITEMS)) as server:
        content = HttpContent(server.url, TOKEN)
        fetch = Fetch(execution, ContentReader(content, 2**30), storage)
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[0]))
        server.items[1] = edited(ITEMS[1], is_dated=is_dated)
        del server.items[0]
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[1]))
        await run(fetch.fetch, FetchTask(JOB, CHUNKS[2]))
        await content.close()
    assert _named(await warnings_of(execution, JOB)) == [
        ("snapshot-mixed", "content-0"),
        ("snapshot-mixed", "content-1"),
    ]


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("piece", [Slice(0, 0, 5), Slice(0, 0, 4)], ids=["all", "some"])
@pytest.mark.parametrize("is_changed", [True, False])
async def test_slice_of_several_pages_is_told_if_it_is_all_of_the_export(
    execution: JobExecution, storage: Storage, piece: Slice, is_changed: bool
) -> None:
    def serve_and_change(handler: platform_server.Handler) -> None:
        handler.serve()
        if is_changed:
            server.items[0] = edited(ITEMS[0])

    with platform_server.running(list(ITEMS)) as server:
        server.plan = [serve_and_change]
        content = HttpContent(server.url, TOKEN)
        fetch = Fetch(execution, ContentReader(content, 2**30), storage)
        await run(fetch.fetch, FetchTask(JOB, piece))
        await content.close()
    told = [("snapshot-mixed", "content-0")] if is_changed and piece.stop == len(ITEMS) else []
    assert _named(await warnings_of(execution, JOB)) == told


async def test_what_one_page_holds_is_looked_at_once() -> None:
    with platform_server.running(list(ITEMS[:3])) as server:
        content = HttpContent(server.url, TOKEN)
        job = FetchInput(ITEMS[0].owner_id, [each.id for each in ITEMS[:3]], RenderOptions(), "")
        part = await ContentReader(content, 2**30).read(job, Slice(0, 0, 3))
        await content.close()
    assert (part.items, part.warnings, len(server.requests)) == (3, [], 1)


async def test_time_of_a_change_is_in_the_document(database: Database) -> None:
    odd = item("odd", title='"updated_at":"2001-01-01T00:00:00Z"')
    source = SqlContent(database)
    await source.store([odd, ITEMS[0]])
    found = await source.updated(odd.owner_id, ["odd", ITEMS[0].id, "missing"])
    assert found == {"odd": odd.updated_at, ITEMS[0].id: ITEMS[0].updated_at}
