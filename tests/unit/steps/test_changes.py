"""Exports of what changed: what they hold, what they say in every format, what they know after."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import delete

from activities.common.database import Database
from activities.content.schema import content
from activities.content.source import ContentSourceError, Excerpt, Filters
from activities.content.sql import SqlContent
from activities.documents.changes_page import changes_page
from activities.formats.testing.items import item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from activities.model.changes import CHANGES_ID, Changes, Delta, NamedItem
from activities.model.content import Item
from activities.model.jobs import NewJob
from activities.settings import Settings
from activities.steps.compare import Compare, PictureComparer
from activities.steps.content_reader import ContentReader
from activities.steps.errors import NothingChangedError
from activities.steps.fetch import Fetch
from activities.steps.freeze_pictures import FreezePictures
from activities.steps.picture_freezer import PictureFreezer
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import NOW, OWNER, new_job
from tests.unit.steps.steps_kit import render_children, run
from web.http.problems import ProblemError
from web.services.changes_since import Base, ChangesSince
from workflows.contracts import (
    FetchTask,
    FrozenPictures,
    JobTask,
    PicturesTask,
    PublishTask,
    RenderTask,
    Slice,
    combined,
)

pytestmark = pytest.mark.anyio

LATER = datetime(2024, 6, 1, tzinfo=UTC)
PICTURE = "https://cdn.example/cell.png"
EVERYTHING = Filters()
Found = tuple[Excerpt, Delta]
TELLING = sorted(name for name, entry in formats().items() if "study_guide" in entry.parts)
"""Formats that hold more than cards and questions."""


class Pictures:
    """A source of pictures that change."""

    def __init__(self) -> None:
        self.data: bytes | None = b"one"
        self.away = False

    async def picture(self, owner_id: str, reference: str) -> bytes | None:
        assert (owner_id, reference) == (OWNER, PICTURE)
        if self.away:
            raise ContentSourceError("away")
        return self.data


class Exports:
    """Makes exports, step by step."""

    def __init__(
        self, database: Database, storage: Storage, pool: RenderPool, settings: Settings
    ) -> None:
        self._database = database
        self.storage = storage
        self.content = SqlContent(database)
        self.records = JobRecords(database)
        self.pictures = Pictures()
        self.changes = ChangesSince(self.records, self.content)
        execution = JobExecution(database)
        workspace = RenderWorkspace(execution, storage, pool, 2**30)
        self._fetch = Fetch(execution, ContentReader(self.content, 2**30), storage)
        freezer = PictureFreezer(self.pictures, storage)
        self._freeze = FreezePictures(execution, freezer, storage)
        self._render = Render(workspace)
        publication = Publication(execution, storage, settings.retention)
        self._publish = Publish(execution, storage, publication)
        self._compare = Compare(execution, PictureComparer(self.content, self.pictures))

    async def remove(self, item_id: str) -> None:
        gone = delete(content).where(content.c.id == item_id)
        await self._database.run(lambda connection: connection.execute(gone))

    async def since(self, job_id: str, unchanged: Sequence[str] = ()) -> Found:
        base = await self.changes.base(OWNER, job_id)
        return await self.changes.find(OWNER, EVERYTHING, base, most=100, unchanged=unchanged)

    async def create(self, job_id: str, found: Found, format_id: str = "json") -> None:
        await self.records.create(delta_job(job_id, found, format_id))

    async def compare(self, job_id: str) -> int:
        return (await run(self._compare.compare, JobTask(job_id), attempt=3)).items_total

    async def make(self, job_id: str, count: int, format_id: str = "json") -> bytes:
        """The file of a job of so many items."""
        part = await run(self._fetch.fetch, FetchTask(job_id, Slice(0, 0, count)))
        frozen: FrozenPictures | None = None
        if part.references:
            task = PicturesTask(job_id, [part.references], [part.key])
            frozen = await run(self._freeze.freeze_pictures, task)
        keys = [frozen.key, part.key] if frozen else [part.key]
        fingerprints = [part.fingerprint, *([frozen.fingerprint] if frozen else [])]
        file = await run(self._render.render, RenderTask(job_id, format_id, keys, 0, part.newest))
        data = self.storage.read(file.key)
        await run(
            self._publish.publish, PublishTask(job_id, format_id, file, combined(fingerprints))
        )
        return data

    async def export_all(self, job_id: str, ids: Sequence[str], format_id: str = "json") -> None:
        options = formats()[format_id].options()
        await self.records.create(
            new_job(job_id, content_ids=list(ids), format=format_id, options=options)
        )
        await self.make(job_id, len(ids), format_id)


def delta_job(job_id: str, found: Found, format_id: str) -> NewJob:
    ids = [head.id for head in found[0].heads]
    options = formats()[format_id].options()
    return new_job(job_id, content_ids=ids, delta=found[1], format=format_id, options=options)


def told(found: Found) -> dict[str, list[str]]:
    changes = found[1].changes
    groups = {
        "new": changes.new,
        "changed": changes.changed,
        "gone": changes.gone,
        "unsure": changes.unsure,
    }
    return {name: [each.id for each in group] for name, group in groups.items() if group}


def mine(item_id: str, **fields: object) -> Item:
    return msgspec.structs.replace(item(item_id), owner_id=OWNER, **fields)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


@pytest.fixture
async def exports(
    database: Database, storage: Storage, pool: RenderPool, settings: Settings
) -> Exports:
    made = Exports(database, storage, pool, settings)
    await made.content.store([mine("a", title="Old *cells*"), mine("b"), mine("c")])
    return made


async def change(exports: Exports) -> None:
    """Change b, remove c, add d."""
    await exports.content.store([mine("b", updated_at=LATER, title="# 2. Newer"), mine("d")])
    await exports.remove("c")


async def test_only_what_changed_is_exported_and_a_chain_stands_for_all_before(
    exports: Exports,
) -> None:
    await exports.export_all("job-1", ["a", "b", "c"])
    with pytest.raises(ProblemError) as refused:
        await exports.since("job-1")
    assert refused.value.kind.code == "nothing-changed"
    await change(exports)
    found = await exports.since("job-1")
    assert told(found) == {"new": ["d"], "changed": ["b"], "gone": ["c"]}
    await exports.create("job-2", found)
    data = msgspec.json.decode(await exports.make("job-2", 2))
    page, *rest = data["items"]
    assert page["id"] == CHANGES_ID
    assert [page["metadata"][name] for name in ("new", "changed", "gone")] == [["d"], ["b"], ["c"]]
    assert "## No longer there (1)" in page["study_guide"]
    assert {each["id"] for each in rest} == {"b", "d"}
    # What job-2 did not hold is known by it all the same.
    with pytest.raises(ProblemError):
        await exports.since("job-2")
    await exports.content.store([mine("a", updated_at=LATER)])
    assert told(await exports.since("job-2")) == {"changed": ["a"]}


async def test_more_than_one_export_may_have_is_left_for_the_next(exports: Exports) -> None:
    await exports.export_all("job-1", ["a"])
    base = await exports.changes.base(OWNER, "job-1")
    found = await exports.changes.find(OWNER, EVERYTHING, base, most=1)
    assert found[0].matching == 2
    await exports.create("job-2", found)
    await exports.make("job-2", 1)
    assert len(told(await exports.since("job-2"))["new"]) == 1


async def test_moment_tells_what_was_made_and_changed_after_it(exports: Exports) -> None:
    await exports.content.store(
        [mine("b", updated_at=LATER), mine("d", created_at=LATER, updated_at=LATER)]
    )
    base = Base(LATER - timedelta(days=1))
    found = await exports.changes.find(OWNER, EVERYTHING, base, most=9)
    assert told(found) == {"new": ["d"], "changed": ["b"]}


async def test_changed_picture_changes_its_item_and_no_other(exports: Exports) -> None:
    await exports.content.store([mine("a", study_guide=f"![A cell]({PICTURE})")])
    await exports.export_all("job-1", ["a", "b", "c"], "html")
    found = await exports.since("job-1")
    assert told(found) == {"unsure": ["a"]}
    await exports.create("job-2", found, "html")
    with pytest.raises(NothingChangedError):
        await exports.compare("job-2")
    exports.pictures.away = True
    with pytest.raises(NothingChangedError):
        await exports.compare("job-2")
    exports.pictures.away = False
    exports.pictures.data = b"two"
    await exports.content.store([mine("d")])
    await exports.create("job-3", await exports.since("job-1"), "html")
    assert await exports.compare("job-3") == 2
    assert await exports.compare("job-3") == 2  # an attempt whose response was lost
    job = await exports.records.get("job-3")
    assert job is not None
    assert job.changes is not None
    assert (job.items_total, job.changes.changed, job.changes.unsure) == (2, 1, 0)
    await exports.make("job-3", 2, "html")
    assert told(await exports.since("job-3")) == {"unsure": ["a"]}
    with pytest.raises(ProblemError):
        await exports.since("job-3", unchanged=["a"])


@pytest.mark.parametrize("format_id", TELLING)
async def test_every_format_says_what_changed(exports: Exports, format_id: str) -> None:
    await exports.export_all("job-1", ["a", "b", "c"])
    await change(exports)
    await exports.create("job-2", await exports.since("job-1"), format_id)
    text = shown(await exports.make("job-2", 2, format_id), format_id)
    for words in ("What has changed", "2. Newer", "No longer there (1)"):
        assert words in text


@pytest.mark.parametrize("format_id", TELLING)
async def test_file_of_what_is_gone_alone(exports: Exports, format_id: str) -> None:
    await exports.export_all("job-1", ["a", "b", "c"])
    await exports.remove("a")
    found = await exports.since("job-1")
    assert told(found) == {"gone": ["a"]}
    await exports.create("job-2", found, format_id)
    text = shown(await exports.make("job-2", 0, format_id), format_id)
    assert "Old" in text
    assert "cells" in text


def shown(data: bytes, format_id: str) -> str:
    """What a file says, as far as it can be searched."""
    if format_id == "pdf":
        import pypdfium2

        document = pypdfium2.PdfDocument(data)
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [archive.read(name) for name in archive.namelist()]
    return "\n".join(member.decode("utf-8", "replace") for member in members)


def test_page_speaks_the_language_of_the_document_and_titles_stay_titles() -> None:
    titles = ["# Cells", "1. Atoms", "- x", "plain", "2024", ""]
    named = [NamedItem(str(number), title) for number, title in enumerate(titles)]
    page = changes_page(Changes(NOW, None, [], named, [], NOW), "de-AT")
    assert page.title == "Was sich geändert hat"
    assert page.study_guide == (
        "## Geändert (6)\n\n- \\# Cells\n- 1\\. Atoms\n- \\- x\n- plain\n- 2024\n- 5"
    )
