"""Pictures that content refers to: fetched once, frozen, and read by renders from there alone."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pikepdf
import pytest

from activities.common.database import Database
from activities.content.source import ContentSourceError
from activities.content.sql import SqlContent
from activities.formats.docx.declaration import FORMAT as DOCX
from activities.formats.pdf.declaration import FORMAT as PDF
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing.items import item, png
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.options import RenderOptions
from activities.steps.content_reader import ContentReader
from activities.steps.errors import MediaUnavailableError
from activities.steps.fetch import Fetch
from activities.steps.make import Make
from activities.steps.picture_freezer import PictureFreezer
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import new_job, warnings_of
from tests.unit.steps.steps_kit import render_children, run, stored
from workflows.contracts import FetchTask, MakeTask, RenderTask, Slice, SnapshotPart, StagedFile

pytestmark = pytest.mark.anyio

JOB = "job-1"
ALL = Slice(0, 0, 2)
GUIDE = (
    "![a](/a.png) and ![the same](/same.png)\n\n"
    "![umlaut](@@PLUGINFILE@@/größe 1.png)\n\n![gone](/gone.png)"
)
SPACED = GUIDE.replace("(@@PLUGINFILE@@/größe 1.png)", "(<@@PLUGINFILE@@/größe 1.png>)")


class Web:
    """Implements `PictureSource`; `away` raises that often."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {
            "/a.png": png(300, 200),
            "/same.png": png(300, 200),
            "@@PLUGINFILE@@/größe 1.png": png(100, 100),
        }
        self.away = 0
        self.stalls_at = ""
        self.asked: list[str] = []

    async def picture(self, owner_id: str, reference: str) -> bytes | None:
        assert owner_id == "teacher-1"
        self.asked.append(reference)
        if reference == self.stalls_at:
            await asyncio.sleep(60)
        if self.away and reference == "/a.png":
            self.away -= 1
            raise ContentSourceError("away")
        return self.pictures.get(reference)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    scratch: Path = tmp_path_factory.mktemp("scratch")
    with render_children(scratch) as children:
        yield children


@pytest.fixture
def workspace(execution: JobExecution, storage: Storage, pool: RenderPool) -> RenderWorkspace:
    return RenderWorkspace(execution, storage, pool, 2**30)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def reader(database: Database) -> ContentReader:
    content = SqlContent(database)
    await content.store([item("content-1", study_guide=SPACED), item("content-2", title="Plain")])
    return ContentReader(content, 2**30)


@pytest.fixture
def fetch(execution: JobExecution, reader: ContentReader, web: Web, storage: Storage) -> Fetch:
    return Fetch(execution, reader, PictureFreezer(web, storage), storage)


async def create(
    records: JobRecords, format_id: str = "pdf", options: RenderOptions | None = None
) -> None:
    ids = ["content-1", "content-2"]
    options = options or {"pdf": PDF, "docx": DOCX}[format_id].options()
    await records.create(new_job(JOB, format=format_id, content_ids=ids, options=options))


async def rendered(
    workspace: RenderWorkspace, part: SnapshotPart, format_id: str = "pdf"
) -> StagedFile:
    task = RenderTask(JOB, format_id, [part.key], 0, part.newest)
    return await run(Render(workspace).render, task)


async def test_pictures_are_asked_for_once_and_equal_ones_kept_once(
    fetch: Fetch, records: JobRecords, storage: Storage, web: Web
) -> None:
    await create(records)
    await run(fetch.fetch, FetchTask(JOB, ALL))
    assert sorted(web.asked) == sorted([*web.pictures, "/gone.png"])
    names = [key.rpartition("/")[2].partition(".")[0] for key in await stored(storage)]
    assert sorted(names) == ["picture-00000000", "picture-00000001", "snapshot-0000"]


@pytest.mark.parametrize("format_id", ["pdf", "docx"])
async def test_a_render_shows_what_was_frozen_whatever_has_changed_since(
    fetch: Fetch,
    records: JobRecords,
    execution: JobExecution,
    workspace: RenderWorkspace,
    storage: Storage,
    web: Web,
    format_id: str,
) -> None:
    await create(records, format_id)
    part = await run(fetch.fetch, FetchTask(JOB, ALL))
    first = await rendered(workspace, part, format_id)
    web.pictures.clear()
    second = await rendered(workspace, part, format_id)
    assert first.sha256 == second.sha256
    [warning] = await warnings_of(execution, JOB)
    assert warning.code == "image-not-embedded"
    assert "gone (/gone.png)" in warning.detail
    if format_id == "pdf":
        with pikepdf.open(io.BytesIO(storage.read(first.key))) as pdf:
            widths = [
                int(each.Width)
                for each in pdf.objects
                if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
            ]
        assert sorted(widths) == [100, 300]


