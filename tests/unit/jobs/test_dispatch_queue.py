"""Which of an owner's waiting jobs may begin."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from activities.common.clock import utc_now
from activities.common.database import Database, connect
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.settings import Settings
from tests.unit.jobs.jobs_kit import NOW, OWNER, STRANGER, complete, new_job, processing

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(hours=1)
FAR = LATER + timedelta(days=10_000)


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
    assert await waiting.take_turns(OWNER, 3) == ids[:3]


async def test_what_is_under_way_takes_places(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    first, second, third, fourth, _ = await queue(records, 5)
    await execution.claim(first, "run", NOW)
    await records.mark_dispatched(second, NOW)
    assert await waiting.take_turns(OWNER, 2) == []
    assert await waiting.take_turns(OWNER, 3) == [third]
    assert await waiting.take_turns(OWNER, 3) == []
    await complete(execution, first, "run")
    assert await waiting.take_turns(OWNER, 2) == []
    assert await waiting.take_turns(OWNER, 3) == [fourth]


async def test_what_a_request_is_about_to_start_is_left_to_it_for_a_while(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    young, old = utc_now() + timedelta(hours=1), utc_now() - timedelta(hours=1)
    for job_id, created_at in (("young", young), ("left", old)):
        job = await records.create(new_job(job_id, created_at=created_at), at_once=2)
        assert job is not None
        assert job.dispatched_at == created_at
    [behind] = await queue(records, 1)
    # What was left keeps its place.
    assert await waiting.take_turns(OWNER, 2) == []
    assert await waiting.take_all_turns(2, FAR) == ["left"]
    assert await waiting.among(["young", "left", behind]) == {"left", behind}
    await records.mark_dispatched("left", utc_now())
    assert await waiting.take_all_turns(2, FAR) == []
    assert await waiting.among(["young", "left", behind]) == {behind}
    assert await waiting.take_all_turns(3, FAR) == [behind]
    # Until its workflow is known to exist, it is tried again.
    assert await waiting.take_all_turns(3, FAR) == [behind]
    await records.mark_dispatched(behind, utc_now())
    assert await waiting.take_all_turns(3, FAR) == []


async def test_others_exports_leave_an_equal_share(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    ids = await queue(records, 9)
    await processing(records, execution, "theirs", owner_id=STRANGER)
    await records.create(new_job("about-to-begin", owner_id="teacher-3", created_at=LATER))
    assert await waiting.take_turns(OWNER, 8) == ids[:2]
    await complete(execution, "theirs")
    assert await waiting.take_turns(OWNER, 8) == ids[2:4]


async def test_who_made_an_export_a_moment_ago_still_shares(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    ids = await queue(records, 9)
    long_ago, now = utc_now() - timedelta(minutes=1), utc_now()
    for job_id, owner_id, made_at in (
        ("long-ago", "teacher-3", long_ago),
        ("mine", OWNER, now),
        ("theirs", STRANGER, now),
    ):
        await processing(records, execution, job_id, owner_id=owner_id, created_at=made_at)
        await complete(execution, job_id)
    assert await waiting.take_turns(OWNER, 8) == ids[:4]


async def test_nobody_gets_less_than_one_place(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    first, second = await queue(records, 2)
    for number in range(5):
        await processing(records, execution, f"theirs-{number}", owner_id=f"teacher-{number + 10}")
    assert await waiting.take_turns(OWNER, 2) == [first]
    await execution.claim(first, "run", NOW)
    assert await waiting.take_turns(OWNER, 2) == []
    await complete(execution, first, "run")
    assert await waiting.take_turns(OWNER, 2) == [second]


async def test_what_cannot_begin_holds_up_nobody(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    await records.create(new_job("gone", format="gone"))
    await records.create(new_job("to-cancel"))
    await records.request_cancel("to-cancel", NOW)
    [job] = await queue(records, 1)
    assert await waiting.take_turns(OWNER, 1) == [job]
    assert await waiting.among(["gone", "to-cancel", job, "none"]) == {job}


async def test_all_owners_get_their_first_turns_before_anybody_a_second(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    mine = await queue(records, 5)
    theirs = await queue(records, 4, STRANGER)
    await processing(records, execution, "busy-now", owner_id="busy")
    await queue(records, 3, "busy")
    await records.mark_dispatched("busy-0", LATER)
    await queue(records, 1, "gone")
    await records.request_cancel("gone-0", NOW)
    assert await waiting.take_all_turns(12, NOW) == []
    # Four share twelve places: one has two already, and one waits to be cancelled.
    assert await waiting.take_all_turns(12, LATER) == [
        *(mine[0], theirs[0], "busy-1"),
        *(mine[1], theirs[1]),
        *(mine[2], theirs[2]),
    ]


async def test_whoever_waits_behind_a_job_is_its_owner(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    await processing(records, execution, "mine")
    await processing(records, execution, "theirs", owner_id=STRANGER)
    await queue(records, 1)
    assert await waiting.owner_behind("mine") == OWNER
    assert await waiting.owner_behind("theirs") is None
    assert await waiting.owner_behind("no-job") is None


async def test_others_are_those_who_export_or_did_a_moment_ago(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue
) -> None:
    await processing(records, execution, "mine")
    await queue(records, 1)
    assert not await waiting.has_others(OWNER, 2)
    await processing(records, execution, "long-ago", owner_id="stranger-1")
    await complete_one(execution, "long-ago")
    assert not await waiting.has_others(OWNER, 2)
    await processing(records, execution, "now", owner_id="stranger-2", created_at=utc_now())
    await complete_one(execution, "now")
    assert await waiting.has_others(OWNER, 2)
    # One that exports itself is an other of those who do not.
    assert await waiting.has_others(STRANGER, 2)


async def test_pending_jobs_that_were_to_be_cancelled_are_found_until_they_are(
    records: JobRecords, waiting: DispatchQueue
) -> None:
    first, second, _ = await queue(records, 3)
    await records.request_cancel(first, NOW)
    await records.request_cancel(second, NOW)
    await records.cancel_pending(second, NOW)
    assert await waiting.cancellation_pending(LATER, 10) == [first]
    assert await waiting.cancellation_pending(NOW, 10) == []


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 8, 13])
async def test_what_owners_get_is_the_same_whether_one_asks_or_all_are_served(
    records: JobRecords, execution: JobExecution, waiting: DispatchQueue, at_once: int
) -> None:
    for number in range(4):
        owner = f"teacher-{number}"
        await queue(records, 6, owner)
        for under_way in range(number):
            await processing(records, execution, f"{owner}-now-{under_way}", owner_id=owner)
    asked_singly = [await waiting.take_turns(f"teacher-{number}", at_once) for number in range(2)]
    together = await waiting.take_all_turns(at_once, LATER)
    share = max(at_once // 4, 1)
    for number, of_owner in enumerate(asked_singly):
        assert len(of_owner) == max(share - number, 0)
    for number in range(2, 4):
        of_owner = [job_id for job_id in together if job_id.startswith(f"teacher-{number}")]
        assert len(of_owner) == max(share - number, 0)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_no_owner_gets_a_place_more_from_processes_that_give_turns_at_once(
    records: JobRecords, waiting: DispatchQueue, settings: Settings, moment: str
) -> None:
    """While one writes, the other finds a job that comes before all others."""
    elsewhere = connect(settings.database)
    await queue(records, 1)
    loop = asyncio.get_running_loop()
    writing = asyncio.Event()
    may_go_on = threading.Event()

    def hold(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "UPDATE" in statement and not writing.is_set():
            loop.call_soon_threadsafe(writing.set)
            # Not for ever: the other one may have to wait for this one.
            may_go_on.wait(0.5)

    event.listen(Engine, f"{moment}_cursor_execute", hold)
    try:
        first = asyncio.create_task(waiting.take_turns(OWNER, 1))
        await writing.wait()
        earlier = new_job("earlier", created_at=NOW - timedelta(hours=1))
        created = asyncio.create_task(JobRecords(elsewhere).create(earlier))
        await asyncio.wait([created, first], return_when=asyncio.FIRST_COMPLETED)
        second = asyncio.create_task(DispatchQueue(elsewhere).take_turns(OWNER, 1))
        await asyncio.wait([second], timeout=0.2)
        may_go_on.set()
        taken = [*await first, *await second]
        await created
    finally:
        event.remove(Engine, f"{moment}_cursor_execute", hold)
        await elsewhere.close()
    assert len(taken) == 1


async def test_a_job_has_its_turn_when_its_owners_share_has_room(
    records: JobRecords, execution: JobExecution
) -> None:
    async def turns(owner: str, count: int, at_once: int) -> list[bool]:
        created = [
            await records.create(new_job(f"{owner}-{n}", owner_id=owner), at_once=at_once)
            for n in range(count)
        ]
        return [job is not None and job.dispatched_at is not None for job in created]

    assert await turns("alone", 4, 3) == [True, True, True, False]
    # What waits comes first, although there is room.
    await complete_one(execution, "alone-0")
    job = await records.create(new_job("alone-4", owner_id="alone"), at_once=3)
    assert job is not None
    assert job.dispatched_at is None
    assert await turns("second", 3, 4) == [True, True, False]
    assert await turns("third", 2, 4) == [True, False]
    assert await turns("fourth", 2, 2) == [True, False]
    assert await turns("fifth", 1, 0) == [False]


async def complete_one(execution: JobExecution, job_id: str) -> None:
    """Bring a job to its end."""
    assert await execution.claim(job_id, "run", NOW) is not None
    assert await complete(execution, job_id, "run")
