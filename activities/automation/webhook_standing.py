"""How webhooks do: since when they accept nothing, and which become inactive by it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, update

from activities.automation.schema import webhooks
from activities.automation.webhook_model import TEST, Attempt, DisabledReason, Outgoing
from activities.jobs.audit import Action, Origin, note
from activities.jobs.statements import parameter, parameters

_FAILED_FOR = timedelta(days=3)
"""A webhook that has accepted nothing for so long becomes inactive."""

_WEBHOOK = webhooks.c.webhook_id == parameter(webhooks.c.webhook_id)
_SUCCEEDS = (
    update(webhooks)
    .where(_WEBHOOK, webhooks.c.failing_since.is_not(None))
    .values(failing_since=None)
)
_FAILS = (
    update(webhooks)
    .where(_WEBHOOK)
    .values(
        failing_since=func.coalesce(webhooks.c.failing_since, parameter(webhooks.c.failing_since))
    )
    .returning(webhooks.c.failing_since)
)
_DISABLE = (
    update(webhooks)
    .where(_WEBHOOK, webhooks.c.active)
    .values(
        active=False,
        **parameters([webhooks.c.disabled_at, webhooks.c.disabled_reason]),
    )
)


def judge(
    connection: Connection, outgoing: Outgoing, attempt: Attempt, failure: DisabledReason | None
) -> DisabledReason | None:
    """Keep how the webhook does; why it became inactive, if it did."""
    webhook_id = outgoing.delivery.webhook_id
    this = {"p_webhook_id": webhook_id}
    if failure is None:
        connection.execute(_SUCCEEDS, this)
        return None
    if outgoing.delivery.event == TEST:
        return None
    now = attempt.end
    since = connection.execute(_FAILS, this | {"p_failing_since": now}).scalar_one_or_none()
    is_over = failure == "gone" or (since is not None and now - since >= _FAILED_FOR)
    if is_over and disable(connection, webhook_id, failure, now, outgoing.owner_id):
        return failure
    return None


def disable(
    connection: Connection, webhook_id: str, reason: DisabledReason, now: datetime, owner_id: str
) -> bool:
    """Make a webhook inactive, with the audit log; False when it was."""
    values = {"p_webhook_id": webhook_id, "p_disabled_at": now, "p_disabled_reason": reason}
    if not connection.execute(_DISABLE, values).rowcount:
        return False
    note(
        connection,
        Action.WEBHOOK_DISABLED,
        now,
        Origin(),
        owner_id=owner_id,
        subject=webhook_id,
    )
    return True
