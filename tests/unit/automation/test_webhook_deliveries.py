"""Messages to webhooks: queued as jobs end, taken, tried, ended, and removed."""

from datetime import timedelta
from typing import Any

import pytest

from activities.automation.schema import DeliveryStatus
from activities.automation.webhook_announcements import WebhookAnnouncements
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_model import EVENTS, Attempt, Outgoing, Webhook
from activities.automation.webhook_outbox import WebhookOutbox
from activities.automation.webhook_records import TooManyWebhooksError, WebhookRecords
from activities.automation.webhook_sealing import WebhookSealing
from activities.automation.webhook_secrets import SecretKeys
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import AuditFilter, AuditLog, Origin
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from tests.unit.jobs.jobs_kit import (
    NOW,
    OWNER,
    STRANGER,
    change_row,
    complete,
    executed_statements,
    processing,
)

pytestmark = pytest.mark.anyio

OLD_KEYS = SecretKeys([b"an old key of 32 bytes and more.."])
KEYS = SecretKeys([b"a new key of 32 bytes and more..", b"an old key of 32 bytes and more.."])
BY = Origin("teacher-1", "request-1")


@pytest.fixture
def webhooks(database: Database) -> WebhookRecords:
    return WebhookRecords(database, OLD_KEYS)


@pytest.fixture
def outbox(database: Database) -> WebhookOutbox:
    return WebhookOutbox(database)


@pytest.fixture
def deliveries(database: Database) -> WebhookDeliveries:
    return WebhookDeliveries(database)


async def registered(webhooks: WebhookRecords, owner: str = OWNER, **fields: Any) -> Webhook:
    given: dict[str, Any] = {"url": "https://a.example/", "events": EVENTS, "active": True} | fields
    made, _ = await webhooks.create(
        owner, given["url"], given["events"], active=given["active"], now=NOW, origin=BY
    )
    return made


async def messages(deliveries: WebhookDeliveries, webhook: Webhook) -> list[tuple[str | None, str]]:
    listed = await deliveries.page(webhook.webhook_id, page=1, page_size=50)
    return [(each.job_id, each.event) for each in listed.entries]


async def outgoing(outbox: WebhookOutbox, delivery_id: str) -> Outgoing:
    found = await outbox.begin(delivery_id, utc_now())
    assert found is not None
    return found


async def test_the_statement_that_ends_a_job_queues_its_messages(
    webhooks: WebhookRecords,
    deliveries: WebhookDeliveries,
    records: JobRecords,
    execution: JobExecution,
) -> None:
    told = await registered(webhooks)
    of_failures = await registered(webhooks, events=["export.failed"])
    paused = await registered(webhooks, active=False)
    of_stranger = await registered(webhooks, STRANGER)
    for job_id in ("good", "bad", "cancelled"):
        await processing(records, execution, job_id)
    await complete(execution, "good")
    await execution.end("bad", Status.FAILED, now=utc_now())
    await execution.end("cancelled", Status.CANCELLED, now=utc_now())

    assert sorted(await messages(deliveries, told)) == [
        ("bad", "export.failed"),
        ("good", "export.completed"),
    ]
    assert await messages(deliveries, of_failures) == [("bad", "export.failed")]
    assert await messages(deliveries, paused) == []
    assert await messages(deliveries, of_stranger) == []


async def test_owners_without_webhooks_cost_no_statement(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution, "job")
    with executed_statements() as seen:
        await complete(execution, "job")
    assert not [each for each, _ in seen if "webhook" in each]


async def test_what_is_taken_is_not_taken_again_at_once(
    webhooks: WebhookRecords, outbox: WebhookOutbox, deliveries: WebhookDeliveries
) -> None:
    webhook = await registered(webhooks)
    now = utc_now()
    test = await deliveries.send_test(webhook.webhook_id, now)
    [taken] = await outbox.take_due(now, 10)
    assert taken.delivery_id == test.delivery_id
    assert await outbox.take_due(now, 10) == []
    # Whoever took it may have died before its workflow was started.
    assert len(await outbox.take_due(now + timedelta(seconds=20), 10)) == 1


