"""A small export in one local step: the file that the queues would make, or no trace of it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import msgspec
import pytest
from obstore.store import MemoryStore

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.content.source import ContentSource, ReadItems
from activities.content.sql import SqlContent
from activities.formats.testing.items import full_item, item, plain_item
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from activities.model.jobs import Job, Status
from activities.model.options import RenderOptions
from activities.settings import Settings
from activities.steps import express as express_module
from activities.steps.content_reader import ContentReader
from activities.steps.errors import (
    ContentNotFoundError,
    JobTakenError,
    NotExpressError,
    NothingFetchedError,
    NothingLeftError,
    RenderCrashedError,
)
from activities.steps.express import Express
from activities.steps.make import Make
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.steps.render_pool import RenderPool
from activities.steps.render_workspace import RenderWorkspace
from activities.storage.keys import file_key
from activities.storage.local import LocalStorage
from activities.storage.object_store import ObjectStorage
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import OTHER_RUN, RUN, new_job
from tests.unit.steps.steps_kit import render_children, run, stalling, stored
from workflows.contracts import AbandonTask, ExpressTask, MadeFile, MakeTask, PublishTask, Slice
from workflows.policies import EXPRESS_BYTES

pytestmark = pytest.mark.anyio

JOB = "job-1"
ITEMS = [plain_item("content-1"), full_item("content-2"), item("content-3")]
IDS = [each.id for each in ITEMS]
ALL = Slice(0, 0, len(IDS))
TASK = ExpressTask(JOB, "json")
SKIP = RenderOptions(on_item_error="skip")
FINAL = file_key(JOB, "json")


@dataclass(frozen=True)
class Steps:
    """The steps of a small export, both ways, on one storage and one database."""

    source: SqlContent
    records: JobRecords
    execution: JobExecution
    storage: Storage
    express: Express
    make: Make
    publish: Publish

    async def take_queues(self, format_id: str = "json", run_id: str = RUN) -> None:
        """Make and publish the export the other way."""
        made = await run(self.make.make, MakeTask(JOB, format_id, ALL), run_id=run_id)
        task = PublishTask(JOB, format_id, made.file, made.fingerprint)
        await run(self.publish.publish, task, run_id=run_id)

    async def job(self, job_id: str = JOB) -> Job:
        """The row."""
        job = await self.records.get(job_id)
        assert job is not None
        return job


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    with render_children(tmp_path_factory.mktemp("scratch")) as children:
        yield children


def _steps(
    database: Database,
    storage: Storage,
    pool: RenderPool,
    settings: Settings,
    source: ContentSource | None = None,
) -> Steps:
    execution, content = JobExecution(database), SqlContent(database)
    workspace = RenderWorkspace(execution, storage, pool, 2**30)
    reader = ContentReader(source or content, 2**30)
    publication = Publication(execution, storage, settings.retention)
    return Steps(
        content,
        JobRecords(database),
        execution,
        storage,
        Express(execution, reader, workspace, storage, publication),
        Make(execution, reader, workspace, storage),
        Publish(execution, storage, publication),
    )


@pytest.fixture
async def steps(
    database: Database, storage: Storage, pool: RenderPool, settings: Settings
) -> Steps:
    made = _steps(database, storage, pool, settings)
    await made.source.store(ITEMS)
    await made.records.create(new_job(JOB, content_ids=IDS))
    return made


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only some tests are about limits of time; the machine may be busy."""
    monkeypatch.setattr(express_module, "WORK_SECONDS", 60.0)


@pytest.mark.parametrize("format_id", list(formats()))
async def test_file_and_row_are_those_of_the_queues(steps: Steps, format_id: str) -> None:
    options = formats()[format_id].options(on_item_error="skip")
    ids = [*IDS, "gone"]
    for job_id in ("express", "queued"):
        job = new_job(job_id, format=format_id, content_ids=ids, options=options)
        await steps.records.create(job)
    await run(steps.express.express, ExpressTask("express", format_id))
    piece = Slice(0, 0, len(ids))
    made = await run(steps.make.make, MakeTask("queued", format_id, piece))
    task = PublishTask("queued", format_id, made.file, made.fingerprint)
    await run(steps.publish.publish, task)
    express, queued = await steps.job("express"), await steps.job("queued")
    for name in ("status", "file_name", "file_size", "media_type", "sha256", "warnings", "phase"):
        assert getattr(express, name) == getattr(queued, name), name
    extension = formats()[format_id].file_type(options).extension
    data = [steps.storage.read(file_key(job_id, extension)) for job_id in ("express", "queued")]
    assert data[0] == data[1]
    assert len(await stored(steps.storage)) == 2


