"""What the API says of webhooks, as far as a client needs it."""

from datetime import datetime

import msgspec

from export_client.model import Listed


class Disabled(msgspec.Struct, frozen=True):
    """When the service made a webhook inactive, and why: `gone` or `failing`."""

    at: datetime
    reason: str


class Webhook(msgspec.Struct, frozen=True):
    """An address that is told of exports. Times are in UTC."""

    webhook_id: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    failing_since: datetime | None = None
    disabled: Disabled | None = None
    previous_secret_until: datetime | None = None
    secret: str | None = None
    """Only from what makes the webhook or gives it a new one."""


class WebhookPage(Listed, frozen=True, kw_only=True):
    """All webhooks, newest first."""

    items: list[Webhook]


class DeliveryAttempt(msgspec.Struct, frozen=True):
    """One attempt to deliver a message."""

    number: int
    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None


class Delivery(msgspec.Struct, frozen=True):
    """A message to a webhook."""

    delivery_id: str
    webhook_id: str
    event: str
    status: str
    created_at: datetime
    job_id: str | None = None
    next_attempt_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    attempts: list[DeliveryAttempt] = []


class DeliveryPage(Listed, frozen=True, kw_only=True):
    """One page of messages, newest first."""

    items: list[Delivery]
