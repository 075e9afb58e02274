"""The audit log: one row for each deed, in the deed's own transaction, and never changed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog, Origin, note
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords, OwnerLimitError
from activities.model.jobs import Job, OwnerLimits, Status
from tests.unit.jobs.jobs_kit import NOW, OWNER, RETENTION, STRANGER, complete, new_job, processing

pytestmark = pytest.mark.anyio

BY_OWNER = Origin(OWNER, "request-1")
BY_OPERATOR = Origin("operator", "request-2")
BY_LINK = Origin(request_id="request-3", link="0123456789ab")
BY_OTHER_LINK = Origin(request_id="request-4", link="ba9876543210")
LATER = NOW + timedelta(minutes=5)


async def entries(audit: AuditLog, **wanted: object) -> list[AuditEntry]:
    found, *_ = await audit.page(
        AuditFilter(**wanted),  # type: ignore[arg-type]
        page=1,
        page_size=100,
    )
    return found


async def actions(audit: AuditLog, job_id: str) -> list[Action]:
    """Oldest first."""
    return [entry.action for entry in reversed(await entries(audit, job_id=job_id))]


async def job(records: JobRecords, job_id: str = "job-1") -> Job:
    found = await records.get(job_id)
    assert found is not None
    return found


async def test_a_new_job_is_noted_with_who_made_it(records: JobRecords, audit: AuditLog) -> None:
    await records.create(new_job(title="Secret plans"), origin=BY_OWNER)
    (entry,) = await entries(audit)
    assert entry == AuditEntry(
        id=entry.id,
        at=NOW,
        action=Action.CREATED,
        actor=OWNER,
        owner_id=OWNER,
        job_id="job-1",
        related_job_id=None,
        format="json",
        items=2,
        request_id="request-1",
        link=None,
    )


async def test_what_was_not_done_is_not_noted(
    records: JobRecords, lifecycle: JobLifecycle, audit: AuditLog
) -> None:
    await records.create(new_job("job-1", idempotency_key="key"))
    assert not await records.create(new_job("job-2", idempotency_key="key"))
    with pytest.raises(OwnerLimitError):
        await records.create(new_job("job-3"), OwnerLimits(in_flight=1, per_hour=0))
    assert not await records.request_cancel("job-4", NOW)
    assert not await lifecycle.expire(["job-1"], NOW)
    assert [entry.job_id for entry in await entries(audit)] == ["job-1"]


async def test_a_job_whose_row_cannot_be_noted_is_not_made(
    records: JobRecords, database: Database
) -> None:
    await database.run(
        lambda connection: connection.execute(text("ALTER TABLE audit_log RENAME TO gone"))
    )
    with pytest.raises(DBAPIError):
        await records.create(new_job())
    assert await records.get("job-1") is None
    await database.run(
        lambda connection: connection.execute(text("ALTER TABLE gone RENAME TO audit_log"))
    )
    assert await records.create(new_job())


async def test_the_first_wish_to_cancel_is_noted(records: JobRecords, audit: AuditLog) -> None:
    await records.create(new_job())
    await records.request_cancel("job-1", LATER, BY_OPERATOR)
    await records.request_cancel("job-1", LATER + timedelta(seconds=1), BY_OWNER)
    assert await actions(audit, "job-1") == [Action.CREATED, Action.CANCELLED]
    (entry,) = await entries(audit, action=Action.CANCELLED)
    assert (entry.at, entry.actor, entry.owner_id) == (LATER, "operator", OWNER)
    assert (entry.format, entry.items, entry.request_id) == ("json", 2, "request-2")


async def test_a_retry_is_found_by_both_jobs(records: JobRecords, audit: AuditLog) -> None:
    await records.create(new_job("old"))
    await records.create(new_job("new", retry_of="old"), origin=BY_OPERATOR)
    (made,) = await entries(audit, job_id="new")
    (retried, _) = await entries(audit, job_id="old")
    assert (made.action, made.related_job_id, made.actor) == (Action.CREATED, "old", "operator")
    assert (retried.action, retried.related_job_id) == (Action.RETRIED, "new")


async def test_retention_notes_what_it_disposes_of(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle, audit: AuditLog
) -> None:
    await processing(records, execution)
    await complete(execution)
    await lifecycle.expire(["job-1"], LATER + RETENTION)
    assert await lifecycle.remove(["job-1"], LATER + RETENTION) == 1
    assert await actions(audit, "job-1") == [Action.CREATED, Action.EXPIRED, Action.REMOVED]
    assert {entry.actor for entry in await entries(audit)} == {None}
    assert {(entry.owner_id, entry.format, entry.items) for entry in await entries(audit)} == {
        (OWNER, "json", 2)
    }


async def test_a_download_is_one_row_an_hour_for_each_actor_and_link(
    records: JobRecords, audit: AuditLog
) -> None:
    await records.create(new_job("job-1"))
    await records.create(new_job("job-2"))
    first, other = await job(records, "job-1"), await job(records, "job-2")
    origins = (BY_LINK, BY_OTHER_LINK, BY_OWNER, BY_OPERATOR)
    for _ in range(3):
        for origin in origins:
            await audit.downloaded(first, origin, LATER)
    assert not await audit.downloaded(first, BY_LINK, LATER + timedelta(minutes=59))
    assert await audit.downloaded(first, BY_LINK, LATER + timedelta(minutes=61))
    assert await audit.downloaded(other, BY_LINK, LATER)
    noted = await entries(audit, job_id="job-1", action=Action.DOWNLOADED)
    assert [(entry.actor, entry.link, entry.request_id) for entry in noted[:0:-1]] == [
        (origin.actor, origin.link, origin.request_id) for origin in origins
    ]
    assert (noted[0].link, noted[0].at) == (BY_LINK.link, LATER + timedelta(minutes=61))


async def test_downloads_at_the_same_moment_are_one_row(
    records: JobRecords, audit: AuditLog
) -> None:
    await records.create(new_job())
    file = await job(records)
    added = await asyncio.gather(*(audit.downloaded(file, BY_LINK, LATER) for _ in range(20)))
    assert added.count(True) == 1
    assert len(await entries(audit, action=Action.DOWNLOADED)) == 1


async def test_rows_are_found_by_what_they_say(
    records: JobRecords, audit: AuditLog, database: Database
) -> None:
    await records.create(new_job("job-1"), origin=BY_OWNER)
    await records.create(new_job("job-2", owner_id=STRANGER, created_at=LATER), origin=BY_OPERATOR)
    signed_in_at = LATER + timedelta(hours=1)
    await database.run(
        lambda connection: note(
            connection, Action.SIGNED_IN, signed_in_at, BY_OPERATOR, via="token"
        )
    )

    async def found(**wanted: object) -> list[str | None]:
        return [entry.job_id for entry in await entries(audit, **wanted)]

    assert await found() == [None, "job-2", "job-1"]
    assert await found(owner_id=STRANGER) == ["job-2"]
    assert await found(actor="operator") == [None, "job-2"]
    assert await found(action=Action.SIGNED_IN) == [None]
    assert await found(since=LATER) == [None, "job-2"]
    assert await found(until=LATER) == ["job-1"]
    page, total, *_ = await audit.page(AuditFilter(), page=2, page_size=2)
    assert ([entry.job_id for entry in page], total) == (["job-1"], 3)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE job_id = 'job-1'",
    ],
)
async def test_the_database_refuses_to_change_the_log(
    records: JobRecords, audit: AuditLog, database: Database, change: str
) -> None:
    await records.create(new_job(created_at=utc_now()), origin=BY_OWNER)
    before = await entries(audit)
    with pytest.raises(DBAPIError, match="append-only"):
        await database.run(lambda connection: connection.execute(text(change)))
    assert await entries(audit) == before


async def test_no_row_takes_the_place_of_another(
    records: JobRecords, audit: AuditLog, database: Database
) -> None:
    await records.create(new_job(created_at=utc_now()), origin=BY_OWNER)
    (before,) = await entries(audit)
    replace = (
        f"INSERT OR REPLACE INTO audit_log (id, at, action) VALUES ({before.id}, '2026', 'created')"
        if database.dialect == "sqlite"
        else "TRUNCATE audit_log"
    )
    with pytest.raises(DBAPIError, match="append-only"):
        await database.run(lambda connection: connection.execute(text(replace)))
    assert await entries(audit) == [before]


async def test_old_rows_go_and_young_ones_cannot(records: JobRecords, audit: AuditLog) -> None:
    now = utc_now()
    for job_id, age in (("old", 400), ("middle", 40), ("young", 20)):
        await records.create(new_job(job_id, created_at=now - timedelta(days=age)))
    old = await audit.due_to_be_removed(now - timedelta(days=365), 10)
    assert await audit.remove(old) == 1
    assert [entry.job_id for entry in await entries(audit)] == ["young", "middle"]
    young = await audit.due_to_be_removed(now, 10)
    assert len(young) == 2
    with pytest.raises(DBAPIError, match="append-only"):
        await audit.remove(young)
    assert [entry.job_id for entry in await entries(audit)] == ["young", "middle"]
    assert (await records.page(OWNER, status=Status.PENDING, page=1, page_size=9))[1] == 3
