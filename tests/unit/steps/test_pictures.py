"""Pictures that content refers to: fetched once, frozen, and read by renders from there alone."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

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
from activities.settings import Settings
from activities.steps import picture_freezer as freezer_module
from activities.steps.content_reader import ContentReader
from activities.steps.errors import MediaUnavailableError, PicturesToFetchError
from activities.steps.express import Express
from activities.steps.fetch import Fetch
from activities.steps.freeze_pictures import FreezePictures
from activities.steps.frozen_pictures import SnapshotPictures
from activities.steps.make import Make
from activities.steps.picture_freezer import PictureFreezer
from activities.steps.publication import Publication
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import complete, new_job, rendered_items, warnings_of
from tests.unit.steps.steps_kit import render_children, run, stored
from workflows.contracts import (
    ExpressTask,
    FetchTask,
    FrozenPictures,
    MakeTask,
    PicturesTask,
    RenderTask,
    Slice,
    SnapshotPart,
    StagedFile,
    combined,
)

pytestmark = pytest.mark.anyio

JOB = "job-1"
ALL = Slice(0, 0, 2)
ONE_EACH = (Slice(0, 0, 1), Slice(1, 1, 2))
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
        self.now = 0.0
        self.seconds = 0.0
        """That each picture takes of `now`."""
        self.stalls_at = ""
        self.asked: list[str] = []

    async def picture(self, owner_id: str, reference: str) -> bytes | None:
        assert owner_id == "teacher-1"
        self.asked.append(reference)
        self.now += self.seconds
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
async def content(database: Database) -> SqlContent:
    content = SqlContent(database)
    await content.store([item("content-1", study_guide=SPACED), item("content-2", title="Plain")])
    return content


@pytest.fixture
def reader(content: SqlContent) -> ContentReader:
    return ContentReader(content, 2**30)


class Steps:
    """The steps that freeze an export's content and pictures, as often as a test wants."""

    def __init__(
        self, execution: JobExecution, reader: ContentReader, web: Web, storage: Storage
    ) -> None:
        self.fetch = Fetch(execution, reader, storage).fetch
        freezer = PictureFreezer(web, storage)
        self.freeze = FreezePictures(execution, freezer, storage).freeze_pictures

    async def parts(self, *slices: Slice) -> list[SnapshotPart]:
        """Snapshot parts of these slices."""
        return [await run(self.fetch, FetchTask(JOB, each)) for each in slices or [ALL]]

    async def pictures(self, parts: list[SnapshotPart], *, attempt: int = 1) -> FrozenPictures:
        """The pictures of them all."""
        task = PicturesTask(JOB, [part.references for part in parts if part.references])
        return await run(self.freeze, task, attempt=attempt)


@pytest.fixture
def steps(execution: JobExecution, reader: ContentReader, web: Web, storage: Storage) -> Steps:
    return Steps(execution, reader, web, storage)


async def create(
    records: JobRecords, format_id: str = "pdf", options: RenderOptions | None = None
) -> None:
    ids = ["content-1", "content-2"]
    options = options or {"pdf": PDF, "docx": DOCX}[format_id].options()
    await records.create(new_job(JOB, format=format_id, content_ids=ids, options=options))


async def rendered(
    workspace: RenderWorkspace,
    parts: list[SnapshotPart],
    pictures: FrozenPictures,
    format_id: str = "pdf",
) -> StagedFile:
    keys = [pictures.key, *(part.key for part in parts)]
    task = RenderTask(JOB, format_id, keys, 0, parts[0].newest)
    return await run(Render(workspace).render, task)


async def test_pictures_are_asked_for_once_and_equal_ones_kept_once(
    steps: Steps, records: JobRecords, storage: Storage, web: Web
) -> None:
    await create(records)
    frozen = await steps.pictures(await steps.parts())
    assert sorted(web.asked) == sorted([*web.pictures, "/gone.png"])
    kept = {key.rpartition("/")[2]: storage.read(key) for key in await stored(storage)}
    shown = SnapshotPictures(kept.__getitem__)
    assert shown.add(kept[frozen.key.rpartition("/")[2]])
    assert {each: shown.picture(each) for each in web.pictures} == web.pictures
    names = [key.rpartition("/")[2].partition(".")[0] for key in await stored(storage)]
    assert sorted(names) == [
        "picture-0000",
        "picture-0001",
        "pictures",
        "references-0000",
        "snapshot-0000",
    ]


