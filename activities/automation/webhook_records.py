"""The webhooks of owners."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import (
    Boolean,
    Connection,
    Delete,
    Row,
    Select,
    Text,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from activities.automation.schema import attempts, deliveries, webhooks
from activities.automation.webhook_model import MOST_WEBHOOKS, Webhook
from activities.automation.webhook_secrets import SecretKeys, new_secret
from activities.common.database import Database, transaction
from activities.common.slices import SLICE, until_none_is_left
from activities.jobs.audit import Action, Origin, note
from activities.jobs.damaged_rows import read_rows
from activities.jobs.statements import among, parameter, parameters
from activities.jobs.turns import owner_transaction

OLD_SECRET_LIVES = timedelta(days=1)
"""How long the secret before a rotation signs beside the new one."""

_READ: Select[Any] = select(*(webhooks.c[name] for name in Webhook.__struct_fields__))
_MINE = webhooks.c.owner_id == parameter(webhooks.c.owner_id)
_THIS = webhooks.c.webhook_id == parameter(webhooks.c.webhook_id)
_LIST = _READ.where(_MINE).order_by(webhooks.c.created_at.desc(), webhooks.c.webhook_id.desc())
_GET = _READ.where(_MINE, _THIS)
_COUNT = select(func.count()).select_from(webhooks).where(_MINE)
_INSERT = insert(webhooks)
_CHANGE = (
    update(webhooks)
    .where(_MINE, _THIS)
    .values(
        url=func.coalesce(bindparam("p_url", type_=Text), webhooks.c.url),
        events=func.coalesce(
            bindparam("p_events", type_=webhooks.c.events.type), webhooks.c.events
        ),
        active=func.coalesce(bindparam("p_active", type_=Boolean), webhooks.c.active),
    )
)
# Whoever switches it on again has mended it, as far as anybody knows.
_FORGIVE = (
    update(webhooks)
    .where(_MINE, _THIS)
    .values(failing_since=None, disabled_at=None, disabled_reason=None)
)
_ROTATE = (
    update(webhooks)
    .where(_MINE, _THIS)
    .values(
        previous_secret=webhooks.c.secret,
        **parameters([webhooks.c.secret, webhooks.c.previous_until]),
    )
)
_REMOVE = delete(webhooks).where(_MINE, _THIS)
_OWN = select(webhooks.c.webhook_id).where(_MINE)
_SWITCH_OFF = update(webhooks).where(_MINE, webhooks.c.active).values(active=False)
_SWITCH_OFF_ONE = update(webhooks).where(_MINE, _THIS).values(active=False)
_REMOVE_ALL = delete(webhooks).where(_MINE)
_SOME_MESSAGES = select(deliveries.c.delivery_id).limit(SLICE)
_MESSAGES_OF_ALL = _SOME_MESSAGES.where(deliveries.c.webhook_id.in_(_OWN))
_MESSAGES_OF_ONE = _SOME_MESSAGES.where(deliveries.c.webhook_id.in_(_OWN.where(_THIS)))
_REMOVE_MESSAGES = (
    delete(attempts).where(among(attempts.c.delivery_id)),
    delete(deliveries).where(among(deliveries.c.delivery_id)),
)
_BY_STATE = select(webhooks.c.active, func.count()).group_by(webhooks.c.active)


class TooManyWebhooksError(Exception):
    """The owner has `MOST_WEBHOOKS` already."""


class WebhookRecords:
    """The webhooks in one database. All times are UTC; each of another owner is as if there were
    none.
    """

    def __init__(self, database: Database, keys: SecretKeys) -> None:
        """Keep webhooks whose secrets these keys encrypt."""
        self._database = database
        self._keys = keys

    async def create(
        self,
        owner_id: str,
        url: str,
        events: Sequence[str],
        *,
        active: bool,
        now: datetime,
        origin: Origin,
    ) -> tuple[Webhook, bytes]:
        """Register an address; returns its webhook and the secret, which is never shown again.

        Raises:
            TooManyWebhooksError: the owner has as many as may be.
            UnknownKeyError: there is no key to encrypt with.
        """
        webhook = Webhook(str(uuid4()), owner_id, url, list(events), active, now)
        secret = new_secret()
        row = msgspec.structs.asdict(webhook) | {
            "secret": self._keys.seal(webhook.webhook_id, secret)
        }

        def write(connection: Connection) -> None:
            with owner_transaction(connection, owner_id):
                known = connection.scalar(_COUNT, {"p_owner_id": owner_id}) or 0
                if known >= MOST_WEBHOOKS:
                    raise TooManyWebhooksError
                connection.execute(_INSERT, row)
                _note(connection, Action.WEBHOOK_CREATED, now, origin, webhook)

        await self._database.run(write)
        return webhook, secret

    async def of_owner(self, owner_id: str) -> list[Webhook]:
        """The owner's webhooks, newest first; at most `MOST_WEBHOOKS`."""
        values = {"p_owner_id": owner_id}
        return await self._database.read(
            lambda connection: read_rows(
                connection, _LIST, values, (webhooks.c.webhook_id,), _webhook
            )
        )

    async def get(self, owner_id: str, webhook_id: str) -> Webhook | None:
        """The owner's webhook of this id."""
        values = {"p_owner_id": owner_id, "p_webhook_id": webhook_id}
        return await self._database.read(lambda connection: _one(connection, values))

    async def change(
        self,
        owner_id: str,
        webhook_id: str,
        *,
        url: str | None,
        events: Sequence[str] | None,
        active: bool | None,
        now: datetime,
        origin: Origin,
    ) -> Webhook | None:
        """Change what is not None; the webhook as it is then."""
        this = {"p_owner_id": owner_id, "p_webhook_id": webhook_id}
        values = this | {
            "p_url": url,
            "p_events": None if events is None else list(events),
            "p_active": active,
        }

        def write(connection: Connection) -> Webhook | None:
            with transaction(connection):
                if not connection.execute(_CHANGE, values).rowcount:
                    return None
                if active:
                    connection.execute(_FORGIVE, this)
                changed = _one(connection, this)
                assert changed is not None
                _note(connection, Action.WEBHOOK_CHANGED, now, origin, changed)
                return changed

        return await self._database.run(write)

    async def rotate(
        self, owner_id: str, webhook_id: str, now: datetime, origin: Origin
    ) -> tuple[Webhook, bytes] | None:
        """Give the webhook a new secret, beside which the one before it signs for a day.

        Raises:
            UnknownKeyError: there is no key to encrypt with.
        """
        secret = new_secret()
        this = {"p_owner_id": owner_id, "p_webhook_id": webhook_id}
        values = this | {
            "p_secret": self._keys.seal(webhook_id, secret),
            "p_previous_until": now + OLD_SECRET_LIVES,
        }

        def write(connection: Connection) -> Webhook | None:
            with transaction(connection):
                if not connection.execute(_ROTATE, values).rowcount:
                    return None
                rotated = _one(connection, this)
                assert rotated is not None
                _note(connection, Action.WEBHOOK_ROTATED, now, origin, rotated)
                return rotated

        rotated = await self._database.run(write)
        return None if rotated is None else (rotated, secret)

    async def remove(self, owner_id: str, webhook_id: str, now: datetime, origin: Origin) -> bool:
        """Remove the webhook and its messages, some at a time; False when there is none."""
        values = {"p_owner_id": owner_id, "p_webhook_id": webhook_id}
        if not await self._change(_SWITCH_OFF_ONE, values):
            return False
        await self._remove_messages(_MESSAGES_OF_ONE, values)

        def write(connection: Connection) -> bool:
            with transaction(connection):
                webhook = _one(connection, values)
                if webhook is None:
                    return False
                # What came since the last look: a test, or the end of an attempt.
                _remove_messages(connection, _MESSAGES_OF_ONE, values)
                connection.execute(_REMOVE, values)
                _note(connection, Action.WEBHOOK_REMOVED, now, origin, webhook)
                return True

        return await self._database.run(write)

    async def delete_all_of(self, owner_id: str) -> int:
        """Remove all webhooks of an owner with their messages; returns how many there were.

        An attempt that is under way may still arrive; nothing is noted of it and none follows. The
        audit log keeps that the webhooks were there and gets no row for this: it belongs to
        whoever erases the owner.
        """
        values = {"p_owner_id": owner_id}
        # From here on no job that ends has a message.
        await self._change(_SWITCH_OFF, values)
        await self._remove_messages(_MESSAGES_OF_ALL, values)

        def write(connection: Connection) -> int:
            with transaction(connection):
                _remove_messages(connection, _MESSAGES_OF_ALL, values)
                return connection.execute(_REMOVE_ALL, values).rowcount

        return await self._database.run(write)

    async def _remove_messages(self, some: Select[Any], values: dict[str, Any]) -> None:
        def write(connection: Connection) -> int:
            with transaction(connection):
                return _remove_messages(connection, some, values)

        await until_none_is_left(lambda: self._database.run(write))

    async def _change(self, statement: Update | Delete, values: dict[str, Any]) -> int:
        return await self._database.run(
            lambda connection: connection.execute(statement, values).rowcount
        )

    async def count_by_state(self) -> dict[bool, int]:
        """How many webhooks of all owners are active, and how many are not."""
        return await self._database.read_long(
            None,
            lambda connection: {bool(row[0]): int(row[1]) for row in connection.execute(_BY_STATE)},
        )


def _remove_messages(connection: Connection, some: Select[Any], values: dict[str, Any]) -> int:
    """Remove some messages with their attempts within the caller's transaction; how many."""
    these = {"p_delivery_ids": list(connection.scalars(some, values))}
    for each in _REMOVE_MESSAGES:
        connection.execute(each, these)
    return len(these["p_delivery_ids"])


def _note(
    connection: Connection, action: Action, now: datetime, origin: Origin, webhook: Webhook
) -> None:
    note(connection, action, now, origin, owner_id=webhook.owner_id, subject=webhook.webhook_id)


def _one(connection: Connection, values: dict[str, Any]) -> Webhook | None:
    row = connection.execute(_GET, values).one_or_none()
    return None if row is None else _webhook(row)


def _webhook(row: Row[Any]) -> Webhook:
    values: tuple[Any, ...] = tuple(row)
    return Webhook(*values)