async def test_other_pictures_give_another_fingerprint(
    fetch: Fetch, records: JobRecords, web: Web
) -> None:
    await create(records)
    before = await run(fetch.fetch, FetchTask(JOB, ALL))
    again = await run(fetch.fetch, FetchTask(JOB, ALL), attempt=2)
    web.pictures["/a.png"] = png(10, 10)
    changed = await run(fetch.fetch, FetchTask(JOB, ALL), attempt=3)
    del web.pictures["/a.png"]
    lost = await run(fetch.fetch, FetchTask(JOB, ALL), attempt=4)
    assert before.fingerprint == again.fingerprint
    assert len({before.fingerprint, changed.fingerprint, lost.fingerprint}) == 3


async def test_a_server_that_is_away_is_waited_for_and_then_gone_without(
    fetch: Fetch, records: JobRecords, web: Web
) -> None:
    await create(records)
    web.away = 3
    for attempt in (1, 2):
        with pytest.raises(ContentSourceError):
            await run(fetch.fetch, FetchTask(JOB, ALL), attempt=attempt)
    assert (await run(fetch.fetch, FetchTask(JOB, ALL), attempt=3)).items == 2


async def test_a_fetch_that_ended_midway_leaves_nothing_that_shows(
    fetch: Fetch, records: JobRecords, workspace: RenderWorkspace, web: Web
) -> None:
    await create(records)
    whole = await rendered(workspace, await run(fetch.fetch, FetchTask(JOB, ALL)))
    web.stalls_at = "/gone.png"
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await run(fetch.fetch, FetchTask(JOB, ALL), attempt=2)
    web.stalls_at = ""
    part = await run(fetch.fetch, FetchTask(JOB, ALL), attempt=3)
    assert (await rendered(workspace, part)).sha256 == whole.sha256


async def test_an_export_that_insists_on_its_pictures_fails_without_one(
    fetch: Fetch, records: JobRecords, workspace: RenderWorkspace, web: Web
) -> None:
    await create(records, options=PdfOptions(on_media_error="fail"))
    part = await run(fetch.fetch, FetchTask(JOB, ALL))
    with pytest.raises(MediaUnavailableError) as raised:
        await rendered(workspace, part)
    assert raised.value.item_id == "content-1"
    web.pictures["/gone.png"] = png()
    assert (await rendered(workspace, await run(fetch.fetch, FetchTask(JOB, ALL), attempt=2))).size


async def test_formats_without_pictures_ask_for_none(
    fetch: Fetch, records: JobRecords, web: Web, storage: Storage
) -> None:
    await records.create(new_job(JOB, format="json", content_ids=["content-1", "content-2"]))
    await run(fetch.fetch, FetchTask(JOB, ALL))
    assert web.asked == []
    assert len(await stored(storage)) == 1


async def test_pictures_are_waited_for_on_the_queue_of_fetches_alone(
    execution: JobExecution,
    reader: ContentReader,
    records: JobRecords,
    workspace: RenderWorkspace,
) -> None:
    await create(records)
    make = Make(execution, reader, workspace)
    with pytest.raises(ContentSourceError):
        await run(make.make, MakeTask(JOB, "pdf", ALL))


async def test_a_source_in_sql_gives_an_owner_its_own_pictures_alone(database: Database) -> None:
    content = SqlContent(database)
    await content.store_media("teacher-1", {"/a.png": b"one"})
    await content.store_media("teacher-1", {"/a.png": b"two", "/b.png": b"three"})
    assert await content.media("teacher-1", "/a.png", most_bytes=3) == b"two"
    assert await content.media("teacher-1", "/b.png", most_bytes=4) is None
    assert await content.media("teacher-2", "/a.png", most_bytes=9) is None
    assert await content.media("teacher-1", "/c\0.png", most_bytes=9) is None
