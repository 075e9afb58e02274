"""Webhooks and their messages as JSON."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from activities.automation.schema import DeliveryStatus
from activities.automation.webhook_model import (
    EVENTS,
    Attempt,
    Delivery,
    DisabledReason,
    Event,
    Webhook,
)
from activities.automation.webhook_secrets import shown

Url = Annotated[
    str,
    Meta(
        max_length=2_048,
        description="Where messages go: an absolute URL of https, of a server on the internet.",
        examples=["https://platform.example/hooks/exports"],
    ),
]
Events = Annotated[
    list[Event],
    Meta(min_length=1, max_length=len(EVENTS), description="What it is told of, each once."),
]
Active = Annotated[bool, Meta(description="Whether messages are sent.")]


class CreateWebhookRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to register."""

    url: Url
    events: Events = msgspec.field(default_factory=lambda: list(EVENTS))
    active: Active = True


class ChangeWebhookRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a webhook; what is absent stays as it is."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: Active | UnsetType = UNSET


class Disabled(msgspec.Struct, frozen=True):
    """When the service made a webhook inactive, and why."""

    at: datetime
    reason: DisabledReason
    """`gone`: the receiver answered 410; `failing`: it accepted nothing for three days."""


class WebhookResponse(msgspec.Struct, frozen=True):
    """A webhook; its secret is shown when it is made and when it is rotated, and then never."""

    webhook_id: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    failing_since: datetime | None
    """When an attempt failed first since one succeeded; null while all is well."""
    disabled: Disabled | None
    """Null unless the service itself made it inactive. `active: true` sets it right."""
    previous_secret_until: datetime | None
    """Until when messages are signed by the secret before the last rotation, too."""


class NewWebhookResponse(WebhookResponse, frozen=True):
    """A webhook, and its secret."""

    secret: str
    """`whsec_` and the key in base64, as libraries of Standard Webhooks take it."""


class AttemptResponse(msgspec.Struct, frozen=True):
    """One attempt to deliver a message."""

    number: int
    at: datetime
    milliseconds: int
    http_status: int | None
    """That of the receiver's response; null when there was none."""
    error: str | None
    """Null if it was accepted; else `not-accepted`, `redirected`, `gone`, `timed-out`, `tls`,
    `unreachable` or `refused-address`."""


class DeliveryResponse(msgspec.Struct, frozen=True):
    """A message to a webhook."""

    delivery_id: str
    """The `webhook-id` of the message, the same in each attempt."""
    webhook_id: str
    event: str
    """An event, or `webhook.test`."""
    job_id: str | None
    status: DeliveryStatus
    created_at: datetime
    next_attempt_at: datetime | None
    """While it is pending and an attempt has failed."""
    ended_at: datetime | None
    error: str | None
    """Why it was not delivered: that of the last attempt, or `webhook-inactive`, `record-gone` or
    `secret-unreadable` when there was nothing to send."""
    attempts: list[AttemptResponse]


def webhook_response(webhook: Webhook, now: datetime) -> WebhookResponse:
    """The webhook as JSON."""
    return WebhookResponse(*_shown(webhook, now))


def new_webhook_response(webhook: Webhook, secret: bytes, now: datetime) -> NewWebhookResponse:
    """The webhook as JSON, with its secret."""
    return NewWebhookResponse(*_shown(webhook, now), shown(secret))


def _shown(
    webhook: Webhook, now: datetime
) -> tuple[str, str, list[str], bool, datetime, datetime | None, Disabled | None, datetime | None]:
    disabled = None
    if webhook.disabled_at is not None and webhook.disabled_reason is not None:
        disabled = Disabled(webhook.disabled_at, webhook.disabled_reason)
    until = webhook.previous_until
    return (
        webhook.webhook_id,
        webhook.url,
        webhook.events,
        webhook.active,
        webhook.created_at,
        webhook.failing_since,
        disabled,
        until if until is not None and until > now else None,
    )


def delivery_response(delivery: Delivery, attempts: list[Attempt]) -> DeliveryResponse:
    """The message as JSON."""
    return DeliveryResponse(
        delivery_id=delivery.delivery_id,
        webhook_id=delivery.webhook_id,
        event=delivery.event,
        job_id=delivery.job_id,
        status=delivery.status,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at,
        ended_at=delivery.ended_at,
        error=delivery.error,
        attempts=[
            AttemptResponse(each.number, each.at, each.milliseconds, each.http_status, each.error)
            for each in attempts
        ],
    )
