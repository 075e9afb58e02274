"""The pages on which owners register webhooks and see what became of messages to them."""

from types import MappingProxyType

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.automation.schema import DeliveryStatus
from activities.automation.webhook_model import EVENTS, MOST_WEBHOOKS, TEST
from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import READ, WRITE
from web.http.json_body import decode
from web.http.problems import ProblemError
from web.pages.fields import Fields, query
from web.pages.page import page
from web.pages.session import read_form, signed_in
from web.pages.words import N_
from web.schemas.webhooks import ChangeWebhookRequest, CreateWebhookRequest, NewWebhookResponse
from web.services.injection import Service
from web.services.paging import RequestedPage, page_count
from web.services.webhooks import Webhooks

_PAGE_SIZE = 20
_MOST_PAGES = 1_000_000
_LABELS = MappingProxyType(
    {
        EVENTS[0]: N_("An export is ready"),
        EVENTS[1]: N_("An export has failed"),
        EVENTS[2]: N_("A file is removed within a day"),
        TEST: N_("Test"),
    }
)
_STATUS_LABELS = MappingProxyType(
    {
        DeliveryStatus.PENDING: N_("On its way"),
        DeliveryStatus.DELIVERED: N_("Accepted"),
        DeliveryStatus.FAILED: N_("Not accepted"),
    }
)
_BADGES = MappingProxyType(
    {
        DeliveryStatus.PENDING: "pending",
        DeliveryStatus.DELIVERED: "completed",
        DeliveryStatus.FAILED: "failed",
    }
)
_ERRORS = MappingProxyType(
    {
        "not-accepted": N_("The receiver did not accept it."),
        "redirected": N_("The receiver answered with another address; register that one."),
        "gone": N_("The receiver wants no more messages."),
        "timed-out": N_("The receiver took too long."),
        "tls": N_("The receiver has no valid certificate."),
        "unreachable": N_("The receiver cannot be reached."),
        "refused-address": N_("The address is not one of the internet."),
        "webhook-inactive": N_("The webhook was inactive."),
        "record-gone": N_("The export’s record is gone."),
        "secret-unreadable": N_("The secret cannot be read; make a new one."),
    }
)


@get("/webhooks", guards=[signed_in(READ)])
async def webhooks_page(request: ApiRequest, webhooks: Service[Webhooks]) -> Template:
    """List the caller's webhooks, and offer to add one."""
    return await _listed(request, webhooks)


@post("/webhooks", guards=[signed_in(WRITE)], status_code=200)
async def add_webhook(request: ApiRequest, webhooks: Service[Webhooks]) -> Template:
    """Register an address, and show its secret this once."""
    fields = await read_form(request)
    body = {"url": fields.one("url"), "events": fields.every("event")}
    try:
        wanted = decode(msgspec.json.encode(body), CreateWebhookRequest)
        created = await webhooks.create(request.user.owner_id, wanted, origin_of(request))
    except ProblemError as error:
        return await _listed(request, webhooks, trouble=error, fields=fields)
    return _with_secret(request, created)


@get("/webhooks/{webhook_id:str}", guards=[signed_in(READ)])
async def webhook_page(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> Template:
    """Show one webhook and its messages, newest first."""
    owner_id = request.user.owner_id
    webhook = await webhooks.get(owner_id, webhook_id)
    fields = Fields(request.scope["query_string"])
    number = fields.number("page", maximum=_MOST_PAGES)
    wanted = RequestedPage(number, _PAGE_SIZE, fields.one("cursor") or None)
    deliveries, listed = await webhooks.deliveries(owner_id, webhook_id, wanted)
    return page(
        request,
        "webhook.html",
        here="webhooks",
        webhook=webhook,
        deliveries=deliveries,
        listed=listed,
        page=number,
        pages=max(page_count(listed.total, _PAGE_SIZE), 1),
        labels=_LABELS,
        status_labels=_STATUS_LABELS,
        badges=_BADGES,
        errors=_ERRORS,
        query=query,
    )


@post("/webhooks/{webhook_id:str}/rotate", guards=[signed_in(WRITE)], status_code=200)
async def rotate_webhook_secret(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> Template:
    """Make a new secret, and show it this once."""
    await read_form(request)
    rotated = await webhooks.rotate(request.user.owner_id, webhook_id, origin_of(request))
    return _with_secret(request, rotated)


@post("/webhooks/{webhook_id:str}/test", guards=[signed_in(WRITE)])
async def send_webhook_test(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> Redirect:
    """Send a test."""
    await read_form(request)
    await webhooks.send_test(request.user.owner_id, webhook_id)
    return _back_to(webhook_id)


@post("/webhooks/{webhook_id:str}/active", guards=[signed_in(WRITE)])
async def switch_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> Redirect:
    """Make a webhook active or not."""
    fields = await read_form(request)
    wanted = ChangeWebhookRequest(active=fields.one("active") == "true")
    await webhooks.change(request.user.owner_id, webhook_id, wanted, origin_of(request))
    return _back_to(webhook_id)


@post("/webhooks/{webhook_id:str}/remove", guards=[signed_in(WRITE)])
async def remove_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> Redirect:
    """Remove a webhook with its messages."""
    await read_form(request)
    await webhooks.remove(request.user.owner_id, webhook_id, origin_of(request))
    return Redirect("/webhooks", status_code=303)


@post("/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/retry", guards=[signed_in(WRITE)])
async def send_message_again(
    request: ApiRequest,
    webhook_id: FromPath[str],
    delivery_id: FromPath[str],
    webhooks: Service[Webhooks],
) -> Redirect:
    """Send a message again."""
    await read_form(request)
    await webhooks.send_again(request.user.owner_id, delivery_id)
    return _back_to(webhook_id)


async def _listed(
    request: ApiRequest,
    webhooks: Webhooks,
    *,
    trouble: ProblemError | None = None,
    fields: Fields | None = None,
) -> Template:
    listed = await webhooks.of_owner(request.user.owner_id)
    return page(
        request,
        "webhooks.html",
        here="webhooks",
        status_code=trouble.kind.status if trouble else 200,
        webhooks=listed,
        available=webhooks.available,
        most=MOST_WEBHOOKS,
        events=[(event, _LABELS[event]) for event in EVENTS],
        chosen=fields.every("event") if fields else list(EVENTS),
        url=fields.one("url") if fields else "",
        trouble=trouble.detail if trouble else "",
        labels=_LABELS,
    )


def _with_secret(request: ApiRequest, webhook: NewWebhookResponse) -> Template:
    return page(request, "webhook_secret.html", here="webhooks", webhook=webhook)


def _back_to(webhook_id: str) -> Redirect:
    return Redirect(f"/webhooks/{webhook_id}", status_code=303)