async def test_same_content_has_the_same_fingerprint(steps: Steps) -> None:
    await steps.records.create(new_job("job-2", content_ids=IDS))
    await run(steps.express.express, TASK)
    made = await run(steps.make.make, MakeTask("job-2", "json", ALL))
    await run(steps.publish.publish, PublishTask("job-2", "json", made.file, made.fingerprint))
    statement = "SELECT DISTINCT fingerprint FROM export_job"
    found = await steps.execution._database.run(
        lambda connection: connection.exec_driver_sql(statement).all()
    )
    assert len(found) == 1
    assert found[0][0]


async def test_run_takes_the_step_once(steps: Steps) -> None:
    """What dies in it must not come back to it: a workflow task has no last attempt."""
    assert await steps.execution.claim_express(JOB, RUN, utc_now())
    with pytest.raises(NotExpressError):
        await run(steps.express.express, TASK)
    assert (await steps.job()).status is Status.PROCESSING
    await steps.take_queues()
    assert (await steps.job()).status is Status.COMPLETED


async def test_run_that_has_taken_the_queues_does_not_take_the_step(steps: Steps) -> None:
    await run(steps.make.make, MakeTask(JOB, "json", ALL))
    with pytest.raises(NotExpressError):
        await run(steps.express.express, TASK)


async def test_another_run_may_take_the_step_and_removes_what_is_staged(steps: Steps) -> None:
    await run(steps.make.make, MakeTask(JOB, "json", ALL))
    await run(steps.express.express, TASK, run_id=OTHER_RUN)
    assert await stored(steps.storage) == [FINAL]


async def test_completed_job_is_not_made_again(steps: Steps) -> None:
    await run(steps.express.express, TASK)
    before = await steps.job()
    with pytest.raises(NotExpressError):
        await run(steps.express.express, TASK, run_id=OTHER_RUN)
    assert await steps.job() == before


@pytest.mark.parametrize("end", ["cancel", "fence"])
async def test_job_that_is_not_to_be_made_is_not(steps: Steps, end: str) -> None:
    if end == "cancel":
        await steps.records.request_cancel(JOB, utc_now())
    else:
        await steps.execution.fence(JOB)
    with pytest.raises(NotExpressError):
        await run(steps.express.express, TASK)
    assert await stored(steps.storage) == []


async def test_content_that_is_large_takes_the_queues(steps: Steps) -> None:
    await steps.source.store([item("content-3", study_guide="x" * EXPRESS_BYTES)])
    with pytest.raises(NotExpressError):
        await run(steps.express.express, TASK)
    assert await stored(steps.storage) == []


class _Hanging(SqlContent):
    """A source that does not answer."""

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> ReadItems:
        await asyncio.sleep(60)
        return await super().items(owner_id, ids, most_bytes=most_bytes)


@pytest.mark.parametrize("slow", ["source", "renderer that stops", "renderer that does not"])
async def test_what_takes_long_takes_the_queues(
    steps: Steps,
    database: Database,
    pool: RenderPool,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    slow: str,
) -> None:
    monkeypatch.setattr(express_module, "WORK_SECONDS", 0.5)
    if slow == "source":
        steps = _steps(database, steps.storage, pool, settings, _Hanging(database))
    else:
        title = "wait" if slow == "renderer that stops" else "ignore cancellation"
        await steps.source.store([item("content-2", title=title)])
    began = monotonic()
    with pytest.raises(NotExpressError):
        await run(steps.express.express, ExpressTask(JOB, "hostile"))
    assert monotonic() - began < 10
    assert await stored(steps.storage) == []


async def test_items_that_are_gone_are_named(steps: Steps) -> None:
    await steps.records.create(new_job("job-2", content_ids=["content-1", "gone"]))
    with pytest.raises(ContentNotFoundError) as raised:
        await run(steps.express.express, ExpressTask("job-2", "json"))
    assert raised.value.ids == ["gone"]


async def test_item_that_ends_its_child_ends_no_worker(steps: Steps) -> None:
    await steps.source.store([item("content-2", title="crash")])
    with pytest.raises(RenderCrashedError):
        await run(steps.express.express, ExpressTask(JOB, "hostile"))
    assert await stored(steps.storage) == []


