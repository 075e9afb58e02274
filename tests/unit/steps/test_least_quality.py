"""The least quality: what every format tells of items below it, and what the job does."""

import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from sqlalchemy import update

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.jobs.schema import chunks
from activities.model.catalog import BUILT_IN, formats
from activities.model.content import Faq, Flashcard
from activities.model.jobs import Job, Problem, Status
from activities.model.quality import QUALITY_ID, MinQuality, PoorItem
from activities.model.warnings import ExportWarning
from activities.steps import content_reader
from activities.steps.assemble import Assemble
from activities.steps.content_reader import ContentReader
from activities.steps.end_job import end_without_file
from activities.steps.errors import QualityTooLowError
from activities.steps.fetch import Fetch
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from scripts.dev.content_files import read_items
from tests.unit.jobs.jobs_kit import OWNER, new_job
from tests.unit.steps.steps_kit import render_children, run
from workflows.contracts import AssembleTask, FetchTask, RenderTask, Slice

pytestmark = pytest.mark.anyio

FORMATS = sorted(BUILT_IN)
IDS = ["poor", "good", "unrated", "last"]
RATED: dict[str, dict[str, float]] = {
    "good": {"readability": 0.9},
    "poor": {"readability": 0.41},
    "unrated": {},
    "last": {"readability": 0.7},
}
TITLES = {
    "good": "Cells",
    "poor": "Old plants",
    "unrated": "Rocks",
    "last": "Stars",
}
LAYOUTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in FORMATS),
    ("csv", {"csv_layout": "files"}),
    ("tsv", {"tsv_layout": "anki"}),
    ("moodle", {"moodle_layout": "gift"}),
    ("markdown", {"markdown_layout": "folder"}),
    ("qti", {"qti_version": "3.0"}),
]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


class Exports:
    """Makes exports, step by step."""

    def __init__(self, database: Database, storage: Storage, pool: RenderPool) -> None:
        self.content = SqlContent(database)
        self.records = JobRecords(database)
        self.execution = JobExecution(database)
        self.storage = storage
        workspace = RenderWorkspace(self.execution, storage, pool, 2**30)
        self._fetch = Fetch(self.execution, ContentReader(self.content, 2**30), storage)
        self._render = Render(workspace)
        self._assemble = Assemble(workspace)

    async def create(self, job_id: str, format_id: str, action: Any, **options: Any) -> None:
        gate = MinQuality("readability", 0.7, action)
        chosen = formats()[format_id].options(min_quality=gate, title="A course", **options)
        await self.records.create(
            new_job(job_id, content_ids=IDS, format=format_id, options=chosen)
        )

    async def make(self, job_id: str, format_id: str, chunk: int = len(IDS)) -> bytes:
        """The file of a job, of chunks of so many items."""
        slices = [
            Slice(number, start, min(start + chunk, len(IDS)))
            for number, start in enumerate(range(0, len(IDS), chunk))
        ]
        parts = [await run(self._fetch.fetch, FetchTask(job_id, piece)) for piece in slices]
        newest = max(part.newest for part in parts if part.newest)
        if len(parts) == 1 or not formats()[format_id].chunked:
            keys = [part.key for part in parts]
            whole = RenderTask(job_id, format_id, keys, 0, newest)
            return self.storage.read((await run(self._render.render, whole)).key)
        fragments = [
            await run(self._render.render, RenderTask(job_id, format_id, [part.key], number, None))
            for number, part in enumerate(parts)
        ]
        tag = next(part.first_tag for part in parts if part.first_tag)
        keys = [each.key for each in fragments]
        join = AssembleTask(job_id, format_id, keys, newest, first_tag=tag)
        return self.storage.read((await run(self._assemble.assemble, join)).key)

    async def warned(self, job_id: str) -> dict[str, list[str]]:
        """The ids that warnings about quality name, by their codes."""
        _, noted = await self.execution.get_with_warnings(job_id)
        told: dict[str, list[str]] = {}
        for each in noted:
            for warning in each.warnings:
                if warning.code.startswith("quality-"):
                    told.setdefault(warning.code, []).append(warning.item_id)
        return told

    async def job(self, job_id: str) -> Job:
        found = await self.records.get(job_id)
        assert found is not None
        return found


