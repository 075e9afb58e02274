"""What is sent of jobs that ended: queued with the end, taken, tried, told."""

from datetime import timedelta

import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import AuditFilter, AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Attempt, Sending, Sendings
from activities.model.jobs import Delivery, SendingStatus, Status
from activities.people.mail_texts import MailEvent
from activities.people.notifications import Notifications, NotificationSetting
from tests.unit.jobs.jobs_kit import (
    NOW,
    OWNER,
    STRANGER,
    change_row,
    complete,
    new_job,
    processing,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def sendings(database: Database) -> Sendings:
    return Sendings(database)


@pytest.fixture
def notifications(database: Database) -> Notifications:
    return Notifications(database)


async def wants(
    notifications: Notifications, *events: MailEvent, owner: str = OWNER, after: int = 0
) -> None:
    setting = NotificationSetting("teacher@school.example", list(events), after)
    await notifications.put(owner, setting, NOW)


async def delivered_to(
    database: Database, records: JobRecords, execution: JobExecution, names: list[str]
) -> None:
    await processing(records, execution, "job")
    await change_row(database, "job", deliver_to=names)


async def test_a_file_is_to_be_delivered_when_its_job_completes_and_not_before(
    database: Database, records: JobRecords, execution: JobExecution, sendings: Sendings
) -> None:
    await delivered_to(database, records, execution, ["archive", "school"])
    assert await sendings.take_due(utc_now(), 10) == []
    job = await records.get("job")
    assert job is not None
    assert job.deliveries == [Delivery("archive"), Delivery("school")]
    await complete(execution, "job")
    due = await sendings.take_due(utc_now(), 10)
    assert sorted(each.name for each in due) == ["archive", "school"]
    # Whoever took them starts them.
    assert await sendings.take_due(utc_now(), 10) == []
    assert len(await sendings.take_due(utc_now() + timedelta(minutes=1), 10)) == 2


async def test_a_job_that_fails_delivers_nothing(
    database: Database, records: JobRecords, execution: JobExecution, sendings: Sendings
) -> None:
    await delivered_to(database, records, execution, ["archive"])
    await change_row(database, "job", status=Status.FAILED, completed_at=utc_now())
    assert await sendings.take_due(utc_now(), 10) == []
    job = await records.get("job")
    assert job is not None
    assert job.deliveries == [Delivery("archive", SendingStatus.CANCELLED)]


async def test_a_file_that_is_used_again_is_delivered(
    database: Database, records: JobRecords, sendings: Sendings
) -> None:
    await records.create(new_job("job", deliver_to=["archive"]))
    # As `create` writes a job that has its file at once: by one INSERT.
    await change_row(database, "job", status=Status.COMPLETED, completed_at=utc_now())
    assert [each.name for each in await sendings.take_due(utc_now(), 10)] == ["archive"]


async def test_attempts_are_counted_and_the_end_is_told_once(
    database: Database,
    records: JobRecords,
    execution: JobExecution,
    sendings: Sendings,
    audit: AuditLog,
) -> None:
    await delivered_to(database, records, execution, ["archive"])
    await complete(execution, "job")
    sending = Sending("job", "delivery", "archive")
    assert await sendings.begin(sending, utc_now()) == Attempt(1, 1)
    await sendings.failed(sending, "unreachable", utc_now(), timedelta(seconds=5))
    assert await sendings.begin(sending, utc_now()) == Attempt(2, 2)
    at = utc_now()
    assert await sendings.sent(sending, at)
    assert not await sendings.sent(sending, at)
    assert await sendings.begin(sending, at) is None
    assert not await sendings.failed(sending, "unreachable", at, None)
    job = await records.get("job")
    assert job is not None
    assert job.deliveries == [Delivery("archive", SendingStatus.DELIVERED, 2, at)]
    logged = await audit.page(AuditFilter(owner_id=OWNER), page=1, page_size=9)
    told = [(each.action, each.subject) for each in logged.entries if each.subject]
    assert told == [("delivered", "archive")]


async def test_what_has_ended_is_sent_again_and_what_is_on_its_way_goes_on(
    database: Database, records: JobRecords, execution: JobExecution, sendings: Sendings
) -> None:
    await delivered_to(database, records, execution, ["archive", "school"])
    await complete(execution, "job")
    sending, other = (Sending("job", "delivery", name) for name in ("archive", "school"))
    assert len(await sendings.take_due(utc_now(), 10)) == 2
    for _ in range(9):
        await sendings.begin(sending, utc_now())
    await sendings.send_again(sending, utc_now())
    assert await sendings.take_due(utc_now(), 10) == []
    await sendings.failed(sending, "unreachable", utc_now(), None)
    await sendings.begin(other, utc_now())
    await sendings.failed(other, "refused", utc_now(), None)
    await sendings.send_again(sending, utc_now())
    assert await sendings.take_due(utc_now(), 10) == [sending]
    job = await records.get("job")
    assert job is not None
    assert job.deliveries == [
        Delivery("archive", SendingStatus.PENDING, 9),
        Delivery("school", SendingStatus.FAILED, 1, error="refused"),
    ]
    # It has as many tries as at first, and no attempt has another's number.
    assert await sendings.begin(sending, utc_now()) == Attempt(10, 1)
    await sendings.sent(sending, utc_now())
    await sendings.send_again(sending, utc_now())
    assert await sendings.take_due(utc_now(), 10) == [sending]
    await sendings.send_again(Sending("job", "delivery", "elsewhere"), utc_now())
    assert await sendings.take_due(utc_now(), 10) == []


async def test_only_who_wants_it_is_told_of_what_took_long(
    database: Database,
    records: JobRecords,
    execution: JobExecution,
    sendings: Sendings,
    notifications: Notifications,
) -> None:
    async def ended(name: str, seconds: int) -> None:
        await processing(records, execution, name)
        times = {"created_at": NOW, "completed_at": NOW + timedelta(seconds=seconds)}
        await change_row(database, name, **times, status=Status.COMPLETED)

    await ended("untold", 600)
    await wants(notifications, "completed", after=60)
    await wants(notifications, "completed", owner=STRANGER)
    await ended("short", 59)
    await ended("long", 61)
    await wants(notifications, "failed", after=60)
    await ended("good", 600)
    await notifications.remove(OWNER)
    await ended("unwanted", 600)
    assert await sendings.take_due(utc_now(), 10) == [Sending("long", "mail", "completed")]


async def test_a_file_that_goes_in_a_day_is_told_of_once(
    database: Database,
    records: JobRecords,
    execution: JobExecution,
    sendings: Sendings,
    notifications: Notifications,
) -> None:
    await wants(notifications, "expiring")
    for name, hours in (("tomorrow", 20), ("later", 40), ("gone", -1)):
        await processing(records, execution, name)
        await complete(execution, name)
        await change_row(database, name, expires_at=utc_now() + timedelta(hours=hours))
    day = timedelta(days=1)
    assert await notifications.announce_expiring(utc_now(), day, 10) == 1
    assert await notifications.announce_expiring(utc_now(), day, 10) == 0
    due = await sendings.take_due(utc_now(), 10)
    assert due == [Sending("tomorrow", "mail", "expiring")]
