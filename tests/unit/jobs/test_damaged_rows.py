"""A row that cannot be read takes no list with it, whichever of its columns is damaged."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection, text

from activities.common.database import Database
from activities.jobs import damaged_rows
from activities.jobs.audit import AuditFilter, AuditLog
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.operator_queries import JobFilter, OperatorQueries
from activities.jobs.queue_positions import read_queue_positions
from activities.jobs.records import JobRecords
from activities.model.job_formats import options_type
from activities.model.jobs import Job, Phase, Status
from tests.engines.ended_jobs import allow_changes_of_ended_jobs
from tests.unit.jobs.jobs_kit import (
    NOW,
    OWNER,
    RETENTION,
    STRANGER,
    change_row,
    complete,
    new_job,
    processing,
)

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=1)
DAMAGE = {
    "status": "'nonsense'",
    "phase": "'nonsense'",
    "options": "'{'",
    "error": "'{\"code\": 7}'",
    "warnings": "'{}'",
    "content_ids": "'{'",
}
"""SQL of what no column of its kind holds."""
OF_SQLITE = {
    "created_at": "'not a moment'",
    "started_at": "'not a moment'",
    "completed_at": "'not a moment'",
    "expires_at": "'not a moment'",
    "cancel_requested_at": "'not a moment'",
    "file_lost_at": "'not a moment'",
    "file_checked_at": "'not a moment'",
    "dispatched_at": "'not a moment'",
    # No UTF-8.
    "title": "CAST(x'ff' AS TEXT)",
    "file_name": "CAST(x'ff' AS TEXT)",
}
"""The same, which PostgreSQL never takes."""
IN_NO_LIST = {"content_ids", "file_checked_at"}
"""Columns of which no job is made."""
EVERY = {**DAMAGE, **OF_SQLITE}


@pytest.fixture(params=EVERY)
def column(request: pytest.FixtureRequest, database: Database) -> str:
    """The column that is damaged."""
    if request.param in OF_SQLITE and database.dialect != "sqlite":
        pytest.skip("this engine refuses to hold that")
    return str(request.param)


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damaged_rows, "_told", set())


def counted() -> float:
    return REGISTRY.get_sample_value("export_errors_total", {"reason": "record-damaged"}) or 0


async def some_jobs(
    records: JobRecords, execution: JobExecution, database: Database, column: str
) -> None:
    """Three of each state, of which the one in the middle is damaged."""
    for number, where in enumerate(("before", "damaged", "after")):
        at = NOW + timedelta(seconds=number)
        await processing(records, execution, f"completed-{where}", created_at=at)
        await complete(execution, f"completed-{where}", now=at)
        await processing(records, execution, f"processing-{where}", created_at=at)
        await execution.note_progress(f"processing-{where}", Phase.RENDERING, 0, 1)
        await records.create(new_job(f"pending-{where}", created_at=at))
    await allow_changes_of_ended_jobs(database)
    for state in ("completed", "processing", "pending"):
        await change_row(database, f"{state}-damaged", **{column: text(EVERY[column])})


def ids(jobs: list[Job]) -> set[str]:
    return {job.job_id for job in jobs}


ALL = {
    f"{state}-{where}"
    for state in ("completed", "processing", "pending")
    for where in ("before", "damaged", "after")
}
WHOLE = {each for each in ALL if not each.endswith("damaged")}


async def lists_show_it_as_such_and_go_on(
    records: JobRecords, database: Database, column: str
) -> None:
    before = counted()
    desk = OperatorQueries(database)
    for of_owner in (True, False):
        listed: list[Job] = []
        for number in range(1, 6):
            jobs, total, *_ = (
                await records.page(OWNER, status=None, page=number, page_size=2)
                if of_owner
                else await desk.page(JobFilter(), page=number, page_size=2)
            )
            assert total == len(ALL)
            listed += jobs
        assert ids(listed) == ALL
        damaged = {job.job_id for job in listed if job.damaged}
        assert damaged == (set() if column in IN_NO_LIST else ALL - WHOLE)
        assert all(job.owner_id == OWNER for job in listed)
        assert all(job.title == "Two courses" for job in listed if column != "title")
    page = await records.page(OWNER, status=None, page=1, page_size=4)
    linked = page.entries
    while page.older is not None:
        page = await records.page(OWNER, status=None, page=1, page_size=4, cursor=page.older)
        linked += page.entries
    assert [job.job_id for job in linked] == [job.job_id for job in listed]
    for state in (Status.COMPLETED, Status.PROCESSING, Status.PENDING):
        jobs, *_ = await records.page(OWNER, status=state, page=1, page_size=20)
        whole = {each for each in WHOLE if each.startswith(state)}
        expected = whole if column == "status" else whole | {f"{state}-damaged"}
        assert ids(jobs) == expected
        assert {job.status for job in jobs} == {state}, "what can be read stays"
    assert ids(await records.get_many(ALL)) == ALL
    found = await records.get("completed-damaged")
    assert found is not None
    assert found.damaged is (column not in IN_NO_LIST)
    assert counted() - before == (0 if column in IN_NO_LIST else 3), "each is told once"


async def counts_and_queues_are_read(records: JobRecords, database: Database) -> None:
    counts = await records.count_by_status()
    assert all(counts[state] >= 2 for state in (Status.COMPLETED, Status.PENDING))
    assert await OperatorQueries(database).failures(LATER) == []
    await read_queue_positions(database, NOW, RETENTION)
    queue = DispatchQueue(database)
    await records.create(new_job("of-another", owner_id=STRANGER))
    assert set(await queue.take_turns(OWNER, 100)) >= {"pending-before", "pending-after"}
    for waiting in ("pending-before", "pending-damaged"):
        await change_row(database, waiting, dispatched_at=None)
    assert {"pending-before", "of-another"} <= set(await queue.take_all_turns(100, LATER))
    await queue.cancellation_pending(LATER, 100)


async def retention_finds_all_others(
    lifecycle: JobLifecycle, checks: FileChecks, column: str
) -> None:
    whole = {"completed-before", "completed-after"}
    states = await lifecycle.statuses(list(ALL))
    assert set(states) == ALL
    assert {states[each] for each in whole} == {"completed"}
    if column != "file_name":
        unchecked = await checks.unchecked(LATER, NOW, 10)
        assert {file.job_id for file in unchecked} >= whole
    open_jobs = await _all(lifecycle.open_jobs(LATER, 2))
    found = {job.job_id: job for job in open_jobs}
    others = {each for each in WHOLE if not each.startswith("completed")}
    assert set(found) >= others
    assert not any(found[each].damaged for each in others)
    if column == "cancel_requested_at":
        assert found["pending-damaged"].damaged
        assert found["pending-damaged"].created_at < datetime(1970, 1, 1, tzinfo=UTC)
    due = await lifecycle.due_to_expire(LATER + RETENTION, 10)
    assert set(due) >= whole
    assert {
        file.job_id for file in await lifecycle.expire(sorted(whole), LATER + RETENTION)
    } == whole
    ended = await lifecycle.due_to_be_removed(LATER, 10)
    assert set(ended) >= whole
    assert await lifecycle.remove(ended, LATER) == len(ended)


async def test_no_list_fails_by_one_damaged_row(
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    checks: FileChecks,
    database: Database,
    column: str,
) -> None:
    await some_jobs(records, execution, database, column)
    await lists_show_it_as_such_and_go_on(records, database, column)
    await counts_and_queues_are_read(records, database)
    await retention_finds_all_others(lifecycle, checks, column)


async def test_audit_log_is_shown_without_a_damaged_entry(
    records: JobRecords, audit: AuditLog, database: Database
) -> None:
    for number in range(3):
        await records.create(new_job(f"job-{number}", created_at=NOW + timedelta(number)))

    damage = ["INSERT INTO audit_log (at, action) VALUES ('2026-03-02 13:00:00', 'unheard-of')"]
    if database.dialect == "sqlite":
        damage.append("INSERT INTO audit_log (at, action) VALUES ('not a moment', 'created')")
    for each in damage:
        await database.run(partial(Connection.exec_driver_sql, statement=each))
    before = counted()
    for _ in range(2):
        entries, total, *_ = await audit.page(AuditFilter(), page=1, page_size=10)
        assert [entry.job_id for entry in entries] == ["job-2", "job-1", "job-0"]
        assert total == 3 + len(damage)
    assert counted() == before + len(damage)


async def test_audit_log_goes_on_after_damaged_entries(
    records: JobRecords, audit: AuditLog, database: Database
) -> None:
    for number in range(9):
        await records.create(new_job(f"job-{number}", created_at=NOW + timedelta(number)))
        damage = (
            f"INSERT INTO audit_log (at, action) VALUES ('2026-03-0{number + 1} 13:00:00', 'x')"
        )
        await database.run(partial(Connection.exec_driver_sql, statement=damage))
    page = await audit.page(AuditFilter(), page=1, page_size=3)
    seen = page.entries
    while page.older is not None:
        page = await audit.page(AuditFilter(), page=1, page_size=3, cursor=page.older)
        seen += page.entries
    assert [entry.job_id for entry in seen] == [f"job-{number}" for number in range(8, -1, -1)]


async def test_damaged_chunk_hides_no_progress_of_others(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    for job_id in ("damaged", "whole"):
        await processing(records, execution, job_id)
        await execution.note_progress(job_id, Phase.RENDERING, 0, 2)
    damage = "UPDATE export_chunk SET phase = 'nonsense' WHERE job_id = 'damaged'"
    await database.run(lambda connection: connection.exec_driver_sql(damage))
    jobs, *_ = await records.page(OWNER, status=None, page=1, page_size=10)
    assert {job.job_id: job.items_rendered for job in jobs} == {"damaged": 0, "whole": 2}


async def test_damaged_job_without_options_that_can_be_read_has_those_of_its_format(
    records: JobRecords, database: Database
) -> None:
    await records.create(new_job(options=options_type("pdf")(), format="pdf"))
    await change_row(database, "job-1", options=text("'[]'"))
    job = await records.get("job-1")
    assert job is not None
    assert (job.damaged, job.status) == (True, Status.PENDING)
    assert job.options == options_type("pdf")()


async def _all(pages: AsyncIterator[list[Any]]) -> list[Any]:
    return [each async for page in pages for each in page]