async def test_a_picture_of_two_chunks_is_asked_for_once(
    steps: Steps,
    records: JobRecords,
    content: SqlContent,
    web: Web,
) -> None:
    both = [item("content-1", study_guide=SPACED), item("content-2", study_guide="![](/a.png)")]
    await content.store(both)
    await create(records)
    parts = await steps.parts(*ONE_EACH)
    apart = await steps.pictures(parts)
    assert sorted(web.asked) == sorted([*web.pictures, "/gone.png"])
    together = await steps.parts()
    assert combined(part.fingerprint for part in parts) == together[0].fingerprint
    assert (await steps.pictures(together, attempt=2)).fingerprint == apart.fingerprint


@pytest.mark.parametrize("bound", ["PICTURES_MAX", "_BYTES_MAX", "_SECONDS"])
async def test_an_export_has_no_more_pictures_than_it_may_however_it_is_cut(
    steps: Steps,
    records: JobRecords,
    content: SqlContent,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
) -> None:
    guides = ["".join(f"![](/{part}/{n}.png)" for n in range(8)) for part in range(2)]
    await content.store(
        [item(f"content-{n}", study_guide=guide) for n, guide in enumerate(guides, 1)]
    )
    web.pictures = {f"/{part}/{n}.png": png() for part in range(2) for n in range(8)}
    monkeypatch.setattr(freezer_module, "_AT_ONCE", 4)
    bounds = {"PICTURES_MAX": 8, "_BYTES_MAX": 8 * len(png()) - 1, "_SECONDS": 7}
    monkeypatch.setattr(freezer_module, bound, bounds[bound])
    monkeypatch.setattr(freezer_module, "monotonic", lambda: web.now)
    web.seconds = 1.0 if bound == "_SECONDS" else 0.0
    await create(records)
    await steps.pictures(await steps.parts(*ONE_EACH))
    assert sorted(web.asked) == sorted(web.pictures)[:8]


@pytest.mark.parametrize("format_id", ["pdf", "docx"])
async def test_a_render_shows_what_was_frozen_whatever_has_changed_since(
    steps: Steps,
    records: JobRecords,
    execution: JobExecution,
    workspace: RenderWorkspace,
    storage: Storage,
    web: Web,
    format_id: str,
) -> None:
    await create(records, format_id)
    parts = await steps.parts()
    pictures = await steps.pictures(parts)
    first = await rendered(workspace, parts, pictures, format_id)
    web.pictures.clear()
    second = await rendered(workspace, parts, pictures, format_id)
    assert first.sha256 == second.sha256
    [warning] = await warnings_of(execution, JOB)
    assert (warning.code, warning.count) == ("image-not-embedded", 1)
    assert "gone" not in warning.detail
    assert [place.part for place in warning.places] == ["study_guide"]
    if format_id == "pdf":
        with pikepdf.open(io.BytesIO(storage.read(first.key))) as pdf:
            widths = [
                int(each.Width)
                for each in pdf.objects
                if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
            ]
        assert sorted(widths) == [100, 300]


async def test_other_pictures_give_another_fingerprint(
    steps: Steps, records: JobRecords, web: Web
) -> None:
    await create(records)
    parts = await steps.parts()
    before = await steps.pictures(parts)
    again = await steps.pictures(parts, attempt=2)
    web.pictures["/a.png"] = png(10, 10)
    changed = await steps.pictures(parts, attempt=3)
    del web.pictures["/a.png"]
    lost = await steps.pictures(parts, attempt=4)
    assert before.fingerprint == again.fingerprint
    assert len({before.fingerprint, changed.fingerprint, lost.fingerprint}) == 3


async def test_a_completed_job_knows_its_items_with_pictures_as_without(
    steps: Steps, records: JobRecords, database: Database, execution: JobExecution
) -> None:
    await create(records)
    parts = await steps.parts()
    pictures = await steps.pictures(parts)
    content = combined([*(part.fingerprint for part in parts), pictures.fingerprint])
    assert await complete(execution, JOB, content=content)
    assert [each.id for each in await rendered_items(database)] == ["content-1", "content-2"]


async def test_a_server_that_is_away_is_waited_for_and_then_gone_without(
    steps: Steps, records: JobRecords, web: Web
) -> None:
    await create(records)
    web.away = 3
    parts = await steps.parts()
    for attempt in (1, 2):
        with pytest.raises(ContentSourceError):
            await steps.pictures(parts, attempt=attempt)
    assert (await steps.pictures(parts, attempt=3)).key


