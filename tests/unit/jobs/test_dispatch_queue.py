"""Which of an owner's waiting jobs may begin."""

from datetime import timedelta

import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from tests.unit.jobs.jobs_kit import NOW, OWNER, STRANGER, complete, new_job, processing

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def waiting(database: Database) -> DispatchQueue:
    return DispatchQueue(database)


async def queue(records: JobRecords, count: int, owner_id: str = OWNER) -> list[str]:
    """Write waiting jobs, the youngest first; their ids, oldest first."""
    ids = [f"{owner_id}-{number}" for number in range(count)]
    for number in reversed(range(count)):
        created_at = NOW + timedelta(seconds=number)
        await records.create(new_job(ids[number], owner_id=owner_id, created_at=created_at))
    return ids


async def test_the_oldest_begin_first(records: JobRecords, waiting: DispatchQueue) -> None:
    ids = await queue(records, 5)
    assert await waiting.next_of(OWNER, 3) == ids[:3]


async def test_what_is_under_way_takes_places(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    first, second, third, *_ = await queue(records, 5)
    await execution.claim(first, "run", NOW)
    await records.mark_dispatched(second, NOW)
    assert await waiting.next_of(OWNER, 3) == [third]
    assert await waiting.next_of(OWNER, 2) == []
    await complete(execution, first, "run")
    assert await waiting.next_of(OWNER, 2) == [third]


async def test_what_a_request_is_about_to_start_is_left_to_it_for_a_while(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    [behind] = await queue(records, 1)
    young, old = utc_now() + timedelta(hours=1), utc_now() - timedelta(hours=1)
    await records.create(new_job("young", created_at=young), dispatched_immediately=True)
    assert await waiting.next_of(OWNER, 2) == [behind]
    assert await waiting.among(["young"]) == set()
    await records.create(new_job("lost", created_at=old), dispatched_immediately=True)
    assert await waiting.next_of(OWNER, 9) == [behind, "lost"]
    assert await waiting.owners(LATER + timedelta(days=10_000)) == [OWNER]
    await records.mark_dispatched("lost", utc_now())
    assert await waiting.among([behind, "lost"]) == {behind}


async def test_others_exports_leave_an_equal_share(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    ids = await queue(records, 9)
    await processing(records, execution, "theirs", owner_id=STRANGER)
    assert await waiting.next_of(OWNER, 8) == ids[:4]
    await records.create(new_job("about-to-begin", owner_id="teacher-3", created_at=LATER))
    assert await waiting.next_of(OWNER, 8) == ids[:2]
    await complete(execution, "theirs")
    assert await waiting.next_of(OWNER, 8) == ids[:4]


async def test_nobody_gets_less_than_one_place(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    first, second = await queue(records, 2)
    for number in range(5):
        await processing(records, execution, f"theirs-{number}", owner_id=f"teacher-{number + 10}")
    assert await waiting.next_of(OWNER, 2) == [first]
    await execution.claim(first, "run", NOW)
    assert await waiting.next_of(OWNER, 2) == []
    await complete(execution, first, "run")
    assert await waiting.next_of(OWNER, 2) == [second]


async def test_what_cannot_begin_holds_up_nobody(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    await records.create(new_job("gone", format="gone"))
    await records.create(new_job("to-cancel"))
    await records.request_cancel("to-cancel", NOW)
    [job] = await queue(records, 1)
    assert await waiting.next_of(OWNER, 1) == [job]
    assert await waiting.among(["gone", "to-cancel", job, "none"]) == {job}


async def test_owners_are_those_with_waiting_jobs(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    await queue(records, 3)
    await queue(records, 1, STRANGER)
    await processing(records, execution, "working", owner_id="teacher-3")
    assert sorted(await waiting.owners(LATER)) == [OWNER, STRANGER]
    assert await waiting.owners(NOW) == []


async def test_whoever_waits_behind_a_job_is_its_owner(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    await processing(records, execution, "mine")
    await processing(records, execution, "theirs", owner_id=STRANGER)
    await queue(records, 1)
    assert await waiting.owner_behind("mine") == OWNER
    assert await waiting.owner_behind("theirs") is None
    assert await waiting.owner_behind("no-job") is None


async def test_pending_jobs_that_were_to_be_cancelled_are_found_until_they_are(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    first, second, _ = await queue(records, 3)
    await records.request_cancel(first, NOW)
    await records.request_cancel(second, NOW)
    await records.cancel_pending(second, NOW)
    assert await waiting.cancellation_pending(LATER, 10) == [first]
    assert await waiting.cancellation_pending(NOW, 10) == []
