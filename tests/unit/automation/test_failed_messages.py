"""Operators see what did not arrive, of everybody, and no address that may hold a secret."""

from datetime import timedelta

import pytest

from activities.automation.failed_messages import FailedMessages
from activities.automation.webhook_model import EVENTS, Attempt
from activities.automation.webhook_outbox import WebhookOutbox
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import Origin
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Sendings
from tests.unit.jobs.jobs_kit import NOW, OWNER, change_row, complete, processing

pytestmark = pytest.mark.anyio
KEYS = SecretKeys([b"a key of 32 bytes and more......."])


async def test_what_was_tried_for_the_last_time_is_found(
    database: Database, records: JobRecords, execution: JobExecution
) -> None:
    webhooks, outbox = WebhookRecords(database, KEYS), WebhookOutbox(database)
    await webhooks.create(
        *(OWNER, "https://hooks.example/a-secret", EVENTS),
        active=True,
        now=NOW,
        origin=Origin(OWNER, "request"),
    )
    await processing(records, execution, "job")
    await change_row(database, "job", deliver_to=["archive", "school"])
    await complete(execution, "job")
    found = FailedMessages(database)
    assert await found.newest(utc_now(), 10) == []

    sendings = Sendings(database)
    archive, school = sorted(await sendings.take_due(utc_now(), 10), key=lambda each: each.name)
    ended = utc_now()
    await sendings.begin(archive, ended)
    await sendings.failed(archive, "no-room", ended, None)
    await sendings.begin(school, ended)
    await sendings.failed(school, "unreachable", ended, timedelta(minutes=1))
    [due] = await outbox.take_due(utc_now(), 10)
    going = await outbox.begin(due.delivery_id, utc_now())
    assert going is not None
    await outbox.failed(going, Attempt(1, utc_now(), 7, None, "unreachable"), None, gone=False)

    newest = await found.newest(utc_now(), 10)
    assert {(each.kind, each.to, each.error) for each in newest} == {
        ("delivery", "archive", "no-room"),
        ("webhook", "hooks.example", "unreachable"),
    }
    assert {(each.owner_id, each.job_id, each.attempts) for each in newest} == {(OWNER, "job", 1)}
    assert await found.newest(utc_now() + timedelta(days=8), 10) == []
    assert len(await found.newest(utc_now(), 1)) == 1
