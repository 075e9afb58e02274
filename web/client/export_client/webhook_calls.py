"""Calls about webhooks: addresses that are told of exports."""

from types import NoneType

from export_client.calls import Call, asked, given
from export_client.webhook_model import Delivery, DeliveryPage, Webhook, WebhookPage

_PATH = "/api/export/webhooks"


def webhooks() -> Call[WebhookPage]:
    """Read one's webhooks, newest first; they are all on one page."""
    return Call("GET", _PATH, WebhookPage)


def webhook(webhook_id: str) -> Call[Webhook]:
    """Read a webhook, without its secret."""
    return Call("GET", f"{_PATH}/{webhook_id}", Webhook)


def create_webhook(
    address: str, *, events: list[str] | None = None, active: bool | None = None
) -> Call[Webhook]:
    """Register an address that is told of these events, or of all; its secret is shown this once.

    Events are export.completed, export.failed and export.expiring. If the response is lost, look
    among the webhooks: it is not sent again, since that might register the address twice.
    """
    body = {"url": address, **given(events=events, active=active)}
    return Call("POST", _PATH, Webhook, body, repeatable=False)


def change_webhook(
    webhook_id: str,
    *,
    address: str | None = None,
    events: list[str] | None = None,
    active: bool | None = None,
) -> Call[Webhook]:
    """Change what is given of a webhook; making it active also forgets its failures."""
    body = given(url=address, events=events, active=active)
    return Call("PATCH", f"{_PATH}/{webhook_id}", Webhook, body)


def rotate_webhook(webhook_id: str) -> Call[Webhook]:
    """Give a webhook a new secret, shown this once; the one before it signs for a day, too.

    It is not sent again if the response is lost: after two rotations the secret that receivers
    know would sign no more.
    """
    return Call("POST", f"{_PATH}/{webhook_id}/rotate", Webhook, repeatable=False)


def test_webhook(webhook_id: str) -> Call[Delivery]:
    """Send a test to a webhook, also to one that is inactive."""
    return Call("POST", f"{_PATH}/{webhook_id}/test", Delivery, repeatable=False)


def webhook_deliveries(
    webhook_id: str, page: int = 1, page_size: int = 20, *, cursor: str | None = None
) -> Call[DeliveryPage]:
    """Read one page of a webhook's messages with their attempts, newest first."""
    query = asked(page=page, page_size=page_size, cursor=cursor)
    return Call("GET", f"{_PATH}/{webhook_id}/deliveries", DeliveryPage, query=query)


def retry_webhook_delivery(delivery_id: str) -> Call[Delivery]:
    """Send a message again; one that is on its way goes on as it is."""
    return Call("POST", f"{_PATH}/deliveries/{delivery_id}/retry", Delivery)


def delete_webhook(webhook_id: str) -> Call[None]:
    """Remove a webhook and its messages."""
    return Call("DELETE", f"{_PATH}/{webhook_id}", NoneType)
