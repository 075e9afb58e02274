"""The ways of LTI 1.3: where platforms begin a launch, and where they send people."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from litestar import MediaType, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.model.problems import KEYS_UNAVAILABLE, LINK_ENDED, SIGN_IN_FAILED
from activities.people.lti_nonces import Entry, LtiNonces
from activities.people.sessions import Person, Via
from web.auth.lti_launch import Launch, LaunchError
from web.http.own_paths import HOME, own_path
from web.http.problems import AnyRequest, ProblemError
from web.http.session_cookies import PartitionedCookie, cookie_prefix
from web.http.session_cookies import own_path as cookie_path
from web.http.urls import base_url
from web.pages.fields import Fields, query
from web.pages.page import page, page_headers
from web.pages.session import require_own_page, who_is_signed_in
from web.services.injection import Service
from web.services.lti_flows import FLOW_SECONDS, Flow, LtiFlows
from web.services.sign_ins import SignIns, failed, refused

logger = get_logger(__name__)

_LAUNCH = "/lti/launch"
_LARGEST_LAUNCH = 64 * 1024
_LONGEST_TARGET = 2_000
_HINTS = ("login_hint", "lti_message_hint")


@get("/lti/login", sync_to_thread=False)
def begin_by_link(request: AnyRequest, lti_flows: Service[LtiFlows]) -> Redirect:
    """Begin a launch."""
    return _begin(request, lti_flows, Fields(request.scope["query_string"]))


@post("/lti/login")
async def begin_by_form(request: AnyRequest, lti_flows: Service[LtiFlows]) -> Redirect:
    """Begin a launch."""
    return _begin(request, lti_flows, Fields(await request.body()))


@post(_LAUNCH, request_max_body_size=_LARGEST_LAUNCH)
async def launch(
    request: AnyRequest,
    lti_flows: Service[LtiFlows],
    lti_nonces: Service[LtiNonces],
    sign_ins: Service[SignIns],
) -> Redirect | Template:
    """Sign a person in whom a platform sends, or ask first if another browser began the flow."""
    fields = Fields(await request.body())
    state = fields.one("state")
    if fields.one("error"):
        raise _refused("the platform signed nobody in")
    try:
        flow = lti_flows.flow(state)
        found = await flow.reader.read(fields.one("id_token"), flow.expected)
    except LaunchError as error:
        raise _refused(str(error)) from None
    except ProblemError as error:
        if error.kind is KEYS_UNAVAILABLE:
            failed(Via.LTI)
        raise
    entry = Entry(_person(found), _target(request, found, flow))
    now, until = utc_now(), datetime.fromtimestamp(flow.expires, UTC)
    if not flow.is_of(request.cookies.get(_cookie_name(request, state), "")):
        code = await lti_nonces.keep(flow.expected.nonce, now, until, entry)
        if code is None:
            raise _refused("the launch was used before")
        return await _ask(request, code, entry, found, flow)
    if not await lti_nonces.use(flow.expected.nonce, now, until):
        raise _refused("the launch was used before")
    cookies = [await sign_ins.begin(request, entry.person), _flow_cookie(request, state, "", 0)]
    return Redirect(entry.next, status_code=303, cookies=cookies, headers=page_headers(request))


@post("/lti/enter")
async def enter_from_platform(
    request: AnyRequest, lti_nonces: Service[LtiNonces], sign_ins: Service[SignIns]
) -> Redirect:
    """Sign in the person who said yes."""
    require_own_page(request)
    entry = await lti_nonces.enter(Fields(await request.body()).one("code"), utc_now())
    if entry is None:
        refused(Via.LTI)
        raise ProblemError(LINK_ENDED)
    cookie = await sign_ins.begin(request, entry.person)
    return Redirect(entry.next, status_code=303, cookies=[cookie], headers=page_headers(request))


@get("/lti/config.json", sync_to_thread=False)
def tool_configuration(request: AnyRequest) -> Response[dict[str, Any]]:
    """What a platform registers the tool by, as Canvas reads it."""
    base = base_url(request)
    target = f"{base}/"
    placements = [
        {
            "placement": place,
            "message_type": "LtiResourceLinkRequest",
            "target_link_uri": target,
            "windowTarget": "_blank",
        }
        for place in ("course_navigation", "link_selection")
    ]
    return Response(
        {
            "title": "Course export",
            "description": "Exports study guides, flashcards and outlines as files.",
            "oidc_initiation_url": f"{base}/lti/login",
            "target_link_uri": target,
            "redirect_uris": [f"{base}{_LAUNCH}"],
            "scopes": [],
            "public_jwk": {},
            "custom_fields": {},
            "extensions": [
                {
                    "platform": "canvas.instructure.com",
                    "privacy_level": "public",
                    "settings": {"placements": placements},
                }
            ],
        },
        media_type=MediaType.JSON,
    )


def _begin(request: AnyRequest, flows: LtiFlows, fields: Fields) -> Redirect:
    base = base_url(request)
    target, deployment = fields.one("target_link_uri"), fields.one("lti_deployment_id") or None
    try:
        platform = flows.platform(fields.one("iss"), fields.one("client_id"))
    except LaunchError as error:
        raise _refused(str(error)) from None
    if not _is_ours(request, target):
        raise _refused("the target is no page of this service")
    if not fields.one("login_hint"):
        raise _refused("there is no login_hint")
    if deployment is not None and not platform.deploys(deployment):
        raise _refused("the deployment is not one of those registered")
    flow = flows.begin(
        platform,
        target=target,
        deployment=deployment,
        redirect_uri=f"{base}{_LAUNCH}",
        hints={name: fields.one(name) for name in _HINTS if fields.one(name)},
    )
    cookie = _flow_cookie(request, flow.state, flow.binding, FLOW_SECONDS)
    # By GET: a platform's cookies that are `Lax` come along with no form from elsewhere.
    return Redirect(flow.url, status_code=303, cookies=[cookie], headers=page_headers(request))


async def _ask(request: AnyRequest, code: str, entry: Entry, found: Launch, flow: Flow) -> Template:
    """Ask whether it is this person who wants to come in: anybody could have sent the form."""
    present = await who_is_signed_in(request)
    return page(
        request,
        "lti_enter.html",
        code=code,
        newcomer=entry.person.name or entry.person.owner_id,
        platform=flow.reader.platform.name,
        course=found.course,
        present=(present.name or present.owner_id) if present else "",
    )


def _refused(reason: str) -> ProblemError:
    refused(Via.LTI)
    logger.info("launch refused", reason=reason)
    return ProblemError(SIGN_IN_FAILED, f"Your platform's launch was not taken: {reason}.")


def _person(found: Launch) -> Person:
    return Person(
        owner_id=found.owner_id,
        scopes=found.scopes,
        via=Via.LTI,
        name=found.name,
        email=found.email,
        locale=found.locale,
    )


def _target(request: AnyRequest, found: Launch, flow: Flow) -> str:
    """The page that a launch leads to: what its link says, else its target."""
    named = own_path(request, found.next or "")
    if named is not None:
        return named
    if found.item is not None:
        return f"/exports/new?{query(item=found.item)}"
    path = flow.expected.target.removeprefix(base_url(request))
    return HOME if path.startswith("/lti/") else path or HOME


def _is_ours(request: AnyRequest, target: str) -> bool:
    base = base_url(request)
    if not target.startswith(base) or len(target) > _LONGEST_TARGET:
        return False
    rest = target.removeprefix(base)
    return not rest or own_path(request, rest) is not None


def _flow_cookie(request: AnyRequest, state: str, value: str, seconds: int) -> Cookie:
    """Says, in a frame too, that a launch comes to the browser that began it."""
    return PartitionedCookie(
        key=_cookie_name(request, state),
        value=value,
        max_age=seconds,
        path=cookie_path(request),
        secure=True,
        httponly=True,
        samesite="none",
    )


def _cookie_name(request: AnyRequest, state: str) -> str:
    # One a flow: several tabs may be on their way.
    digest = hashlib.sha256(state.encode(errors="replace")).hexdigest()
    return f"{cookie_prefix(request)}export_lti_{digest[:16]}"
