"""Webhooks: register, read, change, remove, test, rotate, and look at their messages."""

from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from activities.automation.webhook_model import MOST_WEBHOOKS
from activities.model.problems import (
    CONTENT_ENCODED,
    ERASURE_IN_PROGRESS,
    NOT_FOUND,
    NOT_JSON,
    TOO_LARGE,
    TOO_MANY_WEBHOOKS,
    WEBHOOKS_OFF,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import READ, WRITE
from web.http.json_body import JsonBody
from web.http.urls import base_url
from web.routes.responses import ANY_CALL, problems, responses
from web.routes.webhook_examples import (
    DELIVERIES,
    DELIVERY_AGAIN,
    NEW_WEBHOOK,
    TEST_DELIVERY,
    WEBHOOK,
    WEBHOOKS,
)
from web.schemas.page import Page
from web.schemas.webhooks import (
    ChangeWebhookRequest,
    CreateWebhookRequest,
    DeliveryResponse,
    NewWebhookResponse,
    WebhookResponse,
)
from web.services.injection import Service
from web.services.paging import USUAL_PAGE_SIZE, PageCursor, PageNumber, PageSize, Paging
from web.services.webhooks import Webhooks

_WebhookPage = Annotated[Page[WebhookResponse], Body(schema_component_key="WebhookPage")]
_DeliveryPage = Annotated[Page[DeliveryResponse], Body(schema_component_key="DeliveryPage")]
_ANY_BODY = (*ANY_CALL, TOO_LARGE, NOT_JSON, CONTENT_ENCODED)


@post(
    "/",
    guards=[requires(WRITE)],
    dto=JsonBody[CreateWebhookRequest],
    return_dto=None,
    status_code=201,
    summary="Register a webhook",
    responses=responses(201, NewWebhookResponse, "The webhook, and its secret.", NEW_WEBHOOK)
    | problems(*_ANY_BODY, TOO_MANY_WEBHOOKS, WEBHOOKS_OFF, ERASURE_IN_PROGRESS),
)
async def create_webhook(
    request: ApiRequest,
    webhooks: Service[Webhooks],
    data: Annotated[
        CreateWebhookRequest,
        Body(
            examples=[
                Example(
                    value={
                        "url": "https://platform.example/hooks/exports",
                        "events": ["export.completed", "export.failed"],
                    }
                )
            ]
        ),
    ],
) -> Response[NewWebhookResponse]:
    """Register an address that is told of events; the secret is shown now and never again."""
    created = await webhooks.create(request.user.owner_id, data, origin_of(request))
    location = f"{base_url(request)}/api/export/webhooks/{created.webhook_id}"
    return Response(created, status_code=201, headers={"Location": location})


@get(
    "/",
    guards=[requires(READ)],
    summary="List the caller's webhooks",
    responses=responses(200, _WebhookPage, "All of them.", WEBHOOKS) | problems(*ANY_CALL),
)
async def list_webhooks(request: ApiRequest, webhooks: Service[Webhooks]) -> Response[_WebhookPage]:
    """List all webhooks on one page, newest first; an owner has twenty at most."""
    items = await webhooks.of_owner(request.user.owner_id)
    return Response(Page(items, 1, MOST_WEBHOOKS, len(items), 1 if items else 0))


@get(
    "/{webhook_id:str}",
    guards=[requires(READ)],
    summary="Read a webhook",
    responses=responses(200, WebhookResponse, "The webhook.", WEBHOOK)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def get_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> WebhookResponse:
    """Read a webhook, without its secret."""
    return await webhooks.get(request.user.owner_id, webhook_id)


@patch(
    "/{webhook_id:str}",
    guards=[requires(WRITE)],
    dto=JsonBody[ChangeWebhookRequest],
    return_dto=None,
    summary="Change a webhook",
    responses=responses(200, WebhookResponse, "The webhook.", WEBHOOK)
    | problems(*_ANY_BODY, NOT_FOUND),
)
async def change_webhook(
    request: ApiRequest,
    webhook_id: FromPath[str],
    webhooks: Service[Webhooks],
    data: Annotated[ChangeWebhookRequest, Body(examples=[Example(value={"active": False})])],
) -> WebhookResponse:
    """Change what the body names. `active: true` also forgets the failures there were."""
    return await webhooks.change(request.user.owner_id, webhook_id, data, origin_of(request))


@delete(
    "/{webhook_id:str}",
    guards=[requires(WRITE)],
    status_code=204,
    summary="Remove a webhook",
    responses=problems(*ANY_CALL, NOT_FOUND),
)
async def delete_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> None:
    """Remove a webhook and its messages, those on their way included."""
    await webhooks.remove(request.user.owner_id, webhook_id, origin_of(request))


@post(
    "/{webhook_id:str}/test",
    guards=[requires(WRITE)],
    status_code=202,
    summary="Send a test to a webhook",
    responses=responses(202, DeliveryResponse, "The message.", TEST_DELIVERY)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def test_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> DeliveryResponse:
    """Send a message of the type `webhook.test`, also while the webhook is inactive."""
    return await webhooks.send_test(request.user.owner_id, webhook_id)


@post(
    "/{webhook_id:str}/rotate",
    guards=[requires(WRITE)],
    status_code=200,
    summary="Give a webhook a new secret",
    responses=responses(200, NewWebhookResponse, "The webhook, and its secret.", NEW_WEBHOOK)
    | problems(*ANY_CALL, NOT_FOUND, WEBHOOKS_OFF),
)
async def rotate_webhook(
    request: ApiRequest, webhook_id: FromPath[str], webhooks: Service[Webhooks]
) -> NewWebhookResponse:
    """Make a new secret. For a day messages are signed by the one before it, too."""
    return await webhooks.rotate(request.user.owner_id, webhook_id, origin_of(request))


@get(
    "/{webhook_id:str}/deliveries",
    guards=[requires(READ)],
    summary="List a webhook's messages",
    responses=responses(200, _DeliveryPage, "One page.", DELIVERIES)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def list_webhook_deliveries(
    request: ApiRequest,
    webhook_id: FromPath[str],
    webhooks: Service[Webhooks],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
) -> Response[_DeliveryPage]:
    """List messages with their attempts, newest first; `Link` leads to the other pages."""
    wanted = paging.page(page, page_size, cursor)
    items, listed = await webhooks.deliveries(request.user.owner_id, webhook_id, wanted)
    url = f"{base_url(request)}/api/export/webhooks/{webhook_id}/deliveries"
    return wanted.response(items, listed, url, {})


@post(
    "/deliveries/{delivery_id:str}/retry",
    guards=[requires(WRITE)],
    status_code=202,
    summary="Send a message again",
    responses=responses(202, DeliveryResponse, "The message.", DELIVERY_AGAIN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def retry_webhook_delivery(
    request: ApiRequest, delivery_id: FromPath[str], webhooks: Service[Webhooks]
) -> DeliveryResponse:
    """Send a message again, with the same id; one that is on its way goes on as it is."""
    return await webhooks.send_again(request.user.owner_id, delivery_id)


ROUTES = Router(
    "/api/export/webhooks",
    route_handlers=[
        create_webhook,
        list_webhooks,
        get_webhook,
        change_webhook,
        delete_webhook,
        test_webhook,
        rotate_webhook,
        list_webhook_deliveries,
        retry_webhook_delivery,
    ],
    tags=["webhooks"],
    security=[{"bearer": []}],
)
