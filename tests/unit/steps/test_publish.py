"""Publishing: one file or none, whatever is lost, repeated or in between."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import obstore
import pytest
from obstore.store import MemoryStore, ObjectStore
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.formats.csv.declaration import CsvOptions
from activities.jobs.execution import JobExecution
from activities.jobs.held_files import NoRoomLeftError, OwnerRoom
from activities.jobs.records import JobRecords
from activities.jobs.schema import jobs
from activities.model.jobs import Job, Phase, Status
from activities.model.problems import problem
from activities.model.warnings import ExportWarning, skipped
from activities.settings import Settings
from activities.steps.end_job import end_without_file
from activities.steps.error_interceptor import to_application_error
from activities.steps.errors import JobTakenError
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.storage.keys import attempt_key, file_key
from activities.storage.local import LocalStorage
from activities.storage.object_store import ObjectStorage
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import OTHER_RUN, OWNER, RUN, complete, new_job, processing
from tests.unit.steps.steps_kit import environment, publisher, run, stalling, stored
from workflows.contracts import AbandonTask, ErrorType, ExportOutcome, PublishTask, StagedFile

pytestmark = pytest.mark.anyio

JOB = "job-1"
BODY = b'{"items": []}'
SHA256 = hashlib.sha256(BODY).hexdigest()
STAGED = attempt_key(JOB, "file", RUN, 1)
FINAL = file_key(JOB, "json")
TASK = PublishTask(JOB, "json", StagedFile(STAGED, len(BODY), SHA256))
PUBLISHED = ExportOutcome(Status.COMPLETED, len(BODY), SHA256)
CANCEL = AbandonTask(JOB, "json", cancelled=True)
FAIL = AbandonTask(JOB, "json", cancelled=False, code=ErrorType.RENDER_FAILED, detail="It failed.")


def interrupted(storage: Storage, then: Callable[[], Awaitable[object]]) -> Storage:
    """The store, in which something happens right after a file was put in place."""
    put_in_place = storage.publish

    async def publish(staged: str, final: str) -> None:
        await put_in_place(staged, final)
        await then()

    storage.publish = publish  # type: ignore[method-assign]
    return storage


_STALLS = {
    "before the others' staging goes": ("storage", "remove_staging", "before"),
    "before the file is in place": ("storage", "publish", "before"),
    "after the file is in place": ("storage", "publish", "after"),
    "before the row": ("execution", "complete", "before"),
    "between copy and delete": ("storage", "_store", "halfway"),
}
"""Where a publish can be stopped: whose method, and the side of it."""


@contextmanager
def _stalling(
    point: str, storage: Storage, execution: JobExecution, stall: Callable[..., Awaitable[None]]
) -> Iterator[None]:
    """Stall at a point, as a stopped machine would."""
    owner, method, side = _STALLS[point]
    if side == "halfway":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("obstore.rename_async", _rename_that_stalls(stall))
            yield
        return
    with stalling(storage if owner == "storage" else execution, method, side, stall):
        yield


def _rename_that_stalls(stall: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """What obstore does on an object store, which cannot rename."""

    async def rename(store: ObjectStore, source: str, target: str) -> None:
        await obstore.copy_async(store, source, target)
        await stall()
        await obstore.delete_async(store, source)

    return rename


@pytest.fixture
def publish(execution: JobExecution, storage: Storage, settings: Settings) -> Publish:
    return publisher(execution, storage, settings)


@pytest.fixture
async def ready(records: JobRecords, execution: JobExecution, storage: Storage) -> None:
    """A job of `RUN` whose file waits in staging, with what fetch and render left beside it."""
    await processing(records, execution, JOB, title="Light & Water")
    await storage.put(STAGED, BODY)
    await storage.put(attempt_key(JOB, "snapshot-0000", RUN, 1), b"snapshot")
    await storage.put(attempt_key(JOB, "file", RUN, 2), b"of another attempt")


async def job_of(records: JobRecords) -> Job:
    job = await records.get(JOB)
    assert job is not None
    return job


@pytest.mark.usefixtures("ready")
class TestPublish:
    async def test_file_is_in_place_and_the_row_complete(
        self,
        publish: Publish,
        records: JobRecords,
        execution: JobExecution,
        storage: Storage,
        settings: Settings,
    ) -> None:
        warning = ExportWarning("image-unreadable", "1 image left out", "content-1")
        await execution.note_warnings(JOB, Phase.RENDERING, 0, [warning])
        assert await run(publish.publish, TASK) == PUBLISHED
        job = await job_of(records)
        assert job.status is Status.COMPLETED
        assert (job.file_name, job.media_type) == ("Light-&-Water.json", "application/json")
        assert (job.file_size, job.sha256) == (len(BODY), SHA256)
        assert job.warnings == [warning]
        assert job.completed_at is not None
        assert job.expires_at == job.completed_at + settings.retention
        assert await stored(storage) == [FINAL]
        assert storage.read(FINAL) == BODY

    @pytest.mark.parametrize(("left", "fits"), [(len(BODY), True), (len(BODY) - 1, False)])
    async def test_a_file_for_which_its_owner_has_no_room_is_not_published(
        self,
        records: JobRecords,
        execution: JobExecution,
        storage: Storage,
        settings: Settings,
        database: Database,
        left: int,
        fits: bool,
    ) -> None:
        await processing(records, execution, "job-before")
        assert await complete(execution, "job-before", now=utc_now())
        held = await OwnerRoom(database, 0).held(OWNER, utc_now())
        assert held.files == 1
        room = OwnerRoom(database, held.bytes + left)
        publication = Publication(execution, storage, settings.retention, room=room)
        publish = Publish(execution, storage, publication)
        if fits:
            assert await run(publish.publish, TASK) == PUBLISHED
            return
        with pytest.raises(NoRoomLeftError):
            await run(publish.publish, TASK)
        told = to_application_error(NoRoomLeftError(1, 2, 3), 1, "publish")
        assert (told.type, told.non_retryable) == (ErrorType.BYTES_LIMIT, True)
        assert (await job_of(records)).status is Status.PROCESSING
        assert FINAL not in await stored(storage)

    async def test_file_from_which_an_item_was_left_out_is_nobody_elses(
        self, publish: Publish, execution: JobExecution, database: Database
    ) -> None:
        await execution.note_warnings(JOB, Phase.RENDERING, 0, [skipped("content-1", "Left out.")])
        await run(publish.publish, msgspec.structs.replace(TASK, fingerprint="00"))
        query = select(jobs.c.status, jobs.c.fingerprint)
        rows = await database.run(lambda connection: connection.execute(query).all())
        assert [tuple(row) for row in rows] == [(Status.COMPLETED, None)]

    async def test_repeat_after_a_lost_answer_changes_nothing(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await run(publish.publish, TASK)
        before = await job_of(records)
        assert await run(publish.publish, TASK, attempt=2) == PUBLISHED
        assert await job_of(records) == before
        assert await stored(storage) == [FINAL]
        assert storage.read(FINAL) == BODY

    async def test_attempt_that_died_between_file_and_row_is_finished_by_the_next(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await storage.publish(STAGED, FINAL)
        assert await run(publish.publish, TASK, attempt=2) == PUBLISHED
        assert (await job_of(records)).status is Status.COMPLETED
        assert await stored(storage) == [FINAL]

    async def test_attempt_that_died_before_cleaning_up_is_finished_by_the_next(
        self, publish: Publish, storage: Storage
    ) -> None:
        await run(publish.publish, TASK)
        await storage.put(attempt_key(JOB, "snapshot-0000", RUN, 1), b"snapshot")
        await run(publish.publish, TASK, attempt=2)
        assert await stored(storage) == [FINAL]

    async def test_job_to_be_cancelled_gets_no_file(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await records.request_cancel(JOB, utc_now())
        with pytest.raises(JobTakenError):
            await run(publish.publish, TASK)
        assert FINAL not in await stored(storage)
        assert (await run(publish.abandon, CANCEL)).status == Status.CANCELLED
        assert await stored(storage) == []

    async def test_job_cancelled_once_the_file_is_in_place_gets_no_file(
        self,
        publish: Publish,
        records: JobRecords,
        execution: JobExecution,
        storage: Storage,
        settings: Settings,
    ) -> None:
        async def cancel() -> None:
            await records.request_cancel(JOB, utc_now())

        slow = publisher(execution, interrupted(storage, cancel), settings)
        with pytest.raises(JobTakenError):
            await run(slow.publish, TASK)
        assert (await run(publish.abandon, CANCEL)).status == Status.CANCELLED
        assert await stored(storage) == []

    @pytest.mark.parametrize("only_fenced", [True, False])
    async def test_job_abandoned_once_the_file_is_in_place_gets_no_file(
        self, execution: JobExecution, storage: Storage, settings: Settings, only_fenced: bool
    ) -> None:
        async def end() -> None:
            await execution.fence(JOB)
            if not only_fenced:
                await execution.end(JOB, Status.CANCELLED, now=utc_now())

        slow = publisher(execution, interrupted(storage, end), settings)
        with pytest.raises(JobTakenError):
            await run(slow.publish, TASK)
        assert FINAL not in await stored(storage)

    async def test_zombie_beside_a_completed_job_leaves_its_file(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await run(publish.publish, TASK)
        other = StagedFile(attempt_key(JOB, "file", OTHER_RUN, 1), 5, "b" * 64)
        await storage.put(other.key, b"other")
        with pytest.raises(JobTakenError):
            await run(publish.publish, PublishTask(JOB, "json", other), run_id=OTHER_RUN)
        assert storage.read(FINAL) == BODY
        assert (await job_of(records)).status is Status.COMPLETED

    async def test_run_that_takes_over_meanwhile_keeps_what_it_needs(
        self, publish: Publish, execution: JobExecution, storage: Storage, settings: Settings
    ) -> None:
        mine = StagedFile(
            attempt_key(JOB, "file", OTHER_RUN, 1), 5, hashlib.sha256(b"other").hexdigest()
        )

        async def take_over() -> None:
            await execution.claim(JOB, OTHER_RUN, utc_now())
            await storage.put(mine.key, b"other")

        slow = publisher(execution, interrupted(storage, take_over), settings)
        with pytest.raises(JobTakenError):
            await run(slow.publish, TASK)
        await run(publish.publish, PublishTask(JOB, "json", mine), run_id=OTHER_RUN)
        assert storage.read(FINAL) == b"other"
        assert await stored(storage) == [FINAL]

    @pytest.mark.parametrize(
        ("point", "where"),
        [
            (point, where)
            for where in ("disk", "object store")
            for point in _STALLS
            if (point, where) != ("between copy and delete", "disk")
        ],
    )
    async def test_publish_that_stalls_while_another_run_publishes_leaves_its_file(
        self,
        records: JobRecords,
        execution: JobExecution,
        settings: Settings,
        tmp_path: Path,
        point: str,
        where: str,
    ) -> None:
        storage: Storage = (
            LocalStorage(tmp_path / "own") if where == "disk" else ObjectStorage(MemoryStore())
        )
        await storage.put(STAGED, BODY)
        stalled, other = asyncio.Event(), asyncio.Event()

        async def stall(*_: object, **__: object) -> None:
            if not stalled.is_set():
                stalled.set()
                await other.wait()

        publish = publisher(execution, storage, settings)
        mine = StagedFile(
            attempt_key(JOB, "file", OTHER_RUN, 1), 5, hashlib.sha256(b"other").hexdigest()
        )
        with _stalling(point, storage, execution, stall):
            late = asyncio.ensure_future(run(publish.publish, TASK))
            await stalled.wait()
            await execution.take_over(JOB, OTHER_RUN)
            await storage.put(mine.key, b"other")
            await run(publish.publish, PublishTask(JOB, "json", mine), run_id=OTHER_RUN)
            other.set()
            with pytest.raises(JobTakenError):
                await late
        job = await job_of(records)
        assert (job.status, job.sha256) == (Status.COMPLETED, mine.sha256)
        assert await stored(storage) == [FINAL]
        assert storage.read(FINAL) == b"other"

    async def test_staged_file_that_is_gone_is_a_job_that_was_taken(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await storage.remove_staging(JOB)
        with pytest.raises(JobTakenError):
            await run(publish.publish, TASK)
        await storage.put(FINAL, b"something else")
        with pytest.raises(JobTakenError):
            await run(publish.publish, TASK)
        assert (await job_of(records)).status is Status.PROCESSING

    async def test_cancellation_during_publish_does_not_stop_it_halfway(
        self, records: JobRecords, execution: JobExecution, storage: Storage, settings: Settings
    ) -> None:
        worker: ActivityEnvironment = environment()

        async def cancel() -> None:
            worker.cancel()

        slow = publisher(execution, interrupted(storage, cancel), settings)
        assert await worker.run(slow.publish, TASK) == PUBLISHED
        assert (await job_of(records)).status is Status.COMPLETED
        assert await stored(storage) == [FINAL]


async def test_job_without_a_row_is_not_published(publish: Publish, storage: Storage) -> None:
    await storage.put(STAGED, BODY)
    with pytest.raises(JobTakenError):
        await run(publish.publish, TASK)
    assert FINAL not in await stored(storage)


class TestAbandon:
    async def test_pending_job_is_cancelled(self, publish: Publish, records: JobRecords) -> None:
        await records.create(new_job(JOB))
        assert await run(publish.abandon, CANCEL) == ExportOutcome(Status.CANCELLED)
        job = await job_of(records)
        assert (job.status, job.error) == (Status.CANCELLED, None)

    @pytest.mark.usefixtures("ready")
    async def test_processing_job_fails_with_its_reason_and_leaves_nothing(
        self, publish: Publish, records: JobRecords, storage: Storage
    ) -> None:
        await storage.put(FINAL, b"of an attempt that died")
        assert await run(publish.abandon, FAIL) == ExportOutcome(Status.FAILED)
        job = await job_of(records)
        assert job.status is Status.FAILED
        assert job.error is not None
        assert (job.error.code, job.error.detail) == (ErrorType.RENDER_FAILED, "It failed.")
        assert job.error.title == "The file could not be made"
        assert await stored(storage) == []

    @pytest.mark.usefixtures("ready")
    async def test_failure_of_a_job_to_be_cancelled_is_a_cancellation(
        self, publish: Publish, records: JobRecords
    ) -> None:
        await records.request_cancel(JOB, utc_now())
        assert await run(publish.abandon, FAIL) == ExportOutcome(Status.CANCELLED)

    @pytest.mark.usefixtures("ready")
    @pytest.mark.parametrize("task", [CANCEL, FAIL])
    async def test_completed_job_keeps_its_file(
        self, publish: Publish, records: JobRecords, storage: Storage, task: AbandonTask
    ) -> None:
        await run(publish.publish, TASK)
        await storage.put(attempt_key(JOB, "file", RUN, 3), b"late")
        assert await run(publish.abandon, task) == ExportOutcome(Status.COMPLETED)
        assert (await job_of(records)).status is Status.COMPLETED
        assert await stored(storage) == [FINAL]

    @pytest.mark.usefixtures("ready")
    async def test_repeat_says_the_same(self, publish: Publish, records: JobRecords) -> None:
        await run(publish.abandon, CANCEL)
        before = await job_of(records)
        assert await run(publish.abandon, FAIL, attempt=2) == ExportOutcome(Status.CANCELLED)
        assert await job_of(records) == before

    @pytest.mark.usefixtures("ready")
    async def test_attempt_that_died_halfway_is_finished_by_the_next(
        self, publish: Publish, execution: JobExecution, storage: Storage
    ) -> None:
        await execution.fence(JOB)
        await storage.remove_staging(JOB)
        assert await run(publish.abandon, FAIL, attempt=2) == ExportOutcome(Status.FAILED)
        with pytest.raises(JobTakenError):
            await run(publish.publish, TASK)

    async def test_job_without_a_row_leaves_nothing(
        self, publish: Publish, storage: Storage
    ) -> None:
        await storage.put(STAGED, BODY)
        assert await run(publish.abandon, CANCEL) == ExportOutcome(Status.CANCELLED)
        assert await stored(storage) == []


async def test_ending_a_job_that_has_no_row_says_so(
    execution: JobExecution, storage: Storage
) -> None:
    error = problem(ErrorType.TERMINATED, "It was ended.")
    assert await end_without_file(execution, storage, "missing", "json", error) is None


async def test_file_is_named_as_the_options_make_it(
    publish: Publish, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    options = CsvOptions(title="Bio 9", csv_layout="files")
    await processing(records, execution, JOB, format="csv", options=options, title="Bio 9")
    await storage.put(STAGED, BODY)
    await run(publish.publish, PublishTask(JOB, "csv", TASK.file))
    job = await job_of(records)
    assert (job.file_name, job.media_type) == ("Bio-9.zip", "application/zip")
    assert await stored(storage) == [file_key(JOB, "zip")]