@pytest.fixture
async def exports(database: Database, storage: Storage, pool: RenderPool) -> Exports:
    made = Exports(database, storage, pool)
    await made.content.store(
        [
            msgspec.structs.replace(
                item(each),
                owner_id=OWNER,
                title=TITLES[each],
                study_guide="Something to read.",
                faqs=[Faq(f"Why {each}?", "So.", f"faq-{each}")],
                flashcards=[Flashcard(f"Front {each}", "Back", f"card-{each}")],
                quality_metrics=RATED[each],
            )
            for each in IDS
        ]
    )
    return made


def shown(data: bytes) -> str:
    """What a file says, as far as it can be searched, on one line."""
    if data.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(data)
        text = "\n".join(page.get_textpage().get_text_range() for page in document)
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = "\n".join(map(member_text, map(archive.read, archive.namelist())))
    else:
        text = data.decode()
    return " ".join(text.split())


def member_text(data: bytes) -> str:
    if not data.startswith(b"SQLite format 3"):
        return data.decode("utf-8", "replace")
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        found = sqlite3.connect(file.name)
        rows = [*found.execute("SELECT decks FROM col"), *found.execute("SELECT flds FROM notes")]
        found.close()
    decks = msgspec.json.decode(rows[0][0], type=dict[str, dict[str, Any]])
    described = [f"{deck['name']}\n{deck['desc']}" for deck in decks.values()]
    return "\n".join([*described, *(row[0] for row in rows[1:])])


@pytest.mark.parametrize(("format_id", "layout"), LAYOUTS, ids=str)
async def test_every_format_says_what_it_left_out(
    exports: Exports, format_id: str, layout: dict[str, Any]
) -> None:
    await exports.create("job-1", format_id, "exclude", **layout)
    data = await exports.make("job-1", format_id)
    text = shown(data)
    for words in ("Below the quality asked for", "Left out (2)", "Old plants", "Rocks"):
        assert words in text
    assert "Front poor" not in text
    assert "readability" in text
    assert "0.41" in text
    assert await exports.warned("job-1") == {"quality-excluded": ["poor", "unrated"]}
    if formats()[format_id].chunked:
        # Of the first chunk every item is left out.
        await exports.create("job-2", format_id, "exclude", **layout)
        assert await exports.make("job-2", format_id, 1) == data


@pytest.mark.parametrize(("format_id", "layout"), LAYOUTS, ids=str)
async def test_every_format_says_which_items_are_below(
    exports: Exports, format_id: str, layout: dict[str, Any]
) -> None:
    await exports.create("job-1", format_id, "flag", **layout)
    text = shown(await exports.make("job-1", format_id))
    if format_id == "pdf":
        # In lines of a narrow heading.
        text = text.replace("- ", "-")
    for written in ("&amp;lt;", "&lt;", "＜"):
        text = text.replace(written, "<")
    assert "readability 0.41 < 0.7" in text
    assert "readability – < 0.7" in text
    assert "readability 0.9" not in text
    assert await exports.warned("job-1") == {"quality-flagged": ["poor", "unrated"]}


@pytest.mark.parametrize("format_id", ["docx", "json", "tsv"])
async def test_nothing_is_told_where_nothing_is_below(exports: Exports, format_id: str) -> None:
    gate = MinQuality("readability", 0.7, "exclude")
    chosen = formats()[format_id].options(min_quality=gate)
    await exports.records.create(
        new_job(content_ids=["good"], format=format_id, options=chosen, title="Cells")
    )
    part = await run(exports._fetch.fetch, FetchTask("job-1", Slice(0, 0, 1)))
    whole = RenderTask("job-1", format_id, [part.key], 0, part.newest)
    text = shown(exports.storage.read((await run(exports._render.render, whole)).key))
    assert "Below the quality" not in text


