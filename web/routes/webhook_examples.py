"""Examples of webhooks and their messages for the API's description."""

from datetime import UTC, datetime, timedelta

from activities.automation.schema import DeliveryStatus
from activities.automation.webhook_model import EVENTS
from web.routes.openapi_examples import example
from web.schemas.page import Page
from web.schemas.webhooks import (
    AttemptResponse,
    DeliveryResponse,
    NewWebhookResponse,
    WebhookResponse,
)

_WEBHOOK_ID = "6f1c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f"
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_EVENTS: list[str] = [*EVENTS]
_FIELDS = (
    _WEBHOOK_ID,
    "https://platform.example/hooks/exports",
    _EVENTS,
    True,
    _NOW,
    None,
    None,
    None,
)
_WEBHOOK = WebhookResponse(*_FIELDS)
_DELIVERY = DeliveryResponse(
    delivery_id="0c7a6d5e-1b2c-4d3e-9f4a-5b6c7d8e9fa0",
    webhook_id=_WEBHOOK_ID,
    event="export.completed",
    job_id="3b2f8c1e-6d0a-4f6b-9a53-0c8e1d7f2a94",
    status=DeliveryStatus.DELIVERED,
    created_at=_NOW,
    next_attempt_at=None,
    ended_at=_NOW + timedelta(seconds=3),
    error=None,
    attempts=[
        AttemptResponse(1, _NOW + timedelta(seconds=1), 84, 503, "not-accepted"),
        AttemptResponse(2, _NOW + timedelta(seconds=3), 41, 204, None),
    ],
)
_TEST = DeliveryResponse(
    delivery_id="1d8b7e6f-2c3d-4e4f-8a5b-6c7d8e9fa0b1",
    webhook_id=_WEBHOOK_ID,
    event="webhook.test",
    job_id=None,
    status=DeliveryStatus.PENDING,
    created_at=_NOW,
    next_attempt_at=None,
    ended_at=None,
    error=None,
    attempts=[],
)

WEBHOOK = [example("webhook", "The webhook", _WEBHOOK)]
WEBHOOKS = [example("page", "All of them", Page([_WEBHOOK], 1, 20, 1, 1))]
NEW_WEBHOOK = [
    example(
        "new",
        "The webhook and its secret",
        NewWebhookResponse(*_FIELDS, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="),
    )
]
DELIVERIES = [example("page", "The newest", Page([_DELIVERY], 1, 20, 1, 1))]
TEST_DELIVERY = [example("test", "The message", _TEST)]
DELIVERY_AGAIN = [example("again", "The message", _TEST)]
