"""The route by which a platform's backend makes sign-in links."""

from typing import Annotated

from litestar import Router, post
from litestar.params import Body

from activities.model.problems import (
    CONTENT_ENCODED,
    DATABASE_UNAVAILABLE,
    ERASURE_IN_PROGRESS,
    INVALID_REQUEST,
    KEYS_UNAVAILABLE,
    NOT_JSON,
    TOO_LARGE,
    UNAUTHENTICATED,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.http.json_body import JsonBody
from web.http.own_paths import own_path
from web.http.problems import FieldError, invalid
from web.http.urls import base_url
from web.routes.openapi_examples import SIGN_IN_LINK, SIGN_IN_LINK_REQUEST
from web.routes.responses import problems, responses
from web.schemas.sign_in_links import SignInLink, SignInLinkRequest
from web.services.injection import Service
from web.services.sign_in_links import SignInLinks


@post(
    "/sign-in-links",
    guards=[requires(None)],
    dto=JsonBody[SignInLinkRequest],
    return_dto=None,
    status_code=201,
    summary="Make a sign-in link",
    responses=responses(201, SignInLink, "The link.", SIGN_IN_LINK)
    | problems(
        INVALID_REQUEST,
        UNAUTHENTICATED,
        TOO_LARGE,
        NOT_JSON,
        CONTENT_ENCODED,
        ERASURE_IN_PROGRESS,
        DATABASE_UNAVAILABLE,
        KEYS_UNAVAILABLE,
    ),
)
async def make_sign_in_link(
    request: ApiRequest,
    sign_in_links: Service[SignInLinks],
    data: Annotated[SignInLinkRequest, Body(examples=SIGN_IN_LINK_REQUEST)],
) -> SignInLink:
    """Make a link by which the token's owner is signed in to the pages, once and within a minute.

    For the backend of a platform: its "Export" button leads the browser to `url`, and from there to
    `next`. The session may read and write exports as far as the token may, and never operates.
    """
    target = own_path(request, data.next)
    if target is None:
        raise invalid(
            [FieldError("next: Give a path of this service, such as /exports.", pointer="/next")]
        )
    return await sign_in_links.make(request.user, target, base_url(request), origin_of(request))


ROUTES = Router(
    "/api/export",
    route_handlers=[make_sign_in_link],
    tags=["people"],
    security=[{"bearer": []}],
)