async def test_freezing_that_ended_midway_leaves_nothing_that_shows(
    steps: Steps, records: JobRecords, workspace: RenderWorkspace, web: Web
) -> None:
    await create(records)
    parts = await steps.parts()
    whole = await rendered(workspace, parts, await steps.pictures(parts))
    web.stalls_at = "/gone.png"
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await steps.pictures(parts, attempt=2)
    web.stalls_at = ""
    pictures = await steps.pictures(parts, attempt=3)
    assert (await rendered(workspace, parts, pictures)).sha256 == whole.sha256


async def test_an_export_that_insists_on_its_pictures_fails_without_one(
    steps: Steps, records: JobRecords, workspace: RenderWorkspace, web: Web
) -> None:
    await create(records, options=PdfOptions(on_media_error="fail"))
    parts = await steps.parts()
    pictures = await steps.pictures(parts)
    with pytest.raises(MediaUnavailableError) as raised:
        await rendered(workspace, parts, pictures)
    assert raised.value.item_id == "content-1"
    web.pictures["/gone.png"] = png()
    assert (await rendered(workspace, parts, await steps.pictures(parts, attempt=2))).size


async def test_formats_without_pictures_ask_for_none(
    steps: Steps, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job(JOB, format="json", content_ids=["content-1", "content-2"]))
    [part] = await steps.parts()
    assert part.references == ""
    assert len(await stored(storage)) == 1


async def handed_over(step: Any, task: Any) -> SnapshotPart:
    """What a step leaves that was to make the file."""
    with pytest.raises(PicturesToFetchError) as caught:
        await run(step, task)
    [part] = caught.value.details
    assert isinstance(part, SnapshotPart)
    return part


@pytest.fixture
def make(
    execution: JobExecution, reader: ContentReader, workspace: RenderWorkspace, storage: Storage
) -> Make:
    return Make(execution, reader, workspace, storage)


@pytest.fixture
def express(
    execution: JobExecution,
    reader: ContentReader,
    workspace: RenderWorkspace,
    storage: Storage,
    settings: Settings,
) -> Express:
    publication = Publication(execution, storage, settings.retention)
    return Express(execution, reader, workspace, storage, publication)


@pytest.mark.parametrize("lane", ["make", "express"])
async def test_who_waits_for_no_pictures_hands_over_what_was_read(
    steps: Steps,
    records: JobRecords,
    execution: JobExecution,
    content: SqlContent,
    make: Make,
    express: Express,
    workspace: RenderWorkspace,
    storage: Storage,
    lane: str,
) -> None:
    await create(records)
    if lane == "make":
        part = await handed_over(make.make, MakeTask(JOB, "pdf", ALL))
    else:
        part = await handed_over(express.express, ExpressTask(JOB, "pdf"))
    # Whoever reads again would read this.
    await content.store([item("content-1", study_guide="Another text.")])
    left = await rendered(workspace, [part], await steps.pictures([part]))
    noted = await execution.noted_items(JOB, 1)
    await content.store([item("content-1", study_guide=SPACED)])
    [fetched] = await steps.parts()
    assert fetched.fingerprint == part.fingerprint
    assert fetched.references != part.references
    assert noted is not None
    assert [each.id for each in noted.versions] == ["content-1", "content-2"]
    again = await rendered(workspace, [fetched], await steps.pictures([fetched], attempt=2))
    assert again.sha256 == left.sha256


@pytest.mark.parametrize("lane", ["make", "express"])
async def test_what_is_told_of_content_is_handed_over_with_it(
    records: JobRecords,
    execution: JobExecution,
    make: Make,
    express: Express,
    lane: str,
) -> None:
    ids = ["content-1", "gone"]
    options = PDF.options(on_item_error="skip")
    await records.create(new_job(JOB, format="pdf", content_ids=ids, options=options))
    if lane == "make":
        await handed_over(make.make, MakeTask(JOB, "pdf", ALL))
    else:
        await handed_over(express.express, ExpressTask(JOB, "pdf"))
    assert [each.item_id for each in await warnings_of(execution, JOB)] == ["gone"]


async def test_a_source_in_sql_gives_an_owner_its_own_pictures_alone(database: Database) -> None:
    content = SqlContent(database)
    await content.store_media("teacher-1", {"/a.png": b"one"})
    await content.store_media("teacher-1", {"/a.png": b"two", "/b.png": b"three"})
    assert await content.media("teacher-1", "/a.png", most_bytes=3) == b"two"
    assert await content.media("teacher-1", "/b.png", most_bytes=4) is None
    assert await content.media("teacher-2", "/a.png", most_bytes=9) is None
    assert await content.media("teacher-1", "/c\0.png", most_bytes=9) is None
