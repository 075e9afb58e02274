"""A row that cannot be read takes no list with it, and holds up nothing of others."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Table, insert, text, update

from activities.automation.archive_records import ArchiveRecords
from activities.automation.archive_tables import archives, parts
from activities.automation.archives import PartStatus, WalkState
from activities.automation.failed_messages import FailedMessages
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedule_tables import runs, schedules
from activities.automation.schedules import Outcome, Overlap
from activities.automation.schema import DeliveryStatus, attempts, deliveries, webhooks
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.database import Database
from activities.jobs import damaged_rows
from activities.jobs.schema import sendings
from activities.model.jobs import SendingStatus, Status
from activities.people.erasures import Erasures
from activities.people.schema import erasures, shares
from activities.people.shares import Shares
from tests.unit.jobs.jobs_kit import NOW, OWNER

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
NO_MOMENT = "'not a moment'"
WEBHOOK: dict[str, Any] = {
    "owner_id": OWNER,
    "url": "https://a.example/",
    "events": [],
    "active": True,
    "secret": "",
}
DELIVERY: dict[str, Any] = {
    "webhook_id": "of-deliveries",
    "event": "test",
    "status": DeliveryStatus.FAILED,
    "attempts": 1,
    "tries": 1,
    "due_at": NOW,
    "ended_at": NOW,
}
SCHEDULE: dict[str, Any] = {
    "owner_id": OWNER,
    "name": "Daily",
    "cron": "0 6 * * *",
    "anchor": NOW,
    "time_zone": "UTC",
    "export": "{}",
    "only_changed": False,
    "overlap": Overlap.SKIP,
    "deliver_to": [],
    "paused": False,
    "active_since": NOW,
    "revision": 1,
    "tell_at": NOW,
}
RUN: dict[str, Any] = {"manual": False, "noted_at": NOW, "try_at": NOW}
ARCHIVE: dict[str, Any] = {
    "owner_id": OWNER,
    "status": Status.PENDING,
    "formats": ["txt"],
    "part_bytes": 1,
    "revision": 0,
    "walk": WalkState(),
    "look_at": NOW,
    "receipt": False,
}
SHARE: dict[str, Any] = {
    "job_id": "job",
    "owner_id": OWNER,
    "name": "",
    "expires_at": NOW + DAY,
    "downloads": 0,
}


class List(NamedTuple):
    """Rows of a table, and a list that has them."""

    table: Table
    key: str
    row: dict[str, Any]
    damage: dict[str, str]
    """SQL of what no column of its kind holds."""
    read: Callable[[Database], Awaitable[list[str]]]
    """The keys of what is listed."""


async def of_webhooks(database: Database) -> list[str]:
    found = await WebhookRecords(database, SecretKeys(())).of_owner(OWNER)
    return [each.webhook_id for each in found]


async def of_deliveries(database: Database) -> list[str]:
    listed = await WebhookDeliveries(database).page("of-deliveries", page=1, page_size=9)
    return [each.delivery_id for each in listed.entries]


async def of_attempts(database: Database) -> list[str]:
    found = await WebhookDeliveries(database).attempts_of(["delivery"])
    return [str(each.number) for each in found["delivery"]]


async def of_schedules(database: Database) -> list[str]:
    records = ScheduleRecords(database)
    mine = [each.schedule_id for each in await records.of_owner(OWNER)]
    assert {each.schedule_id for each in await records.newest(9)} == {*mine}
    # Temporal is told of the others all the same.
    assert {each.schedule_id for each, *_ in await records.to_follow(NOW, 9)} == {*mine}
    return mine


async def of_runs(database: Database) -> list[str]:
    return [run.reason or "" for run, _ in await ScheduleRecords(database).runs_of("daily", 9)]


async def of_due_runs(database: Database) -> list[str]:
    return [run.schedule_id for run in await ScheduleRecords(database).due_runs(NOW, 9)]


async def of_archives(database: Database) -> list[str]:
    records = ArchiveRecords(database)
    mine = [each.archive_id for each in await records.of_owner(OWNER)]
    taken = await records.to_look_at(NOW, timedelta(minutes=1), 9)
    assert {each.archive_id for each in taken} == {*mine}
    return mine


async def of_parts(database: Database) -> list[str]:
    return [str(each.number) for each in await ArchiveRecords(database).parts_of("archive")]


async def of_shares(database: Database) -> list[str]:
    listed = await Shares(database).page(OWNER, page=1, page_size=9)
    return [each.share_id for each in listed.entries]


async def of_erasures(database: Database) -> list[str]:
    return [each.erasure_id for each in await Erasures(database).newest(9)]


async def of_failed_messages(database: Database) -> list[str]:
    return [each.job_id or "" for each in await FailedMessages(database).newest(NOW, 9)]


LISTS = {
    "webhooks": List(webhooks, "webhook_id", WEBHOOK, {"events": "'{'"}, of_webhooks),
    "deliveries": List(deliveries, "delivery_id", DELIVERY, {"status": "'no'"}, of_deliveries),
    "attempts": List(
        attempts,
        "number",
        {"delivery_id": "delivery", "at": NOW, "milliseconds": 1},
        {"at": NO_MOMENT},
        of_attempts,
    ),
    "schedules": List(
        schedules,
        "schedule_id",
        SCHEDULE,
        {"overlap": "'no'", "deliver_to": "'{'", "anchor": NO_MOMENT},
        of_schedules,
    ),
    "runs": List(
        runs,
        "reason",
        RUN | {"schedule_id": "daily", "outcome": Outcome.MISSED},
        {"outcome": "'no'", "unchanged": "'{'", "due_at": NO_MOMENT},
        of_runs,
    ),
    "due runs": List(
        runs, "schedule_id", RUN | {"outcome": Outcome.DUE}, {"unchanged": "'{'"}, of_due_runs
    ),
    "archives": List(
        archives,
        "archive_id",
        ARCHIVE,
        {"status": "'no'", "formats": "'{'", "started_at": NO_MOMENT},
        of_archives,
    ),
    "parts": List(
        parts,
        "number",
        {
            "archive_id": "archive",
            "job_id": "job",
            "content_owner": OWNER,
            "items": 1,
            "status": PartStatus.OPEN,
            "tries": 1,
        },
        {"status": "'no'", "left_out": "'{'"},
        of_parts,
    ),
    "shares": List(shares, "share_id", SHARE, {"expires_at": NO_MOMENT}, of_shares),
    "erasures": List(
        erasures,
        "erasure_id",
        {"pseudonym": f"erased-{'0' * 32}", "requested_at": NOW, "exports": 0, "due_at": NOW},
        {"completed_at": NO_MOMENT},
        of_erasures,
    ),
    "failed mails": List(
        sendings,
        "job_id",
        {
            "kind": "mail",
            "name": "export.completed",
            "owner_id": OWNER,
            "status": SendingStatus.FAILED,
            "attempts": 1,
            "due_at": NOW,
            "ended_at": NOW,
        },
        {"ended_at": NO_MOMENT},
        of_failed_messages,
    ),
}
CASES = [(name, column) for name, each in LISTS.items() for column in each.damage]


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damaged_rows, "_told", set())


@pytest.mark.parametrize(("name", "column"), CASES)
async def test_list_goes_on_without_the_row(name: str, column: str, database: Database) -> None:
    table, key, row, damage, read = LISTS[name]
    is_sqlite = database.dialect == "sqlite"
    if damage[column] == NO_MOMENT and not is_sqlite:
        pytest.skip("this engine refuses to hold that")
    is_text = table.c[key].type.python_type is str
    names: list[Any] = ["before", "damaged", "after"] if is_text else [1, 2, 3]
    rows = [{key: each} | row for each in names]
    for number, each in enumerate(rows):
        for moment in {"created_at", "due_at"} & {*table.c.keys()} - {*row}:
            each[moment] = NOW + number * DAY / 9
    spoil = update(table).where(table.c[key] == names[1]).values({column: text(damage[column])})
    # The rows that these belong to do not matter.
    alone = "PRAGMA foreign_keys = OFF" if is_sqlite else "SET session_replication_role = replica"

    def write(connection: Connection) -> None:
        connection.exec_driver_sql(alone)
        connection.execute(insert(table), rows)
        connection.execute(spoil)

    await database.run(write)
    assert set(await read(database)) == {str(names[0]), str(names[2])}
    assert {row_id for _, row_id in damaged_rows._told} & {names[1], "daily", "delivery", "archive"}
