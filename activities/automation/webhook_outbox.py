"""The messages to webhooks on their way out: which are due, and what attempts made of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import (
    Connection,
    Text,
    and_,
    exists,
    func,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from activities.automation.schema import DeliveryStatus, attempts, deliveries, webhooks
from activities.automation.webhook_model import (
    TEST,
    Attempt,
    Delivery,
    DisabledReason,
    DueDelivery,
    Outgoing,
)
from activities.automation.webhook_records import disable
from activities.common.database import Database, transaction
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, among, number, parameter, parameters

_LEASE = timedelta(seconds=15)
"""Whoever takes a message to start its workflow has so long; then another process may."""
_WORKING = timedelta(minutes=2)
"""From the beginning of an attempt the workflow is left alone for so long."""
_FAILED_FOR = timedelta(days=3)
"""A webhook that has accepted nothing for so long becomes inactive."""

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
_EXPIRING = "export.expiring"
_known = deliveries.alias("known")
_TO_BE_TOLD = (
    select(webhooks.c.webhook_id, jobs.c.job_id)
    .join_from(
        webhooks,
        jobs,
        and_(
            jobs.c.owner_id == webhooks.c.owner_id,
            COMPLETED,
            jobs.c.expires_at > parameter(jobs.c.expires_at, "now"),
            jobs.c.expires_at <= parameter(jobs.c.expires_at, "until"),
        ),
    )
    .where(
        webhooks.c.active,
        type_coerce(webhooks.c.events, Text).contains(f'"{_EXPIRING}"'),
        ~exists().where(
            _known.c.webhook_id == webhooks.c.webhook_id,
            _known.c.job_id == jobs.c.job_id,
            _known.c.event == _EXPIRING,
        ),
    )
    .limit(number("limit"))
)


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
        self._insert_new = _insert_new(database.dialect)

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
            {"p_status": DeliveryStatus.DELIVERED, "p_ended_at": _end_of(attempt), "p_error": None},
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
        end = _end_of(attempt)
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
            "p_due_at": _end_of(attempt),
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
                    counted=True, disabled=_judge(connection, outgoing, attempt, failure)
                )

        return await self._database.run(write)

    async def announce_expiring(self, now: datetime, ahead: timedelta, limit: int) -> int:
        """Queue a message for at most `limit` files that end within `ahead`; returns how many.

        Each is told of once.
        """
        values = {"p_now": now, "p_until": now + ahead, "p_limit": limit}

        def find(connection: Connection) -> Sequence[Any]:
            return connection.execute(_TO_BE_TOLD, values).all()

        found = await self._database.read_long(None, find)
        if not found:
            return 0
        rows = [
            {
                "delivery_id": str(uuid4()),
                "webhook_id": webhook_id,
                "job_id": job_id,
                "event": _EXPIRING,
                "status": DeliveryStatus.PENDING,
                "created_at": now,
                "attempts": 0,
                "tries": 0,
                "due_at": now,
            }
            for webhook_id, job_id in found
        ]

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(self._insert_new, rows)

        await self._database.run(write)
        return len(rows)


def _judge(
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
    now = _end_of(attempt)
    since = connection.execute(_FAILS, this | {"p_failing_since": now}).scalar_one_or_none()
    is_over = failure == "gone" or (since is not None and now - since >= _FAILED_FOR)
    if is_over and disable(connection, webhook_id, failure, now, outgoing.owner_id):
        return failure
    return None


def _end_of(attempt: Attempt) -> datetime:
    return attempt.at + timedelta(milliseconds=attempt.milliseconds)


def _insert_new(dialect: str) -> Any:
    # Each of them spells "unless it is there" in its own way.
    kind = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return kind(deliveries).on_conflict_do_nothing()
