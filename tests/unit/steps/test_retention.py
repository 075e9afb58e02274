"""Retention: what is past its time goes, what somebody needs stays."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from activities.common.clock import utc_now
from activities.jobs.audit import AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.settings import Settings
from activities.steps.retention import Retention
from activities.storage.keys import attempt_key, file_key
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from activities.temporal.admission import Admission
from tests.engines.choice import Engines
from tests.unit.jobs.jobs_kit import OWNER, RUN, complete, new_job, processing
from tests.unit.steps.steps_kit import run, stored
from workflows.contracts import Stored, Verified

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
def retention(
    execution: JobExecution,
    lifecycle: JobLifecycle,
    checks: FileChecks,
    audit: AuditLog,
    storage: Storage,
    settings: Settings,
) -> Retention:
    # None of the steps below asks Temporal anything.
    nobody = cast("Client", None)
    return Retention(
        lifecycle, checks, execution, audit, storage, nobody, cast("Admission", None), settings
    )


async def completed(
    records: JobRecords, execution: JobExecution, storage: Storage, job_id: str, age: timedelta
) -> None:
    await processing(records, execution, job_id, created_at=utc_now() - age)
    await complete(execution, job_id, now=utc_now() - age)
    await storage.put(file_key(job_id, "json"), b"file")


async def statuses(records: JobRecords) -> dict[str, Status]:
    jobs, _ = await records.page(OWNER, status=None, page=1, page_size=100)
    return {job.job_id: job.status for job in jobs}


def counted(action: str) -> float:
    """How often retention has told of an action."""
    return REGISTRY.get_sample_value("export_retention_total", {"action": action}) or 0


def left_for_later() -> float:
    return counted("left_for_later")


async def test_files_past_their_time_go_and_their_jobs_say_so(
    retention: Retention, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    await completed(records, execution, storage, "old", 7 * DAY)
    await completed(records, execution, storage, "young", 6 * DAY)
    await processing(records, execution, "open")
    assert await run(retention.expire_files) == 1
    assert await run(retention.expire_files) == 0
    assert await stored(storage) == [file_key("young", "json")]
    assert await statuses(records) == {
        "old": Status.EXPIRED,
        "young": Status.COMPLETED,
        "open": Status.PROCESSING,
    }


async def test_records_go_long_after_their_jobs_ended(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
) -> None:
    await completed(records, execution, storage, "expired", 91 * DAY)
    await completed(records, execution, storage, "still-with-file", 91 * DAY)
    await lifecycle.expire("expired", utc_now())
    for job_id, age in (("failed", 91 * DAY), ("failed-lately", 89 * DAY)):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status.FAILED, now=utc_now() - age)
    await processing(records, execution, "open", created_at=utc_now() - 100 * DAY)
    assert await run(retention.remove_records) == 2
    assert set(await statuses(records)) == {"still-with-file", "failed-lately", "open"}


async def test_sweep_takes_leftovers_of_ended_jobs_only(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
) -> None:
    def staged(job_id: str) -> str:
        return attempt_key(job_id, "file", RUN, 1)

    await records.create(new_job("pending"))
    await processing(records, execution, "running")
    await completed(records, execution, storage, "completed", DAY)
    await completed(records, execution, storage, "expired", 8 * DAY)
    await lifecycle.expire("expired", utc_now())
    for job_id in ("failed", "cancelled"):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status(job_id), now=utc_now())
    for job_id in ("running", "completed", "failed", "cancelled"):
        await storage.put(staged(job_id), b"x")
    await storage.put(file_key("running", "json"), b"just put in place")
    await storage.put(file_key("failed", "json"), b"late copy")
    assert await run(retention.sweep_storage) == 5
    assert await stored(storage) == [
        file_key("completed", "json"),
        file_key("running", "json"),
        staged("running"),
    ]
    assert await run(retention.sweep_storage) == 0


async def test_sweep_takes_what_a_killed_process_half_wrote_on_a_disk(
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    checks: FileChecks,
    audit: AuditLog,
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
    nobody = cast("Client", None)
    retention = Retention(
        lifecycle, checks, execution, audit, storage, nobody, cast("Admission", None), on_disk
    )
    assert await run(retention.sweep_storage) == 2
    assert not half_written.parent.exists()


async def test_sweep_takes_what_no_row_has_owned_for_a_day(
    retention: Retention, storage: Storage, settings: Settings, engines: Engines
) -> None:
    old, young = file_key("lost-long-ago", "pdf"), file_key("lost-today", "pdf")
    old_staged = attempt_key("lost-long-ago", "snapshot-0000", RUN, 1)
    for key in (old, young, old_staged):
        await storage.put(key, b"x")
    engines.age(settings, old, timedelta(days=1, minutes=1))
    engines.age(settings, old_staged, timedelta(days=1, minutes=1))
    engines.age(settings, young, timedelta(hours=23))
    assert await run(retention.sweep_storage) == 2
    assert await stored(storage) == [young]


async def test_sweep_leaves_alone_what_is_being_reused(
    retention: Retention, storage: Storage, settings: Settings, engines: Engines
) -> None:
    earlier, reused = file_key("earlier", "pdf"), file_key("without-a-row-yet", "pdf")
    await storage.put(earlier, b"x")
    engines.age(settings, earlier, timedelta(days=2))
    await storage.copy(earlier, reused)
    await run(retention.sweep_storage)
    assert reused in await stored(storage)


async def test_sweep_goes_on_past_what_it_cannot_remove(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-stuck", "b-loose"):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status.FAILED, now=utc_now())
        await storage.put(attempt_key(job_id, "file", RUN, 1), b"x")
    delete = storage.delete

    async def refuse(key: str) -> None:
        if "a-stuck" in key:
            raise PermissionError
        await delete(key)

    monkeypatch.setattr(storage, "delete", refuse)
    assert await run(retention.sweep_storage) == 1
    assert await stored(storage) == [attempt_key("a-stuck", "file", RUN, 1)]


async def test_a_file_that_cannot_be_removed_holds_up_no_other(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-loose", "b-stuck", "c-loose"):
        await completed(records, execution, storage, job_id, 8 * DAY)
    remove_files = storage.remove_files

    async def refuse(job_id: str) -> int:
        if job_id == "b-stuck":
            raise PermissionError
        return await remove_files(job_id)

    before = left_for_later()
    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove_files", refuse)
        assert await run(retention.expire_files) == 2
    assert await stored(storage) == [file_key("b-stuck", "json")]
    assert set((await statuses(records)).values()) == {Status.EXPIRED}
    assert left_for_later() == before + 1
    assert await run(retention.sweep_storage) == 1, "tried again by the same run, and the next"


async def test_a_job_that_cannot_be_expired_holds_up_no_other(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-loose", "b-stuck", "c-loose"):
        await completed(records, execution, storage, job_id, 8 * DAY)
    expire = lifecycle.expire

    async def refuse(job_id: str, now: datetime) -> bool:
        if job_id == "b-stuck":
            raise OperationalError("update", {}, Exception())
        return await expire(job_id, now)

    before = left_for_later()
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "expire", refuse)
        assert await run(retention.expire_files) == 2
    assert left_for_later() == before + 1
    assert await stored(storage) == [file_key("b-stuck", "json")]
    assert await run(retention.expire_files) == 1


async def test_storage_that_is_away_fails_the_step_and_is_counted(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await completed(records, execution, storage, "old", 8 * DAY)

    async def away() -> None:
        raise OSError

    monkeypatch.setattr(storage, "check", away)
    before = counted("failed")
    with pytest.raises(OSError):
        await run(retention.expire_files)
    assert counted("failed") == before + 1
    assert await statuses(records) == {"old": Status.COMPLETED}


async def test_sweep_never_touches_foreign_names(
    retention: Retention, storage: Storage, settings: Settings, engines: Engines
) -> None:
    foreign = ["notes.txt", "files/holiday/beach.jpg", "staging/a/b/c", "other/job/export.pdf"]
    for key in foreign:
        await storage.put(key, b"precious")
        engines.age(settings, key, 400 * DAY)
    assert await run(retention.sweep_storage) == 0
    assert [storage.read(key) for key in foreign] == [b"precious"] * len(foreign)


async def test_measure_counts_files_and_staging(retention: Retention, storage: Storage) -> None:
    assert await run(retention.measure_storage) == Stored(0, 0)
    await storage.put(file_key("job-1", "pdf"), b"12345")
    await storage.put(attempt_key("job-2", "file", RUN, 1), b"123")
    await storage.put("notes.txt", b"not ours")
    assert await run(retention.measure_storage) == Stored(8, 2)
    assert REGISTRY.get_sample_value("export_storage_bytes") == 8


async def lost(records: JobRecords) -> set[str]:
    jobs, _ = await records.page(OWNER, status=None, page=1, page_size=100)
    return {job.job_id for job in jobs if job.file_lost_at is not None}


async def test_file_whose_bytes_changed_is_found_and_its_job_says_so(
    retention: Retention, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    for job_id in ("whole", "altered", "cut", "missing", "fresh"):
        age = timedelta(minutes=1) if job_id == "fresh" else DAY
        await processing(records, execution, job_id, created_at=utc_now() - age)
        sha256 = hashlib.sha256(b"file").hexdigest()
        await complete(execution, job_id, now=utc_now() - age, sha256=sha256)
    bodies = {"whole": b"file", "altered": b"fiLe", "cut": b"fi", "fresh": b"fiLe"}
    for job_id, body in bodies.items():
        await storage.put(file_key(job_id, "json"), body)
    before = REGISTRY.get_sample_value("export_errors_total", {"reason": "file-lost"}) or 0
    assert await run(retention.verify_files) == Verified(files=4, lost=2)
    assert await lost(records) == {"altered", "cut"}
    after = REGISTRY.get_sample_value("export_errors_total", {"reason": "file-lost"}) or 0
    assert after - before == 2
    # Each file is read once.
    assert await run(retention.verify_files) == Verified(files=0, lost=0)
    assert set(await stored(storage)) == {file_key(job_id, "json") for job_id in bodies}


async def test_check_of_files_reads_so_many_bytes_a_run_and_goes_on_in_the_next(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each of these files has 2,048 bytes by its record.
    monkeypatch.setattr("activities.steps.retention._VERIFIED_BYTES", 5_000)
    for number in range(3):
        await completed(records, execution, storage, f"job-{number}", (number + 1) * DAY)
    assert await run(retention.verify_files) == Verified(files=2, lost=2)
    assert await lost(records) == {"job-2", "job-1"}
    assert await run(retention.verify_files) == Verified(files=1, lost=1)