async def test_export_of_which_nothing_is_left_fails(steps: Steps) -> None:
    await steps.records.create(new_job("job-2", content_ids=["gone"], options=SKIP))
    with pytest.raises(NothingFetchedError):
        await run(steps.express.express, ExpressTask("job-2", "json"))
    await steps.source.store([item("content-1", title="refuse")])
    job = new_job("job-3", format="hostile", content_ids=["content-1"], options=SKIP)
    await steps.records.create(job)
    with pytest.raises(NothingLeftError):
        await run(steps.express.express, ExpressTask("job-3", "hostile"))
    assert (await steps.job("job-3")).status is Status.PROCESSING


_STALLS = {
    "after the claim": ("execution", "claim_express", "after"),
    "before the file is staged": ("storage", "put", "before"),
    "after the file is staged": ("storage", "put", "after"),
    "before the row is asked": ("execution", "is_owned", "before"),
    "before the file is in place": ("storage", "publish", "before"),
    "after the file is in place": ("storage", "publish", "after"),
    "before the row": ("execution", "complete", "before"),
}
"""Where the step can be stopped: whose method, and the side of it."""


async def _late(steps: Steps, point: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """Take the step, stop at a point, and go on when something else has happened."""
    stalled, other = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        if not stalled.is_set():
            stalled.set()
            await other.wait()

    owner, method, side = _STALLS[point]
    with stalling(getattr(steps, owner), method, side, stall):
        late = asyncio.ensure_future(run(steps.express.express, TASK))
        await asyncio.wait_for(stalled.wait(), 20)
        await meanwhile()
        other.set()
        with pytest.raises(JobTakenError):
            await late


@pytest.fixture(params=["disk", "object store"])
async def late_steps(
    database: Database,
    pool: RenderPool,
    settings: Settings,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Steps:
    storage: Storage = (
        LocalStorage(tmp_path / "own") if request.param == "disk" else ObjectStorage(MemoryStore())
    )
    made = _steps(database, storage, pool, settings)
    await made.source.store(ITEMS)
    await made.records.create(new_job(JOB, content_ids=IDS))
    return made


@pytest.mark.parametrize("by", [RUN, OTHER_RUN], ids=["same run", "other run"])
@pytest.mark.parametrize("point", list(_STALLS))
async def test_late_step_leaves_the_file_that_the_queues_published_of_other_content(
    late_steps: Steps, point: str, by: str
) -> None:
    steps = late_steps

    async def publish_other_content() -> None:
        await steps.source.store([item("content-3", title="Changed since")])
        await steps.take_queues(run_id=by)

    await _late(steps, point, publish_other_content)
    await _assert_whole(steps, "Changed since")


@pytest.mark.parametrize("point", list(_STALLS))
async def test_late_step_does_not_complete_what_the_queues_have_in_hand(
    late_steps: Steps, point: str
) -> None:
    """The row and the file are of one way even when the step ends in the middle of the other."""
    steps = late_steps

    async def make_other_content() -> None:
        await steps.source.store([item("content-3", title="Changed since")])
        made.append(await run(steps.make.make, MakeTask(JOB, "json", ALL)))

    made: list[MadeFile] = []
    await _late(steps, point, make_other_content)
    [it] = made
    await run(steps.publish.publish, PublishTask(JOB, "json", it.file, it.fingerprint))
    await _assert_whole(steps, "Changed since")


async def _assert_whole(steps: Steps, title: str) -> None:
    job = await steps.job()
    assert job.status is Status.COMPLETED
    assert FINAL in await stored(steps.storage)
    data = steps.storage.read(FINAL)
    assert job.sha256 == hashlib.sha256(data).hexdigest()
    assert title in {each["title"] for each in msgspec.json.decode(data)["items"]}
    assert await stored(steps.storage) == [FINAL]


@pytest.mark.parametrize("point", list(_STALLS))
async def test_job_that_is_cancelled_while_the_step_is_late_has_no_file(
    late_steps: Steps, point: str
) -> None:
    steps = late_steps

    async def cancel() -> None:
        await steps.records.request_cancel(JOB, utc_now())
        await run(steps.publish.abandon, AbandonTask(JOB, "json", cancelled=True))

    await _late(steps, point, cancel)
    assert (await steps.job()).status is Status.CANCELLED
    assert await stored(steps.storage) == []
