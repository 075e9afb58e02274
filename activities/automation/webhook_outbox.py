"""The messages to webhooks on their way out: which are due, and what attempts made of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    exists,
    insert,
    select,
    update,
)

from activities.automation.schema import DeliveryStatus, attempts, deliveries, webhooks
from activities.automation.webhook_model import (
    Attempt,
    Delivery,
    DisabledReason,
    DueDelivery,
    Outgoing,
)
from activities.automation.webhook_standing import judge
from activities.common.database import Database, transaction
from activities.jobs.statements import among, number, parameter, parameters

_LEASE = timedelta(seconds=15)
"""Whoever takes a message to start its workflow has so long; then another process may."""
_WORKING = timedelta(minutes=2)
"""From the beginning of an attempt the workflow is left alone for so long."""

_PENDING = deliveries.c.status == DeliveryStatus.PENDING
_THIS = deliveries.c.delivery_id == parameter(deliveries.c.delivery_id)
_earlier = deliveries.alias("earlier")
# A message waits for those of the same job that came before it.
_IS_NEXT = ~exists().where(
    _earlier.c.webhook_id == deliveries.c.webhook_id,
    _earlier.c.job_id == deliveries.c.job_id,
    _earlier.c.status == DeliveryStatus.PENDING,
    _earlier.c.created_at < deliveries.c.created_at,
)
_DUE = (
    select(deliveries.c.delivery_id)
    .where(_PENDING, deliveries.c.due_at <= parameter(deliveries.c.due_at, "now"), _IS_NEXT)
    .order_by(deliveries.c.due_at)
    .limit(number("limit"))
)
_TAKE = (
    update(deliveries)
    .where(deliveries.c.delivery_id.in_(_DUE.with_for_update(skip_locked=True)), _PENDING)
    .values(due_at=parameter(deliveries.c.due_at))
    .returning(*(deliveries.c[name] for name in DueDelivery.__struct_fields__))
)
_PUT_OFF = (
    update(deliveries)
    .where(among(deliveries.c.delivery_id), _PENDING)
    .values(due_at=parameter(deliveries.c.due_at))
)
_OUTGOING = (
    select(
        *(deliveries.c[name] for name in Delivery.__struct_fields__),
        webhooks.c.owner_id,
        webhooks.c.url,
        webhooks.c.active,
        webhooks.c.secret,
        webhooks.c.previous_secret,
        webhooks.c.previous_until,
        deliveries.c.tries,
    )
    .join(webhooks, webhooks.c.webhook_id == deliveries.c.webhook_id)
    .where(_THIS, _PENDING)
)
_BEGIN = update(deliveries).where(_THIS, _PENDING).values(due_at=parameter(deliveries.c.due_at))
_NOTE = (
    update(deliveries)
    .where(_THIS, _PENDING)
    .values(
        attempts=deliveries.c.attempts + 1,
        tries=deliveries.c.tries + 1,
        **parameters(
            [
                deliveries.c.status,
                deliveries.c.due_at,
                deliveries.c.next_attempt_at,
                deliveries.c.ended_at,
                deliveries.c.error,
            ]
        ),
    )
    .returning(deliveries.c.attempts)
)
_END = (
    update(deliveries)
    .where(_THIS, _PENDING)
    .values(
        status=DeliveryStatus.FAILED,
        next_attempt_at=None,
        **parameters([deliveries.c.ended_at, deliveries.c.error]),
    )
)
_INSERT_ATTEMPT = insert(attempts)


class NotedDelivery(msgspec.Struct, frozen=True):
    """What a message and its webhook became by an attempt."""

    counted: bool
    """False if the message had ended meanwhile, or is gone."""
    disabled: DisabledReason | None = None
    """Why the webhook became inactive by it, if it did."""


class WebhookOutbox:
    """The messages in one database that are to be sent. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> list[DueDelivery]:
        """At most `limit` messages whose workflow is to be started, which others do not get."""
        values = {"p_now": now, "p_limit": limit}

        def look(connection: Connection) -> bool:
            return connection.execute(_DUE, values).first() is not None

        if not await self._database.read_inline(look):
            return []
        taken = values | {"p_due_at": now + _LEASE}

        def take(connection: Connection) -> list[DueDelivery]:
            return [DueDelivery(*row) for row in connection.execute(_TAKE, taken)]

        return await self._database.run(take)

    async def put_off(self, left: Sequence[DueDelivery], until: datetime) -> None:
        """Leave these messages to whoever takes them after a moment."""
        values = {"p_delivery_ids": [each.delivery_id for each in left], "p_due_at": until}
        await self._database.run(lambda connection: connection.execute(_PUT_OFF, values))

    async def begin(self, delivery_id: str, now: datetime) -> Outgoing | None:
        """What an attempt needs, which begins now; None when the message has ended or is gone."""
        values = {"p_delivery_id": delivery_id, "p_due_at": now + _WORKING}

        def write(connection: Connection) -> Outgoing | None:
            connection.execute(_BEGIN, values)
            row = connection.execute(_OUTGOING, values).one_or_none()
            if row is None:
                return None
            size = len(Delivery.__struct_fields__)
            return Outgoing(Delivery(*row[:size]), *row[size:])

        return await self._database.run(write)

    async def delivered(self, outgoing: Outgoing, attempt: Attempt) -> NotedDelivery:
        """Note an attempt that the receiver accepted."""
        return await self._note(
            outgoing,
            attempt,
            {"p_status": DeliveryStatus.DELIVERED, "p_ended_at": attempt.end, "p_error": None},
            None,
        )

    async def failed(
        self, outgoing: Outgoing, attempt: Attempt, retry_in: timedelta | None, *, gone: bool
    ) -> NotedDelivery:
        """Note an attempt that failed.

        Args:
            outgoing: the message.
            attempt: the attempt, with its error.
            retry_in: when the next one is; None: it was the last.
            gone: the receiver wants no message any more.
        """
        end = attempt.end
        values: dict[str, Any] = {"p_error": attempt.error}
        if retry_in is None:
            values |= {"p_status": DeliveryStatus.FAILED, "p_ended_at": end}
        else:
            values |= {
                "p_status": DeliveryStatus.PENDING,
                "p_next_attempt_at": end + retry_in,
                # The workflow waits by itself. Should it be lost, another is started then.
                "p_due_at": end + retry_in + _WORKING,
            }
        return await self._note(outgoing, attempt, values, "gone" if gone else "failing")

    async def end(self, delivery_id: str, error: str, now: datetime) -> bool:
        """End a message that cannot be sent, for a reason."""
        values = {"p_delivery_id": delivery_id, "p_error": error, "p_ended_at": now}
        return await self._database.run(
            lambda connection: connection.execute(_END, values).rowcount > 0
        )

    async def _note(
        self,
        outgoing: Outgoing,
        attempt: Attempt,
        values: dict[str, Any],
        failure: DisabledReason | None,
    ) -> NotedDelivery:
        delivery = outgoing.delivery
        change = {
            "p_delivery_id": delivery.delivery_id,
            "p_due_at": attempt.end,
            "p_next_attempt_at": None,
            "p_ended_at": None,
            **values,
        }

        def write(connection: Connection) -> NotedDelivery:
            with transaction(connection):
                # The row says which attempt it was: one that was taken for dead may end late.
                noted = connection.execute(_NOTE, change).scalar_one_or_none()
                if noted is None:
                    return NotedDelivery(counted=False)
                row = msgspec.structs.asdict(attempt) | {
                    "delivery_id": delivery.delivery_id,
                    "number": noted,
                }
                connection.execute(_INSERT_ATTEMPT, row)
                return NotedDelivery(
                    counted=True, disabled=judge(connection, outgoing, attempt, failure)
                )

        return await self._database.run(write)
