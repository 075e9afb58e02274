"""The messages to webhooks as owners and operators see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from activities.automation.schema import DeliveryStatus, attempts, deliveries, webhooks
from activities.automation.webhook_model import (
    TEST,
    Attempt,
    Delivery,
)
from activities.common.database import Database, transaction
from activities.jobs.cached_counts import CachedCounts
from activities.jobs.damaged_rows import read_rows
from activities.jobs.pages import Listed, Pages
from activities.jobs.statements import among, number, parameter

_READ: Select[Any] = select(*(deliveries.c[name] for name in Delivery.__struct_fields__))
_PENDING = deliveries.c.status == DeliveryStatus.PENDING
_THIS = deliveries.c.delivery_id == parameter(deliveries.c.delivery_id)
_OF_WEBHOOK = _READ.where(deliveries.c.webhook_id == parameter(deliveries.c.webhook_id))
_ATTEMPTS = (
    select(attempts)
    .where(among(attempts.c.delivery_id))
    .order_by(attempts.c.delivery_id, attempts.c.number)
)
_OWNED = select(webhooks.c.webhook_id).where(webhooks.c.owner_id == parameter(webhooks.c.owner_id))

_INSERT = insert(deliveries)
_AGAIN = (
    update(deliveries)
    .where(_THIS, deliveries.c.webhook_id.in_(_OWNED), ~_PENDING)
    .values(
        status=DeliveryStatus.PENDING,
        tries=0,
        ended_at=None,
        error=None,
        next_attempt_at=None,
        due_at=parameter(deliveries.c.due_at),
    )
)
_MINE = _READ.where(_THIS, deliveries.c.webhook_id.in_(_OWNED))
_OLD = (
    select(deliveries.c.delivery_id)
    .where(deliveries.c.created_at < parameter(deliveries.c.created_at), ~_PENDING)
    .order_by(deliveries.c.created_at)
    .limit(number("limit"))
)
_REMOVE_ATTEMPTS = delete(attempts).where(among(attempts.c.delivery_id))
_REMOVE = delete(deliveries).where(among(deliveries.c.delivery_id), ~_PENDING)

_PENDING_SINCE = select(func.min(deliveries.c.created_at), func.count()).where(_PENDING)


class Backlog(msgspec.Struct, frozen=True):
    """The messages of all owners that have not ended."""

    pending: int
    oldest: datetime | None


class WebhookDeliveries:
    """The messages in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = CachedCounts()
        self._pages = Pages(_OF_WEBHOOK, deliveries.c.created_at, deliveries.c.delivery_id)

    async def page(
        self, webhook_id: str, *, page: int, page_size: int, cursor: str | None = None
    ) -> Listed[Delivery]:
        """One page of a webhook's messages, newest first; see `Pages.read`."""
        values = {"p_webhook_id": webhook_id}

        def read(connection: Connection) -> Listed[Delivery]:
            count = self._counts.of(webhook_id, lambda: self._pages.count(connection, values))
            return self._pages.read(
                connection, values, _read, count, page=page, page_size=page_size, cursor=cursor
            )

        return await self._database.read(read)

    async def attempts_of(self, delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
        """The attempts of messages, in their order, by the messages' ids."""
        found: dict[str, list[Attempt]] = {each: [] for each in delivery_ids}
        if not found:
            return found
        values = {"p_delivery_ids": list(delivery_ids)}
        rows = await self._database.read(
            lambda connection: read_rows(
                connection,
                _ATTEMPTS,
                values,
                (attempts.c.delivery_id, attempts.c.number),
                lambda row: (row[0], Attempt(*row[1:])),
            )
        )
        for delivery_id, attempt in rows:
            found[delivery_id].append(attempt)
        return found

    async def send_test(self, webhook_id: str, now: datetime) -> Delivery:
        """Have a message sent that tells of no export."""
        delivery = Delivery(
            delivery_id=str(uuid4()),
            webhook_id=webhook_id,
            job_id=None,
            event=TEST,
            status=DeliveryStatus.PENDING,
            created_at=now,
            attempts=0,
            next_attempt_at=None,
            ended_at=None,
            error=None,
        )
        row = msgspec.structs.asdict(delivery) | {"tries": 0, "due_at": now}
        await self._database.run(lambda connection: connection.execute(_INSERT, row))
        return delivery

    async def send_again(self, owner_id: str, delivery_id: str, now: datetime) -> Delivery | None:
        """Have an owner's message sent again; one that is pending stays so. None: there is none."""
        this = {"p_owner_id": owner_id, "p_delivery_id": delivery_id}

        def write(connection: Connection) -> Delivery | None:
            with transaction(connection):
                connection.execute(_AGAIN, this | {"p_due_at": now})
                row = connection.execute(_MINE, this).one_or_none()
                return None if row is None else Delivery(*row)

        return await self._database.run(write)

    async def older_than(self, moment: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` messages of before a moment that have ended."""
        values = {"p_created_at": moment, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OLD, values)))

    async def remove(self, delivery_ids: Sequence[str]) -> int:
        """Remove these messages, of those that have ended; returns how many."""
        values = {"p_delivery_ids": list(delivery_ids)}

        def write(connection: Connection) -> int:
            with transaction(connection):
                connection.execute(_REMOVE_ATTEMPTS, values)
                return connection.execute(_REMOVE, values).rowcount

        return await self._database.run(write)

    async def backlog(self) -> Backlog:
        """The messages of all owners that have not ended."""
        oldest, pending = await self._database.read(
            lambda connection: connection.execute(_PENDING_SINCE).one()
        )
        return Backlog(int(pending), oldest)


def _read(connection: Connection, query: Select[Any], values: dict[str, Any]) -> list[Delivery]:
    key = (deliveries.c.delivery_id,)
    return read_rows(connection, query, values, key, lambda row: Delivery(*row))
