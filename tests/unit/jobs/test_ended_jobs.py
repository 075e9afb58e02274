"""What is remembered of jobs that have ended is what their records hold now."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from activities.common.database import Database
from activities.jobs import ended_jobs
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import Job, Status
from tests.unit.jobs.jobs_kit import (
    NOW,
    OWNER,
    STRANGER,
    change_row,
    complete,
    executed_statements,
    new_job,
    processing,
)

pytestmark = pytest.mark.anyio


async def _listed(records: JobRecords, owner_id: str = OWNER, **which: Any) -> list[Job]:
    return (
        await records.page(owner_id, **{"status": None, "page": 1, "page_size": 20} | which)
    ).entries


async def _all_as_read_anew(records: JobRecords, database: Database) -> list[Job]:
    """The list of the one who remembers, which is that of one who read nothing before."""
    listed = await _listed(records)
    assert listed == await _listed(JobRecords(database))
    return listed


async def test_an_ended_job_is_made_once_and_open_ones_each_time(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    for job_id in ("ended", "open"):
        await processing(records, execution, job_id)
    await complete(execution, "ended")
    first = {job.job_id: job for job in await _all_as_read_anew(records, database)}
    second = {job.job_id: job for job in await _all_as_read_anew(records, database)}
    assert second["ended"] is first["ended"]
    assert second["open"] is not first["open"]
    await complete(execution, "open")
    third = {job.job_id: job for job in await _all_as_read_anew(records, database)}
    assert third["open"].status is Status.COMPLETED
    with executed_statements() as executed:
        await _listed(records)
    assert "content_ids" not in executed[-1][0]
    assert "sha256" not in executed[-1][0]


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.EXPIRED},
        {"expires_at": NOW + timedelta(days=900)},
        {"expires_at": None},
        {"file_lost_at": NOW},
        {"pinned_at": NOW},
    ],
)
async def test_each_change_after_the_end_is_seen(
    records: JobRecords, execution: JobExecution, database: Database, change: dict[str, Any]
) -> None:
    await processing(records, execution)
    await complete(execution)
    await _all_as_read_anew(records, database)
    await change_row(database, "job-1", **change)
    [job] = await _all_as_read_anew(records, database)
    [(name, value)] = change.items()
    assert getattr(job, name) == value


async def test_each_step_of_a_life_is_seen(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle, database: Database
) -> None:
    await records.create(new_job("job-1"))
    [job] = await _all_as_read_anew(records, database)
    assert job.status is Status.PENDING
    await execution.claim("job-1", "run", NOW)
    [job] = await _all_as_read_anew(records, database)
    assert job.status is Status.PROCESSING
    await complete(execution, "job-1", "run")
    [job] = await _all_as_read_anew(records, database)
    assert job.status is Status.COMPLETED
    await lifecycle.expire(["job-1"], NOW + timedelta(days=1_000))
    [job] = await _all_as_read_anew(records, database)
    assert job.status is Status.EXPIRED


async def test_nobody_sees_anothers(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    await processing(records, execution)
    await complete(execution)
    await _all_as_read_anew(records, database)
    assert await _listed(records, STRANGER) == []


async def test_no_more_are_remembered_than_may_be(
    records: JobRecords,
    execution: JobExecution,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ended_jobs, "_KEPT", 2)
    for number in range(5):
        await processing(records, execution, f"job-{number}")
        await complete(execution, f"job-{number}")
    for _ in range(3):
        assert len(await _all_as_read_anew(records, database)) == 5


async def test_nothing_else_of_an_ended_job_can_be_changed_in_tests(
    records: JobRecords, execution: JobExecution, database: Database
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("the trigger is of SQLite")
    await processing(records, execution)
    await complete(execution)
    with pytest.raises(IntegrityError, match="has ended"):
        await change_row(database, "job-1", title="Another")
