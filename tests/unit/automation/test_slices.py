"""However much there is to remove, others write in between: no transaction changes much of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select

from activities.automation.archive_records import ArchiveRecords
from activities.automation.archive_tables import archives, manifests, parts
from activities.automation.archives import PartStatus, WalkState
from activities.automation.schema import DeliveryStatus, attempts, deliveries, webhooks
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.database import Database
from activities.common.slices import SLICE
from activities.jobs.audit import Origin
from activities.jobs.execution import JobExecution
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.records import JobRecords
from activities.jobs.schema import chunks, erased_jobs
from activities.model.jobs import Phase, Status
from activities.people.schema import shares
from activities.people.shares import MOST_ENDED, Shares, ShareTerms
from tests.unit.jobs.jobs_kit import NOW, OWNER, changes_of_transactions, complete, processing

pytestmark = pytest.mark.anyio

MANY = 2 * SLICE + 1
BY = Origin(OWNER, "request-1")
ATTEMPTS = 2


async def put(database: Database, table: Table, rows: list[dict[str, Any]]) -> None:
    # The rows that these belong to do not matter.
    is_sqlite = database.dialect == "sqlite"
    alone = "PRAGMA foreign_keys = OFF" if is_sqlite else "SET session_replication_role = replica"

    def write(connection: Connection) -> None:
        connection.exec_driver_sql(alone)
        connection.execute(insert(table), rows)

    await database.run(write)


async def left(database: Database, *tables: Table) -> list[int]:
    def read(connection: Connection) -> list[int]:
        counts = [select(func.count()).select_from(table) for table in tables]
        return [connection.scalar(each) or 0 for each in counts]

    return await database.read(read)


async def webhook(database: Database) -> str:
    """One with many messages, each of which was tried."""
    made, _ = await WebhookRecords(
        database, SecretKeys([b"a key of 32 bytes and some more.."])
    ).create(OWNER, "https://a.example/", ["export.completed"], active=True, now=NOW, origin=BY)
    message = {
        "webhook_id": made.webhook_id,
        "event": "test",
        "status": DeliveryStatus.DELIVERED,
        "created_at": NOW,
        "attempts": ATTEMPTS,
        "tries": ATTEMPTS,
        "due_at": NOW,
    }
    ids = [f"delivery-{number}" for number in range(MANY)]
    await put(database, deliveries, [message | {"delivery_id": each} for each in ids])
    tried = [
        {"delivery_id": each, "number": number, "at": NOW, "milliseconds": 1}
        for each in ids
        for number in range(ATTEMPTS)
    ]
    await put(database, attempts, tried)
    return made.webhook_id


async def archived(database: Database, *counts: int, status: Status) -> list[str]:
    """Archives of so many parts."""
    ids = [f"archive-{number}" for number in range(len(counts))]
    archive = {
        "owner_id": OWNER,
        "status": status,
        "formats": ["txt"],
        "part_bytes": 1,
        "created_at": NOW,
        "completed_at": NOW,
        "expires_at": NOW,
        "revision": 0,
        "walk": WalkState(),
        "look_at": NOW,
        "receipt": False,
    }
    await put(database, archives, [archive | {"archive_id": each} for each in ids])
    part = {"job_id": "job", "content_owner": OWNER, "items": 1, "tries": 1}
    rows = [
        part | {"archive_id": each, "number": number, "status": PartStatus.COMPLETED}
        for each, count in zip(ids, counts, strict=True)
        for number in range(count)
    ]
    if rows:
        await put(database, parts, rows)
    await put(database, manifests, [{"archive_id": each, "body": b"{}"} for each in ids])
    return ids


async def most_changed(change: Callable[[], Awaitable[object]]) -> int:
    """The most rows that one transaction changed meanwhile."""
    with changes_of_transactions() as changed:
        await change()
    return max(map(sum, changed))


async def test_webhook_goes_with_its_messages(database: Database) -> None:
    records = WebhookRecords(database, SecretKeys(()))
    this = await webhook(database)
    most = await most_changed(lambda: records.remove(OWNER, this, NOW, BY))
    assert most <= SLICE * (1 + ATTEMPTS)
    assert await left(database, webhooks, deliveries, attempts) == [0, 0, 0]
    assert not await records.remove(OWNER, this, NOW, BY)


async def test_all_webhooks_of_an_owner_go(database: Database) -> None:
    await webhook(database)
    records = WebhookRecords(database, SecretKeys(()))
    assert await most_changed(lambda: records.delete_all_of(OWNER)) <= SLICE * (1 + ATTEMPTS)
    assert await left(database, webhooks, deliveries, attempts) == [0, 0, 0]


async def test_archives_go_with_their_parts(database: Database) -> None:
    ids = await archived(database, MANY, 1, MANY, status=Status.EXPIRED)
    records = ArchiveRecords(database)
    assert await most_changed(lambda: records.remove(ids)) <= SLICE
    assert await left(database, archives, parts, manifests) == [0, 0, 0]


async def test_archives_expire(database: Database) -> None:
    await archived(database, *[0] * MANY, status=Status.COMPLETED)
    records = ArchiveRecords(database)
    assert await most_changed(lambda: records.expire(NOW)) <= SLICE
    assert {each.status for each in await records.of_owner(OWNER)} == {Status.EXPIRED}


async def test_all_archives_of_an_owner_go(database: Database) -> None:
    await archived(database, MANY, 1, status=Status.EXPIRED)
    records = ArchiveRecords(database)
    assert await most_changed(lambda: records.delete_all_of(OWNER)) <= SLICE
    assert await left(database, archives, parts, manifests) == [0, 0, 0]


async def test_shares_go_with_their_jobs(database: Database) -> None:
    share = {
        "job_id": "job",
        "owner_id": OWNER,
        "name": "",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
    }
    await put(database, shares, [share | {"share_id": f"{number}"} for number in range(MANY)])
    assert await most_changed(lambda: Shares(database).remove_of_jobs(["job"])) <= SLICE
    assert await left(database, shares) == [0]


async def test_shares_that_ended_of_a_file_that_stays_do_not_pile_up(
    database: Database, records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution, "job")
    await complete(execution, "job")
    ended = {
        "job_id": "job",
        "owner_id": OWNER,
        "name": "",
        "expires_at": NOW + timedelta(days=1),
        "revoked_at": NOW,
    }
    old = [
        ended | {"share_id": f"{number}", "created_at": NOW - number * timedelta(hours=1)}
        for number in range(MOST_ENDED + 5)
    ]
    await put(database, shares, old)
    terms = ShareTerms("", NOW + timedelta(days=1), None)
    await Shares(database).make("new", "job", OWNER, terms, NOW, BY)
    listed = await Shares(database).page(OWNER, job_id="job", page=1, page_size=2 * MOST_ENDED)
    kept = {"new", *(each["share_id"] for each in old[:MOST_ENDED])}
    assert {each.share_id for each in listed.entries} == kept


async def test_what_was_written_of_erased_jobs_goes(database: Database) -> None:
    ids = [f"job-{number}" for number in range(MANY)]
    await put(database, erased_jobs, [{"job_id": each, "erased_at": NOW} for each in ids])
    chunk = {"phase": Phase.RENDERING, "chunk": 0, "items_done": 1}
    await put(database, chunks, [chunk | {"job_id": each} for each in [*ids, "other"]])
    assert await most_changed(OwnerJobs(database).remove_late) <= SLICE
    assert await left(database, chunks) == [1]
    with changes_of_transactions() as changed:
        await OwnerJobs(database).remove_late()
    assert not any(changed)
