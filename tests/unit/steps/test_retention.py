"""Retention: what is past its time goes, what somebody needs stays."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import AuditFilter, AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import ExpiredFile, JobLifecycle
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.previews import Previews
from activities.jobs.records import JobRecords
from activities.jobs.themes import ThemeRecords
from activities.model.item_versions import PartVersions
from activities.model.jobs import Phase, Status
from activities.model.themes import StoredTheme, Theme
from activities.people.erasures import Erasures
from activities.people.lti_nonces import Entry, LtiNonces
from activities.people.sessions import Person, Sessions, Via
from activities.people.shares import Shares
from activities.people.sign_in_codes import SignInCodes
from activities.settings import Settings
from activities.steps.retention import Retention
from activities.steps.sweep import Sweep
from activities.storage.keys import file_key
from activities.storage.protocol import NotDeleted, Storage
from tests.unit.jobs.jobs_kit import (
    OWNER,
    change_row,
    changes_of_transactions,
    complete,
    processing,
)
from tests.unit.steps.steps_kit import refuse_to_delete, run, stored
from workflows.contracts import Verified, Walk

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
def retention(
    lifecycle: JobLifecycle,
    checks: FileChecks,
    audit: AuditLog,
    themes: ThemeRecords,
    storage: Storage,
    settings: Settings,
    database: Database,
) -> Retention:
    return Retention(
        lifecycle,
        checks,
        audit,
        themes,
        Sessions(database),
        SignInCodes(database),
        LtiNonces(database),
        Shares(database),
        Erasures(database),
        OwnerJobs(database),
        Previews(database),
        storage,
        settings,
    )


@pytest.fixture
def themes(database: Database) -> ThemeRecords:
    return ThemeRecords(database)


async def completed(
    records: JobRecords, execution: JobExecution, storage: Storage, job_id: str, age: timedelta
) -> None:
    await processing(records, execution, job_id, created_at=utc_now() - age)
    rendered = PartVersions(0, "0" * 64, [])
    await complete(execution, job_id, now=utc_now() - age, items=rendered)
    await storage.put(file_key(job_id, "json"), b"file")


async def statuses(records: JobRecords) -> dict[str, Status]:
    jobs, *_ = await records.page(OWNER, status=None, page=1, page_size=100)
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
    await lifecycle.expire(["expired"], utc_now())
    for job_id, age in (("failed", 91 * DAY), ("failed-lately", 89 * DAY)):
        await processing(records, execution, job_id)
        await execution.end(job_id, Status.FAILED, now=utc_now() - age)
    await processing(records, execution, "open", created_at=utc_now() - 100 * DAY)
    assert await run(retention.remove_records) == 2
    assert set(await statuses(records)) == {"still-with-file", "failed-lately", "open"}


async def test_themes_go_with_the_last_job_that_has_them(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    database: Database,
    themes: ThemeRecords,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = {name: StoredTheme.of(Theme(header_text=name)) for name in ("used", "unused", "new")}
    with monkeypatch.context() as earlier:
        earlier.setattr("activities.jobs.themes.utc_now", lambda: utc_now() - 2 * DAY)
        for name in ("used", "unused"):
            await themes.keep(kept[name])
    await themes.keep(kept["new"])
    await processing(records, execution, "job")
    await change_row(database, "job", theme_sha256=kept["used"].sha256)
    before = counted("theme_removed")

    await run(retention.remove_records)

    found = {name: await themes.read(theme.sha256) for name, theme in kept.items()}
    assert found == {"used": kept["used"], "unused": None, "new": kept["new"]}
    assert counted("theme_removed") == before + 1
    # Who accepts a job with it then keeps it again, also where it is known from before.
    other = ThemeRecords(database)
    await other.keep(kept["unused"])
    assert await other.read(kept["unused"].sha256) == kept["unused"]


async def test_a_theme_that_a_job_is_about_to_have_stays(
    database: Database, themes: ThemeRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme = StoredTheme.of(Theme(header_text="North"))
    with monkeypatch.context() as earlier:
        earlier.setattr("activities.jobs.themes.utc_now", lambda: utc_now() - 2 * DAY)
        await themes.keep(theme)
    due = await themes.of_no_job(utc_now(), 10)
    assert due == [theme.sha256]
    await ThemeRecords(database).keep(theme)
    assert await themes.remove(due, utc_now()) == 0
    assert await themes.read(theme.sha256) == theme


async def test_a_file_that_cannot_be_removed_holds_up_no_other(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-loose", "b-stuck", "c-loose"):
        await completed(records, execution, storage, job_id, 8 * DAY)
    before = left_for_later()
    with monkeypatch.context() as patched:
        refuse_to_delete(storage, "b-stuck", patched)
        assert await run(retention.expire_files) == 2
    assert await stored(storage) == [file_key("b-stuck", "json")]
    assert set((await statuses(records)).values()) == {Status.EXPIRED}
    assert left_for_later() == before + 1
    swept = await run(Sweep(lifecycle, storage).sweep_storage, Walk())
    assert swept.removed == 1, "tried again by the same run, and the next"


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

    async def refuse(job_ids: Sequence[str], now: datetime) -> list[ExpiredFile]:
        if "b-stuck" in job_ids:
            raise OperationalError("update", {}, Exception())
        return await expire(job_ids, now)

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


async def lost(records: JobRecords) -> set[str]:
    jobs, *_ = await records.page(OWNER, status=None, page=1, page_size=100)
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


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> int:
    """Slices of a few rows, so that a few make many slices; how many rows."""
    rows = 4
    monkeypatch.setattr("activities.steps.retention_step.SLICE", rows)
    return rows


async def due_of_all_kinds(
    records: JobRecords, execution: JobExecution, storage: Storage, count: int
) -> None:
    """So many files and records that are due, with rows of chunks, and so many audit entries."""
    for number in range(count):
        await completed(records, execution, storage, f"file-{number}", 8 * DAY)
        await execution.note_progress(f"file-{number}", Phase.RENDERING, 0, 1)
        await processing(records, execution, f"record-{number}", created_at=utc_now() - 400 * DAY)
        await execution.end(f"record-{number}", Status.FAILED, now=utc_now() - 91 * DAY)


async def test_however_much_is_due_no_transaction_changes_more_rows_than_a_slice_has(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    audit: AuditLog,
    storage: Storage,
    small_slices: int,
) -> None:
    due = 3 * small_slices + 1
    await due_of_all_kinds(records, execution, storage, due)
    with changes_of_transactions() as changed:
        assert await run(retention.expire_files) == due
        assert await run(retention.remove_records) == due
    # A change of a job comes with its rows: audit log, chunks, receipt, and shares.
    changed = [rows for rows in changed if rows]
    assert max(max(rows) for rows in changed) == small_slices
    assert max(len(rows) for rows in changed) == 6
    assert len(changed) >= 4 * due / small_slices
    assert await stored(storage) == []
    assert set(await statuses(records)) == {f"file-{number}" for number in range(due)}
    old = AuditFilter(until=utc_now() - 365 * DAY)
    assert (await audit.page(old, page=1, page_size=1))[:2] == ([], 0)


async def test_a_run_that_has_no_more_time_leaves_the_rest_to_the_next(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    audit: AuditLog,
    storage: Storage,
    small_slices: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("activities.steps.retention_step.RETENTION_STEP", timedelta(0))
    await due_of_all_kinds(records, execution, storage, 2 * small_slices + 1)
    expected = [small_slices, small_slices, 1, 0]
    assert [await run(retention.expire_files) for _ in expected] == expected
    assert [await run(retention.remove_records) for _ in expected] == expected
    assert await stored(storage) == []
    old = AuditFilter(until=utc_now() - 365 * DAY)
    assert (await audit.page(old, page=1, page_size=1))[:2] == ([], 0)


async def test_a_run_that_is_killed_after_the_rows_has_its_files_swept(
    retention: Retention,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
    small_slices: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(small_slices + 2):
        await completed(records, execution, storage, f"job-{number}", 8 * DAY)

    async def killed(_keys: Sequence[str]) -> list[NotDeleted]:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete_many", killed)
        with pytest.raises(asyncio.CancelledError):
            await run(retention.expire_files)
    assert len(await stored(storage)) == small_slices + 2
    assert await run(retention.expire_files) == 2
    assert set((await statuses(records)).values()) == {Status.EXPIRED}
    swept = await run(Sweep(lifecycle, storage).sweep_storage, Walk())
    assert swept.removed == small_slices
    assert await stored(storage) == []


async def test_launches_that_are_over_go_though_no_other_comes(
    retention: Retention, database: Database
) -> None:
    nonces, now = LtiNonces(database), utc_now()
    person = Person(owner_id=OWNER, scopes=frozenset(), via=Via.LTI)
    over = await nonces.keep("over", now - DAY, now - DAY / 2, Entry(person, "/"))
    assert over is not None
    assert await nonces.use("known", now, now + DAY)
    await run(retention.remove_records)
    assert await nonces.enter(over, now - DAY) is None
    assert not await nonces.use("known", now, now + DAY)
