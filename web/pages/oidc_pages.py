"""Signing in at an OpenID Connect provider, and what it tells us when somebody signs out there."""

import hmac
import time

from litestar import Response as LitestarResponse
from litestar import get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from activities.common.clock import utc_now
from activities.model.problems import PROVIDER_UNAVAILABLE, SIGN_IN_FAILED
from activities.people.sessions import Sessions, Via
from web.auth.oidc import FLOW_SECONDS, Flow, Oidc, Response
from web.http.app_state import held
from web.http.own_paths import HOME, own_path_or_home
from web.http.problems import AnyRequest, ProblemError
from web.http.request_ids import request_id
from web.http.sealed_cookies import LONGEST, seal, unseal
from web.http.session_cookies import cookie_prefix, is_over_tls, own_path
from web.http.urls import base_url
from web.pages.fields import Fields
from web.pages.page import page_headers
from web.pages.session import FormKeys
from web.services.injection import Service
from web.services.sign_ins import SignIns, failed, refused

_CALLBACK = "/sign-in/oidc/callback"
_PURPOSE = "sign-in by oidc"
_NAME = "export_oidc_"
_NAMED_BY = 16
"""Characters of the state that tell the cookies of several tabs apart."""


@get("/sign-in/oidc")
async def begin_at_provider(request: AnyRequest, oidc: Service[Oidc]) -> Redirect:
    """Lead to the provider; a cookie keeps what its response must belong to."""
    target = own_path_or_home(request, Fields(request.scope["query_string"]).one("next"))
    try:
        url, flow = await oidc.begin(f"{base_url(request)}{_CALLBACK}", target)
    except ProblemError as error:
        raise _counted(error) from None
    keys = held(request.app.state, FormKeys).keys
    sealed = seal(flow, _PURPOSE, keys)
    if len(sealed) > LONGEST:
        sealed = seal(Flow(flow.state, flow.nonce, flow.verifier, HOME, flow.begun), _PURPOSE, keys)
    cookie = _flow_cookie(request, flow.state, sealed, FLOW_SECONDS)
    return Redirect(url, status_code=303, cookies=[cookie], headers=page_headers(request))


@get(_CALLBACK)
async def come_from_provider(
    request: AnyRequest, oidc: Service[Oidc], sign_ins: Service[SignIns]
) -> Redirect:
    """Sign in whom the provider sent back, and go where they were going."""
    fields = Fields(request.scope["query_string"])
    try:
        flow = _flow_of(request, fields.one("state"))
        response = Response(
            code=fields.one("code"), iss=fields.one("iss"), error=fields.one("error")
        )
        person = await oidc.person(response, flow, f"{base_url(request)}{_CALLBACK}")
    except ProblemError as error:
        raise _counted(error) from None
    cookies = [
        await sign_ins.begin(request, person),
        _flow_cookie(request, flow.state, "", 0),
    ]
    return Redirect(flow.next, status_code=303, cookies=cookies, headers=page_headers(request))


@post("/sign-in/oidc/logout", status_code=200)
async def end_by_provider(
    request: AnyRequest, oidc: Service[Oidc], sessions: Service[Sessions]
) -> LitestarResponse[None]:
    """End the sessions of somebody who signed out at the provider, which calls this by itself."""
    ended = await oidc.ended(Fields(await request.body()).one("logout_token"))
    await sessions.end_of_provider(
        Via.OIDC, utc_now(), request_id(request.scope), sid=ended.sid, sub=ended.sub
    )
    return LitestarResponse(None, status_code=200)


@get("/sign-in/oidc/leave")
async def leave_provider(request: AnyRequest, oidc: Service[Oidc]) -> Redirect:
    """Lead to where one signs out at the provider."""
    return Redirect(await oidc.leave_url(), status_code=303, headers=page_headers(request))


def _flow_of(request: AnyRequest, state: str) -> Flow:
    """The sign-in that this browser began with this state.

    Raises:
        ProblemError: it began none, or too long ago.
    """
    keys = held(request.app.state, FormKeys).keys
    sealed = request.cookies.get(_cookie_name(request, state), "")
    flow = unseal(sealed, Flow, _PURPOSE, keys)
    if (
        flow is None
        or not hmac.compare_digest(flow.state.encode(), state.encode(errors="replace"))
        or time.time() - flow.begun > FLOW_SECONDS
    ):
        raise ProblemError(
            SIGN_IN_FAILED, "This sign-in was not begun in this browser, or it took too long."
        )
    return flow


def _counted(error: ProblemError) -> ProblemError:
    if error.kind is PROVIDER_UNAVAILABLE:
        failed(Via.OIDC)
    elif error.kind is SIGN_IN_FAILED:
        refused(Via.OIDC)
    return error


def _flow_cookie(request: AnyRequest, state: str, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=_cookie_name(request, state),
        value=value,
        max_age=seconds,
        path=own_path(request),
        secure=is_over_tls(request),
        httponly=True,
        # The provider's page leads back here, so that `strict` would keep it away.
        samesite="lax",
    )


def _cookie_name(request: AnyRequest, state: str) -> str:
    prefix = cookie_prefix(request) if is_over_tls(request) else ""
    return f"{prefix}{_NAME}{state[:_NAMED_BY]}"