async def test_messages_of_a_job_wait_for_those_before_them(
    webhooks: WebhookRecords,
    outbox: WebhookOutbox,
    database: Database,
    records: JobRecords,
    execution: JobExecution,
) -> None:
    await registered(webhooks)
    await processing(records, execution, "job")
    await complete(execution, "job")
    now = utc_now()
    announcements = WebhookAnnouncements(database)
    await change_row(database, "job", expires_at=now + timedelta(hours=12))
    assert await announcements.expiring(now, timedelta(days=1), 10) == 1
    assert await announcements.expiring(now, timedelta(days=1), 10) == 0
    [first] = await outbox.take_due(now, 10)
    assert first.event == "export.completed"
    attempt = Attempt(1, now, 5, 200)
    assert (await outbox.delivered(await outgoing(outbox, first.delivery_id), attempt)).counted
    [second] = await outbox.take_due(now, 10)
    assert second.event == "export.expiring"
    # A late attempt of the first, which was taken for dead, changes nothing.
    assert await outbox.begin(first.delivery_id, now) is None


async def test_files_that_stay_longer_or_have_gone_are_not_told_of(
    webhooks: WebhookRecords, database: Database, records: JobRecords, execution: JobExecution
) -> None:
    announcements = WebhookAnnouncements(database)
    await registered(webhooks, events=["export.expiring"])
    await registered(webhooks, STRANGER, events=["export.expiring"])
    now = utc_now()
    for job_id, hours in (("later", 25), ("gone", -1)):
        await processing(records, execution, job_id)
        await complete(execution, job_id)
        await change_row(database, job_id, expires_at=now + timedelta(hours=hours))
    assert await announcements.expiring(now, timedelta(days=1), 10) == 0


async def test_attempts_are_kept_and_a_message_is_sent_again(
    webhooks: WebhookRecords, outbox: WebhookOutbox, deliveries: WebhookDeliveries
) -> None:
    webhook = await registered(webhooks)
    now = utc_now()
    test = await deliveries.send_test(webhook.webhook_id, now)
    refused = Attempt(1, now, 5, 503, "not-accepted")
    going = await outgoing(outbox, test.delivery_id)
    await outbox.failed(going, refused, timedelta(minutes=5), gone=False)
    [shown] = (await deliveries.page(webhook.webhook_id, page=1, page_size=5)).entries
    assert (shown.status, shown.attempts) == (DeliveryStatus.PENDING, 1)
    assert shown.next_attempt_at is not None
    # Its workflow waits by itself.
    assert await outbox.take_due(now + timedelta(minutes=6), 10) == []
    going = await outgoing(outbox, test.delivery_id)
    await outbox.failed(going, refused, None, gone=False)
    assert await deliveries.send_again(STRANGER, test.delivery_id, now) is None
    again = await deliveries.send_again(OWNER, test.delivery_id, now)
    assert again is not None
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 2)
    assert (await outgoing(outbox, test.delivery_id)).tries == 0
    numbers = await deliveries.attempts_of([test.delivery_id])
    assert [each.number for each in numbers[test.delivery_id]] == [1, 2]


async def test_a_receiver_that_is_gone_or_fails_for_days_makes_its_webhook_inactive(
    webhooks: WebhookRecords,
    outbox: WebhookOutbox,
    deliveries: WebhookDeliveries,
    records: JobRecords,
    execution: JobExecution,
    audit: AuditLog,
) -> None:
    webhook = await registered(webhooks)
    await processing(records, execution, "job")
    await complete(execution, "job")
    [due] = await outbox.take_due(utc_now(), 10)
    going = await outgoing(outbox, due.delivery_id)
    late = timedelta(hours=1)
    begun = utc_now()

    async def fail(days: float, *, gone: bool = False) -> str | None:
        attempt = Attempt(1, begun + timedelta(days=days), 0, 500, "not-accepted")
        return (await outbox.failed(going, attempt, late, gone=gone)).disabled

    assert await fail(0) is None
    assert await fail(2.9) is None
    assert await fail(3) == "failing"
    found = await webhooks.get(OWNER, webhook.webhook_id)
    assert found is not None
    assert (found.active, found.disabled_reason) == (False, "failing")
    logged = await audit.page(AuditFilter(owner_id=OWNER), page=1, page_size=5)
    assert logged.entries[0].action == "webhook-disabled"
    assert logged.entries[0].subject == webhook.webhook_id

    changed = await webhooks.change(
        OWNER, webhook.webhook_id, url=None, events=None, active=True, now=NOW, origin=BY
    )
    assert changed is not None
    assert (changed.active, changed.disabled_at, changed.failing_since) == (True, None, None)
    assert await fail(4, gone=True) == "gone"


