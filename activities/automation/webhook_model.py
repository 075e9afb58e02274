"""What a webhook is, and the messages that go to it."""

from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from activities.automation.schema import DeliveryStatus

Event = Literal["export.completed", "export.failed", "export.expiring"]
"""What a webhook may be told of."""

EVENTS: tuple[Event, ...] = get_args(Event)

TEST = "webhook.test"
"""The type of a message that is sent by hand, and tells of no export."""

MOST_WEBHOOKS = 20
"""Webhooks that one owner may have."""

DisabledReason = Literal["gone", "failing"]
"""`gone`: the receiver said so (410); `failing`: nothing was accepted for days."""


class Webhook(msgspec.Struct, frozen=True):
    """An address of an owner that is told of events."""

    webhook_id: str
    owner_id: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    previous_until: datetime | None = None
    """Until when the secret before the last rotation signs, too."""
    failing_since: datetime | None = None
    """When an attempt failed first since one succeeded."""
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One attempt to deliver a message."""

    number: int
    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None

    @property
    def end(self) -> datetime:
        """When it ended."""
        return self.at + timedelta(milliseconds=self.milliseconds)


class Delivery(msgspec.Struct, frozen=True):
    """A message to a webhook."""

    delivery_id: str
    webhook_id: str
    job_id: str | None
    event: str
    status: DeliveryStatus
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    ended_at: datetime | None
    error: str | None


class Outgoing(msgspec.Struct, frozen=True):
    """All that one attempt needs."""

    delivery: Delivery
    owner_id: str
    url: str
    active: bool
    secret: str
    """As it is kept."""
    previous_secret: str | None
    previous_until: datetime | None
    tries: int


class DueDelivery(msgspec.Struct, frozen=True):
    """A message whose workflow is to be started."""

    delivery_id: str
    webhook_id: str
    job_id: str | None
    event: str