async def test_an_export_of_which_nothing_is_left_names_every_item(
    exports: Exports, storage: Storage
) -> None:
    gate = MinQuality("readability", 0.95, "exclude")
    chosen = formats()["json"].options(min_quality=gate)
    await exports.records.create(new_job(content_ids=IDS, format="json", options=chosen))
    for number in range(len(IDS)):
        piece = Slice(number, number, number + 1)
        await run(exports._fetch.fetch, FetchTask("job-1", piece))
    reason = Problem("about:blank", "Nothing", "No item has it.", "no-content-matched")
    await end_without_file(exports.execution, storage, "job-1", "json", reason)
    told = (await exports.job("job-1")).warnings
    assert [(each.code, each.item_id) for each in told] == [
        ("quality-excluded", each) for each in IDS
    ]


@pytest.mark.parametrize("action", ["exclude", "flag"])
async def test_a_file_tells_values_whatever_the_words_of_warnings_are(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    code = "quality-excluded" if action == "exclude" else "quality-flagged"

    def reworded(poor: PoorItem) -> ExportWarning:
        return ExportWarning(code, "In other words: none.", poor.id)

    for name in ("quality_excluded", "quality_flagged"):
        monkeypatch.setattr(content_reader, name, reworded)
    await exports.create("job-1", "json", action)
    text = shown(await exports.make("job-1", "json", 1))
    for told in ("Old plants (readability 0.41 < 0.7)", "Rocks (readability – < 0.7)"):
        assert told in text
    assert "other words" not in text


async def test_warnings_say_no_more_than_before(exports: Exports) -> None:
    await exports.create("job-1", "json", "exclude")
    await exports.make("job-1", "json")
    _, [noted] = await exports.execution.get_with_warnings("job-1")
    assert msgspec.to_builtins(noted.warnings[0]) == {
        "code": "quality-excluded",
        "detail": "The item was left out for its quality: readability 0.41 < 0.7.",
        "item_id": "poor",
        "part": "",
        "count": 1,
        "places": ({"item_id": "poor", "title": "Old plants", "part": "", "heading": ""},),
    }


async def test_what_an_older_process_noted_is_told_without_its_values(
    exports: Exports, database: Database
) -> None:
    await exports.create("job-1", "json", "exclude")
    part = await run(exports._fetch.fetch, FetchTask("job-1", Slice(0, 0, len(IDS))))
    forget = update(chunks).values(poor_items=[])
    await database.run(lambda connection: connection.execute(forget))
    task = RenderTask("job-1", "json", [part.key], 0, part.newest)
    text = shown(exports.storage.read((await run(exports._render.render, task)).key))
    assert "Old plants (readability < 0.7)" in text
    assert "Rocks (readability < 0.7)" in text


async def test_page_is_no_content_of_the_next_service(exports: Exports, tmp_path: Path) -> None:
    for format_id in ("json", "jsonl"):
        await exports.create(f"job-{format_id}", format_id, "exclude")
        file = tmp_path / f"export.{format_id}"
        file.write_bytes(await exports.make(f"job-{format_id}", format_id))
        assert QUALITY_ID in file.read_text()
        loaded = read_items(file, print, partial=True)
        assert [each.id for each in loaded] == ["good", "last"]


@pytest.mark.parametrize("chunk", [1, 4])
async def test_refusal_names_every_item_wherever_it_was_met(
    exports: Exports, storage: Storage, chunk: int
) -> None:
    await exports.create("job-1", "json", "fail")
    with pytest.raises(QualityTooLowError) as refused:
        await exports.make("job-1", "json", chunk)
    assert [each.id for each in refused.value.items] == ["poor", "unrated"]
    reason = Problem("about:blank", "Too low", "poor, unrated", "quality-too-low")
    ended = await end_without_file(exports.execution, storage, "job-1", "json", reason)
    assert ended is Status.FAILED
    told = (await exports.job("job-1")).warnings
    assert [(each.code, each.item_id, each.places[0].title) for each in told] == [
        ("quality-refused", "poor", "Old plants"),
        ("quality-refused", "unrated", "Rocks"),
    ]
    assert "readability 0.41 < 0.7" in told[0].detail