async def test_an_owner_has_a_bound_and_no_other_owner_sees_anything(
    webhooks: WebhookRecords,
) -> None:
    first = await registered(webhooks)
    for _ in range(19):
        await registered(webhooks)
    with pytest.raises(TooManyWebhooksError):
        await registered(webhooks)
    assert await webhooks.of_owner(STRANGER) == []
    assert await webhooks.get(STRANGER, first.webhook_id) is None
    assert await webhooks.rotate(STRANGER, first.webhook_id, NOW, BY) is None
    assert not await webhooks.remove(STRANGER, first.webhook_id, NOW, BY)
    assert await webhooks.remove(OWNER, first.webhook_id, NOW, BY)
    assert len(await webhooks.of_owner(OWNER)) == 19


async def test_a_new_key_encrypts_what_an_older_one_did(
    webhooks: WebhookRecords,
    database: Database,
    outbox: WebhookOutbox,
    deliveries: WebhookDeliveries,
) -> None:
    webhook, secret = await webhooks.create(
        OWNER, "https://a.example/", EVENTS, active=True, now=NOW, origin=BY
    )
    renewed = WebhookSealing(database, KEYS)
    [due] = await renewed.by_older_keys(10)
    assert await renewed.seal_again([due], utc_now()) == 1
    assert await renewed.by_older_keys(10) == []
    test = await deliveries.send_test(webhook.webhook_id, utc_now())
    kept = (await outgoing(outbox, test.delivery_id)).secret
    alone = SecretKeys([b"a new key of 32 bytes and more.."])
    assert alone.open(webhook.webhook_id, kept) == secret


async def test_old_messages_go_with_their_attempts(
    webhooks: WebhookRecords, outbox: WebhookOutbox, deliveries: WebhookDeliveries
) -> None:
    webhook = await registered(webhooks)
    old = await deliveries.send_test(webhook.webhook_id, NOW)
    pending = await deliveries.send_test(webhook.webhook_id, NOW)
    await outbox.delivered(await outgoing(outbox, old.delivery_id), Attempt(1, NOW, 5, 200))
    due = await deliveries.older_than(utc_now(), 10)
    assert due == [old.delivery_id]
    assert await deliveries.remove([*due, pending.delivery_id]) == 1
    assert await deliveries.attempts_of(due) == {old.delivery_id: []}


async def test_an_erased_owner_leaves_no_webhook_and_no_message(
    webhooks: WebhookRecords, outbox: WebhookOutbox, deliveries: WebhookDeliveries
) -> None:
    mine = [await registered(webhooks), await registered(webhooks, active=False)]
    theirs = await registered(webhooks, STRANGER)
    sent = [await deliveries.send_test(each.webhook_id, NOW) for each in (*mine, theirs)]
    for each in sent:
        attempt = Attempt(1, NOW, 5, 500, "not-accepted")
        await outbox.failed(await outgoing(outbox, each.delivery_id), attempt, None, gone=False)
    under_way = await deliveries.send_test(mine[0].webhook_id, NOW)
    going = await outgoing(outbox, under_way.delivery_id)

    assert await webhooks.delete_all_of(OWNER) == 2

    assert await webhooks.of_owner(OWNER) == []
    for webhook in mine:
        assert await messages(deliveries, webhook) == []
    ids = [each.delivery_id for each in sent]
    assert [len((await deliveries.attempts_of([each]))[each]) for each in ids] == [0, 0, 1]
    assert await messages(deliveries, theirs) == [(None, "webhook.test")]
    # An attempt that ends later finds nothing to note, and no other follows.
    assert not (await outbox.delivered(going, Attempt(1, NOW, 5, 200))).counted
    assert await outbox.begin(under_way.delivery_id, utc_now()) is None
    assert await webhooks.delete_all_of(OWNER) == 0
