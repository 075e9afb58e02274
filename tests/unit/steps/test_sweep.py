"""Sweeping storage: what no job needs goes, what somebody needs stays, and all is measured."""

import tracemalloc
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.settings import Settings
from activities.steps.sweep import Sweep
from activities.storage.keys import FILES, attempt_key, file_key
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from tests.engines.choice import Engines
from tests.unit.jobs.jobs_kit import RUN, change_row, complete, new_job, processing
from tests.unit.steps.steps_kit import refuse_to_delete, run, stored
from workflows.contracts import Walk

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
def sweep(lifecycle: JobLifecycle, storage: Storage) -> Sweep:
    return Sweep(lifecycle, storage)


async def swept(sweep: Sweep) -> int:
    """How many objects a whole sweep removes."""
    return (await run(sweep.sweep_storage, Walk())).removed


async def test_sweep_takes_leftovers_of_ended_jobs_only(
    sweep: Sweep,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
) -> None:
    def staged(job_id: str) -> str:
        return attempt_key(job_id, "file", RUN, 1)

    await records.create(new_job("pending"))
    await processing(records, execution, "running")
    for job_id in ("completed", "expired"):
        await processing(records, execution, job_id)
        await complete(execution, job_id)
        await storage.put(file_key(job_id, "json"), b"file")
    await lifecycle.expire(["expired"], utc_now())
    for job_id in ("failed", "cancelled"):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status(job_id), now=utc_now())
    for job_id in ("running", "completed", "failed", "cancelled"):
        await storage.put(staged(job_id), b"x")
    await storage.put(file_key("running", "json"), b"just put in place")
    await storage.put(file_key("failed", "json"), b"late copy")
    assert await swept(sweep) == 5
    assert await stored(storage) == [
        file_key("completed", "json"),
        file_key("running", "json"),
        staged("running"),
    ]
    assert await swept(sweep) == 0


async def test_sweep_takes_what_a_killed_process_half_wrote_on_a_disk(
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    settings: Settings,
) -> None:
    on_disk = msgspec.structs.replace(settings, storage_url="")
    storage = open_storage(on_disk)
    await processing(records, execution, "cancelled")
    await execution.end("cancelled", Status.CANCELLED, now=utc_now())
    whole = attempt_key("cancelled", "file", RUN, 1)
    await storage.put(whole, b"x")
    half_written = Path(on_disk.temp_path, f"{whole}#1")
    half_written.write_bytes(b"half")
    assert await swept(Sweep(lifecycle, storage)) == 2
    assert not half_written.parent.exists()


async def test_sweep_takes_what_no_row_has_owned_for_a_day(
    sweep: Sweep, storage: Storage, settings: Settings, engines: Engines
) -> None:
    old, young = file_key("lost-long-ago", "pdf"), file_key("lost-today", "pdf")
    old_staged = attempt_key("lost-long-ago", "snapshot-0000", RUN, 1)
    for key in (old, young, old_staged):
        await storage.put(key, b"x")
    engines.age(settings, old, timedelta(days=1, minutes=1))
    engines.age(settings, old_staged, timedelta(days=1, minutes=1))
    engines.age(settings, young, timedelta(hours=23))
    assert await swept(sweep) == 2
    assert await stored(storage) == [young]


async def test_sweep_leaves_alone_what_is_being_reused(
    sweep: Sweep, storage: Storage, settings: Settings, engines: Engines
) -> None:
    earlier, reused = file_key("earlier", "pdf"), file_key("without-a-row-yet", "pdf")
    await storage.put(earlier, b"x")
    engines.age(settings, earlier, timedelta(days=2))
    await storage.copy(earlier, reused)
    await swept(sweep)
    assert reused in await stored(storage)


