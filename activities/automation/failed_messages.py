"""What did not arrive lately, of all owners: files, mails, and messages to webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Column, Connection, select

from activities.automation.schema import DeliveryStatus, deliveries, webhooks
from activities.common.database import Database
from activities.jobs.damaged_rows import read_rows
from activities.jobs.schema import sendings
from activities.jobs.statements import number, parameter
from activities.model.jobs import SendingStatus

WEBHOOK = "webhook"
"""The kind of a message to a webhook."""

_LATELY = timedelta(days=7)
_SENDINGS = (
    select(
        sendings.c.kind,
        sendings.c.name,
        sendings.c.owner_id,
        sendings.c.job_id,
        sendings.c.attempts,
        sendings.c.ended_at,
        sendings.c.error,
    )
    .where(
        sendings.c.status == SendingStatus.FAILED,
        sendings.c.ended_at > parameter(sendings.c.ended_at),
    )
    .order_by(sendings.c.ended_at.desc())
    .limit(number("limit"))
)
_MESSAGES = (
    select(
        webhooks.c.url,
        webhooks.c.owner_id,
        deliveries.c.job_id,
        deliveries.c.attempts,
        deliveries.c.ended_at,
        deliveries.c.error,
    )
    .join(webhooks, webhooks.c.webhook_id == deliveries.c.webhook_id)
    .where(
        deliveries.c.status == DeliveryStatus.FAILED,
        deliveries.c.ended_at > parameter(deliveries.c.ended_at),
    )
    .order_by(deliveries.c.ended_at.desc())
    .limit(number("limit"))
)


class FailedMessage(msgspec.Struct, frozen=True):
    """Something that was tried for the last time, and did not arrive."""

    kind: str
    """`delivery`, `mail` or `webhook`."""
    to: str
    """The destination, the event of a mail, or the host of a webhook, whose path may be secret."""
    owner_id: str
    job_id: str | None
    attempts: int
    ended_at: datetime
    """UTC."""
    error: str
    """A word."""


class FailedMessages:
    """Finds what did not arrive in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, now: datetime, most: int) -> Sequence[FailedMessage]:
        """Of the last seven days the newest, at most so many; `now` is UTC."""
        values: dict[str, Any] = {"p_ended_at": now - _LATELY, "p_limit": most}

        def read(connection: Connection) -> list[FailedMessage]:
            key: tuple[Column[Any], ...] = (sendings.c.job_id, sendings.c.kind, sendings.c.name)
            sent = read_rows(connection, _SENDINGS, values, key, _sending)
            key = (deliveries.c.delivery_id,)
            told = read_rows(connection, _MESSAGES, values, key, _message)
            return sorted(sent + told, key=lambda each: each.ended_at, reverse=True)[:most]

        return await self._database.read(read)


def _sending(row: Any) -> FailedMessage:
    return FailedMessage(*(*row[:-1], row.error or ""))


def _message(row: Any) -> FailedMessage:
    host = urlsplit(row.url).hostname or ""
    return FailedMessage(*(WEBHOOK, host, *row[1:-1], row.error or ""))
