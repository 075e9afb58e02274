"""How old the oldest open jobs are, for the alert that one stands still."""

from datetime import datetime, timedelta

import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.jobs.operator_queries import Ages, OperatorQueries
from activities.jobs.records import JobRecords
from activities.model.jobs import Phase, Status
from tests.unit.jobs.jobs_kit import RUN, new_job

pytestmark = pytest.mark.anyio

NOW = utc_now()
HOURS = [NOW - timedelta(hours=number) for number in range(4)]


async def begun(
    records: JobRecords, execution: JobExecution, job_id: str, asked: datetime, at: datetime
) -> None:
    await records.create(new_job(job_id, created_at=asked))
    await execution.claim(job_id, RUN, at)


@pytest.fixture
def queries(database: Database) -> OperatorQueries:
    return OperatorQueries(database)


async def test_without_open_jobs_nothing_is_old(
    queries: OperatorQueries, records: JobRecords, execution: JobExecution
) -> None:
    await begun(records, execution, "done", HOURS[3], HOURS[3])
    await execution.end("done", Status.FAILED, now=NOW)
    assert await queries.ages(NOW) == Ages(None, None)


async def test_who_waits_for_its_turn_is_old_and_does_not_stand_still(
    queries: OperatorQueries, records: JobRecords, execution: JobExecution
) -> None:
    await records.create(new_job("waits", created_at=HOURS[3]))
    await begun(records, execution, "works", HOURS[2], HOURS[1])
    assert await queries.ages(NOW) == Ages(timedelta(hours=3), timedelta(hours=1))


async def test_who_has_its_turn_and_no_worker_stands_still(
    queries: OperatorQueries, records: JobRecords
) -> None:
    await records.create(new_job("waits", created_at=HOURS[3]))
    await records.mark_dispatched("waits", HOURS[2])
    assert (await queries.ages(NOW)).without_progress == timedelta(hours=2)


async def test_only_more_items_are_progress(
    queries: OperatorQueries, records: JobRecords, execution: JobExecution
) -> None:
    await begun(records, execution, "works", HOURS[3], HOURS[3])
    await execution.note_progress("works", Phase.RENDERING, 0, 2)
    soon = utc_now()
    assert (await queries.ages(soon)).without_progress or timedelta() < timedelta(minutes=1)
    later = soon + timedelta(hours=1)
    before = (await queries.ages(later)).without_progress
    await execution.note_progress("works", Phase.RENDERING, 0, 1)
    await execution.note_progress("works", Phase.RENDERING, 0, 2)
    assert (await queries.ages(later)).without_progress == before, "a retry that catches up"