async def test_sweep_goes_on_past_what_it_cannot_remove(
    sweep: Sweep,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-stuck", "b-loose"):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status.FAILED, now=utc_now())
        await storage.put(attempt_key(job_id, "file", RUN, 1), b"x")
    refuse_to_delete(storage, "a-stuck", monkeypatch)
    assert await swept(sweep) == 1
    assert await stored(storage) == [attempt_key("a-stuck", "file", RUN, 1)]


async def test_sweep_never_touches_foreign_names(
    sweep: Sweep, storage: Storage, settings: Settings, engines: Engines
) -> None:
    foreign = ["notes.txt", "files/holiday/beach.jpg", "staging/a/b/c", "other/job/export.pdf"]
    for key in foreign:
        await storage.put(key, b"precious")
        engines.age(settings, key, 400 * DAY)
    assert await swept(sweep) == 0
    assert [storage.read(key) for key in foreign] == [b"precious"] * len(foreign)


async def test_measure_counts_files_and_staging(sweep: Sweep, storage: Storage) -> None:
    empty = await run(sweep.sweep_storage, Walk())
    assert (empty.staged_files, empty.walk.whole_files) == (0, 0)
    await storage.put(file_key("job-1", "pdf"), b"12345")
    await storage.put(attempt_key("job-2", "file", RUN, 1), b"123")
    await storage.put("notes.txt", b"not ours")
    found = await run(sweep.sweep_storage, Walk())
    assert (found.staged_bytes, found.staged_files) == (3, 1)
    assert (found.walk.whole_bytes, found.walk.whole_files) == (5, 1)
    assert REGISTRY.get_sample_value("export_storage_bytes") == 8


async def test_walk_goes_on_where_the_run_before_had_no_more_time(
    sweep: Sweep, storage: Storage, records: JobRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.steps.retention_step.RETENTION_STEP", timedelta(0))
    ids = [f"{first}{second}-job" for first in "0123456789abcdefxZ-" for second in "0f"]
    for job_id in ids:
        await records.create(new_job(job_id))
        await storage.put(file_key(job_id, "pdf"), b"12345")
    await storage.put(attempt_key(ids[0], "file", RUN, 1), b"123")
    walk, runs = Walk(), 0
    while walk.whole_files is None:
        done = await run(sweep.sweep_storage, walk)
        assert (done.staged_bytes, done.staged_files) == (3, 1)
        walk = done.walk
        runs += 1
    assert (walk.whole_files, walk.whole_bytes) == (len(ids), 5 * len(ids))
    assert walk.next_piece == 0
    assert runs == 8

    begun = Walk(next_piece=15, bytes=3, files=1)  # by a version with more pieces
    assert (await run(sweep.sweep_storage, begun)).walk.next_piece == 1


async def test_many_files_are_walked_less_often_than_few(
    sweep: Sweep, storage: Storage, records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution, "failed")
    await execution.end("failed", Status.FAILED, now=utc_now())
    await storage.put(file_key("failed", "json"), b"late copy")

    def ended(files: int, ago: timedelta) -> Walk:
        return Walk(whole_bytes=7, whole_files=files, ended_at=utc_now() - ago)

    lately = ended(1_000_000, timedelta(hours=4, minutes=59))
    left_alone = await run(sweep.sweep_storage, lately)
    assert (left_alone.removed, left_alone.walk) == (0, lately)
    assert REGISTRY.get_sample_value("export_storage_bytes") == 7
    due = await run(sweep.sweep_storage, ended(1_000_000, timedelta(hours=5)))
    assert (due.removed, due.walk.whole_files) == (1, 0)
    assert (await run(sweep.sweep_storage, ended(10, timedelta(seconds=1)))).walk.whole_files == 0
    many = await run(sweep.sweep_storage, ended(100_000_000, DAY))
    assert many.walk.whole_files == 0


async def test_listing_holds_a_few_files_at_a_time(
    lifecycle: JobLifecycle, settings: Settings
) -> None:
    storage = open_storage(msgspec.structs.replace(settings, storage_url=""))
    for number in range(3_000):
        directory = Path(settings.temp_path, "files", f"{number:036}")
        directory.mkdir(parents=True)
        (directory / "export.json").touch()
    found = 0
    tracemalloc.start()
    try:
        async for _ in storage.list(FILES):
            found += 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == 3_000
    assert most < 3_000 * 200, "an item in memory takes more than that"


async def test_file_of_a_damaged_row_stays(
    sweep: Sweep, storage: Storage, records: JobRecords, database: Database
) -> None:
    for job_id in ("a-damaged", "b-failed"):
        await records.create(new_job(job_id))
        await storage.put(file_key(job_id, "json"), b"file")
    for job_id, status in (("a-damaged", "nonsense"), ("b-failed", "failed")):
        await change_row(database, job_id, status=text(f"'{status}'"))
    assert await swept(sweep) == 1
    assert await stored(storage) == [file_key("a-damaged", "json")]
