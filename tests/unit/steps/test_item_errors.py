"""An item that cannot be fetched or rendered fails the job, or is left out, and is named."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from activities.common.database import Database
from activities.content.schema import content
from activities.content.source import ReadItems, RefusedError
from activities.content.sql import SqlContent
from activities.formats.testing.items import data_url, item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.content import Faq, Flashcard, Item
from activities.model.jobs import Status
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning
from activities.settings import Settings
from activities.steps.content_reader import ContentReader
from activities.steps.error_interceptor import to_application_error
from activities.steps.errors import (
    BrokenItemsError,
    ItemsTooLargeError,
    NothingLeftError,
    RenderCrashedError,
    RenderFailedError,
    RenderTooCostlyError,
    WorkersLostError,
)
from activities.steps.fetch import Fetch
from activities.steps.render import Render
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import new_job, warnings_of
from tests.unit.steps.steps_kit import environment, publisher, render_children, run
from workflows.contracts import (
    FETCH,
    ErrorType,
    FetchTask,
    PublishTask,
    RenderTask,
    Slice,
    SnapshotPart,
)

pytestmark = pytest.mark.anyio

JOB = "job-1"
IDS = [f"content-{number}" for number in range(1, 6)]
SKIP = RenderOptions(on_item_error="skip")
FETCH_ALL = FetchTask(JOB, Slice(0, 0, len(IDS)))


@pytest.fixture
async def fetch(database: Database, execution: JobExecution, storage: Storage) -> Fetch:
    source = SqlContent(database)
    await source.store([item(item_id) for item_id in IDS])
    return Fetch(execution, ContentReader(source, 2**30), storage)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


@pytest.fixture
def render(execution: JobExecution, storage: Storage, pool: RenderPool) -> Render:
    return Render(RenderWorkspace(execution, storage, pool, 2**30))


async def _spoil(database: Database, title: str, *ids: str) -> None:
    """Give items the titles at which the hostile renderer does what they say."""
    await SqlContent(database).store([item(item_id, title=title) for item_id in ids])


def _task(part: SnapshotPart) -> RenderTask:
    return RenderTask(JOB, "hostile", [part.key], 0, part.newest)


def _ids_in(storage: Storage, key: str) -> list[str]:
    return [each["id"] for each in msgspec.json.decode(storage.read(key))["items"]]


def _named(warnings: Iterable[ExportWarning]) -> list[tuple[str, str]]:
    return [(warning.code, warning.item_id) for warning in warnings]


async def test_items_that_are_gone_are_left_out(
    fetch: Fetch, render: Render, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=[*IDS[:2], "gone", *IDS[2:]], options=SKIP))
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 6)))
    file = await run(render.render, _task(part))
    assert _ids_in(storage, file.key) == IDS
    assert _named(await warnings_of(execution, JOB)) == [("item-skipped", "gone")]


async def test_items_that_are_no_content_are_named(
    fetch: Fetch, records: JobRecords, execution: JobExecution, database: Database
) -> None:
    statement = update(content).where(content.c.id == "content-3").values(document='{"id": 3}')
    await database.run(lambda connection: connection.execute(statement))
    await records.create(new_job(JOB, content_ids=IDS))
    with pytest.raises(BrokenItemsError) as raised:
        await run(fetch.fetch, FETCH_ALL)
    assert raised.value.reasons == {"content-3": "id: expected str, got int"}
    await records.create(new_job("job-2", content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FetchTask("job-2", Slice(0, 0, 5)))
    assert part.items == 4
    assert _named(await warnings_of(execution, "job-2")) == [("item-skipped", "content-3")]


@pytest.mark.parametrize(
    "too_large",
    [
        item("content-3", study_guide="x" * 1_000_001),
        item("content-3", faqs=[Faq("q", "x" * 900_000) for _ in range(5)]),
        item("content-3", flashcards=[Flashcard("", "", tags=["t"] * 60_000)]),
        item("content-3", metadata={"k": ["x"] * 60_000}),
    ],
    ids=["text", "texts", "entries", "metadata"],
)
async def test_items_that_are_too_large_are_named(
    fetch: Fetch,
    records: JobRecords,
    execution: JobExecution,
    database: Database,
    storage: Storage,
    too_large: Item,
) -> None:
    await SqlContent(database).store([too_large])
    await records.create(new_job(JOB, content_ids=IDS))
    with pytest.raises(ItemsTooLargeError) as raised:
        await run(fetch.fetch, FETCH_ALL)
    told = to_application_error(raised.value, 1, FETCH.name)
    assert (told.type, told.non_retryable) == (ErrorType.TOO_LARGE, True)
    assert "content-3" in told.message
    await records.create(new_job("job-2", content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FetchTask("job-2", Slice(0, 0, 5)))
    assert part.items == len(storage.read(part.key).splitlines()) == 4
    assert _named(await warnings_of(execution, "job-2")) == [("item-skipped", "content-3")]


async def test_images_do_not_count_as_text(
    fetch: Fetch, records: JobRecords, database: Database
) -> None:
    picture = f"![p]({data_url(bytes(1_500_000))}) words"
    await SqlContent(database).store([item("content-3", study_guide=picture)])
    await records.create(new_job(JOB, content_ids=IDS))
    assert (await run(fetch.fetch, FETCH_ALL)).items == 5


async def test_source_that_knows_nothing_spoils_no_item(
    records: JobRecords, execution: JobExecution, database: Database, storage: Storage
) -> None:
    class Moved(SqlContent):
        async def items(
            self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
        ) -> ReadItems:
            raise RefusedError("404")

    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    fetch = Fetch(execution, ContentReader(Moved(database), 2**30), storage)
    with pytest.raises(RefusedError):
        await run(fetch.fetch, FETCH_ALL)
    assert await warnings_of(execution, JOB) == []


async def test_chunk_of_which_nothing_is_left_has_no_time(
    fetch: Fetch, records: JobRecords
) -> None:
    await records.create(new_job(JOB, content_ids=["gone-1", "gone-2"], options=SKIP))
    part = await run(fetch.fetch, FetchTask(JOB, Slice(0, 0, 2)))
    assert (part.items, part.newest) == (0, None)


async def test_item_that_cannot_be_rendered_fails_the_job_by_name(
    fetch: Fetch, render: Render, records: JobRecords, database: Database
) -> None:
    await _spoil(database, "refuse", "content-2")
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    with pytest.raises(RenderFailedError) as raised:
        await run(render.render, _task(part))
    assert raised.value.item_id == "content-2"


async def test_items_that_cannot_be_rendered_are_left_out(
    fetch: Fetch,
    render: Render,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    database: Database,
) -> None:
    await _spoil(database, "refuse", "content-2", "content-5")
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    file = await run(render.render, _task(part))
    assert _ids_in(storage, file.key) == ["content-1", "content-3", "content-4"]
    assert _named(await warnings_of(execution, JOB)) == [
        ("item-skipped", "content-2"),
        ("item-skipped", "content-5"),
    ]


async def test_items_that_end_their_child_are_left_out(
    fetch: Fetch,
    render: Render,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    database: Database,
) -> None:
    await _spoil(database, "crash", "content-1", "content-4")
    await _spoil(database, "refuse", "content-2")
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    file = await run(render.render, _task(part))
    assert _ids_in(storage, file.key) == ["content-3", "content-5"]
    assert _named(await warnings_of(execution, JOB)) == [
        ("item-skipped", "content-1"),
        ("item-skipped", "content-2"),
        ("item-skipped", "content-4"),
    ]


async def test_item_that_ends_its_child_fails_the_job_by_name(
    fetch: Fetch, render: Render, records: JobRecords, database: Database
) -> None:
    await _spoil(database, "crash", "content-4")
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    with pytest.raises(RenderCrashedError) as raised:
        await run(render.render, _task(part))
    assert raised.value.item_id == "content-4"


async def test_item_that_costs_too_much_fails_the_job_although_others_would_be_left_out(
    fetch: Fetch, render: Render, records: JobRecords, database: Database
) -> None:
    await _spoil(database, "hoard", "content-4")
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    with pytest.raises(RenderTooCostlyError) as raised:
        await run(render.render, _task(part))
    assert raised.value.item_id == "content-4"


async def test_item_at_which_worker_after_worker_died_is_left_out(
    fetch: Fetch, render: Render, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    twice: dict[str, Any] = {"attempt": 3, "heartbeat_details": [3, "content-4", ["content-4"], 1]}
    file = await run(render.render, _task(part), **twice)
    assert _ids_in(storage, file.key) == IDS
    thrice: dict[str, Any] = {
        "attempt": 4,
        "heartbeat_details": [3, "content-4", ["content-4"] * 2, 2],
    }
    file = await run(render.render, _task(part), **thrice)
    assert _ids_in(storage, file.key) == ["content-1", "content-2", "content-3", "content-5"]
    assert ("item-skipped", "content-4") in _named(await warnings_of(execution, JOB))


async def test_second_item_at_which_workers_died_is_left_out_too(
    fetch: Fetch, render: Render, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    crashes = ["content-4"] * 3 + ["content-2"] * 2
    died: dict[str, Any] = {"attempt": 7, "heartbeat_details": [1, "content-2", crashes, 5]}
    file = await run(render.render, _task(part), **died)
    assert _ids_in(storage, file.key) == ["content-1", "content-3", "content-5"]


async def test_attempts_that_said_why_they_failed_count_against_no_item(
    fetch: Fetch, render: Render, records: JobRecords, storage: Storage
) -> None:
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    told: dict[str, Any] = {"attempt": 100, "heartbeat_details": [3, "content-4", [], 99]}
    file = await run(render.render, _task(part), **told)
    assert _ids_in(storage, file.key) == IDS


async def test_attempt_that_fails_tells_the_next_that_it_did_not_die(
    fetch: Fetch, render: Render, records: JobRecords, database: Database
) -> None:
    await _spoil(database, "refuse", "content-2")
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    heartbeats: list[tuple[object, ...]] = []
    for attempt in (1, 2):
        before = heartbeats[-1] if heartbeats else ()
        surroundings = environment(attempt=attempt, heartbeat_details=before)
        surroundings.on_heartbeat = lambda *details: heartbeats.append(details)
        with pytest.raises(RenderFailedError):
            await surroundings.run(render.render, _task(part))
    assert [(crashes, known) for _, _, crashes, known in heartbeats] == [([], 1), ([], 1), ([], 2)]


@pytest.mark.parametrize(("attempt", "last"), [(8, "content-4"), (9, "")])
async def test_export_that_ends_worker_after_worker_is_given_up(
    fetch: Fetch, render: Render, records: JobRecords, attempt: int, last: str
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    crashes = ["content-4"] * 6 if last else []
    before = [3, last, crashes, 6 if last else 1]
    with pytest.raises(WorkersLostError) as raised:
        await run(render.render, _task(part), attempt=attempt, heartbeat_details=before)
    assert raised.value.item_id == last


async def test_attempts_that_left_no_word_at_all_are_deaths(
    fetch: Fetch, render: Render, records: JobRecords
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    await run(render.render, _task(part), attempt=7)
    with pytest.raises(WorkersLostError):
        await run(render.render, _task(part), attempt=8)


async def test_reset_makes_the_first_attempt_anew(
    fetch: Fetch, render: Render, records: JobRecords
) -> None:
    await records.create(new_job(JOB, content_ids=IDS))
    part = await run(fetch.fetch, FETCH_ALL)
    before = [3, "content-4", ["content-4"] * 7, 6]
    assert await run(render.render, _task(part), attempt=1, heartbeat_details=before)


async def test_export_of_which_nothing_is_left_fails(
    fetch: Fetch,
    render: Render,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    settings: Settings,
    database: Database,
) -> None:
    await _spoil(database, "refuse", *IDS)
    await records.create(new_job(JOB, content_ids=IDS, options=SKIP))
    part = await run(fetch.fetch, FETCH_ALL)
    file = await run(render.render, _task(part))
    publish = publisher(execution, storage, settings)
    with pytest.raises(NothingLeftError):
        await run(publish.publish, PublishTask(JOB, "json", file))
    job = await records.get(JOB)
    assert job is not None
    assert job.status is Status.PROCESSING


async def test_warning_of_an_attempt_that_is_made_again_is_forgotten(
    fetch: Fetch, records: JobRecords, execution: JobExecution, database: Database
) -> None:
    await records.create(new_job(JOB, content_ids=[*IDS, "late"], options=SKIP))
    task = FetchTask(JOB, Slice(0, 0, 6))
    await run(fetch.fetch, task)
    await SqlContent(database).store([item("late")])
    assert (await run(fetch.fetch, task, attempt=2)).items == 6
    assert await warnings_of(execution, JOB) == []
