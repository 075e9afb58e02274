"""Signing in and out."""

import re
from datetime import UTC, datetime

from litestar import get, post
from litestar.response import Redirect, Template

from activities.model.problems import UNAUTHENTICATED
from activities.people.sessions import Person, Via
from web.auth.oidc import Oidc
from web.auth.tokens import ADMIN, READ, Caller, Tokens
from web.http.app_state import held
from web.http.own_paths import own_path_or_home
from web.http.problems import AnyRequest, ProblemError
from web.pages.fields import Fields
from web.pages.kept_form import is_kept
from web.pages.page import page
from web.pages.session import read_form, require_own_page, session_via
from web.pages.words import N_, PAGES, _
from web.services.injection import Service
from web.services.sign_ins import SignIns, refused

_TOKEN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", re.ASCII)
_NO_TOKEN = N_("This is not a token: it should be three long words joined by dots.")

_SIGNED_OUT = N_(
    "You have signed out. If you came with a token, it stays valid until it expires: whoever else "
    "has it can still use it."
)
_SIGNED_OUT_AT_PROVIDER = N_("You have signed out here.")
_ENDED = N_("Your sign-in has ended: its time was up, or it was ended elsewhere.")
_KEPT = N_("What you had filled in is kept, and you go on with it once you have signed in.")


@get("/sign-in", sync_to_thread=False)
def sign_in_page(request: AnyRequest) -> Template:
    """Ask for a token."""
    fields = Fields(request.scope["query_string"])
    trouble = f"{_(_ENDED)} {_(UNAUTHENTICATED.advice)}" if fields.one("ended") else ""
    left = fields.one("left")
    target = own_path_or_home(request, fields.one("next"))
    if trouble and is_kept(target):
        trouble = f"{trouble} {_(_KEPT)}"
    told = _SIGNED_OUT_AT_PROVIDER if left == Via.OIDC else _SIGNED_OUT
    notice = _(told) if left else ""
    return _sign_in_page(request, target, trouble=trouble, notice=notice, left=left)


@post("/sign-in")
async def sign_in(
    request: AnyRequest, tokens: Service[Tokens], sign_ins: Service[SignIns]
) -> Template | Redirect:
    """Begin a session for the caller of a valid token, and go where the caller was going."""
    require_own_page(request)
    fields = Fields(await request.body())
    target = own_path_or_home(request, fields.one("next"))
    # Copying breaks lines, and takes words along.
    token = "".join(fields.one("token").split()).removeprefix("Bearer")
    if not _TOKEN.fullmatch(token):
        refused(Via.TOKEN)
        return _sign_in_page(request, target, status_code=400, trouble=_(_NO_TOKEN))
    try:
        authorization = f"Bearer {token}"
        caller = await tokens.caller(authorization, None)
        if ADMIN not in caller.scopes:
            await tokens.caller(authorization, READ)
    except ProblemError as error:
        refused(Via.TOKEN)
        trouble = f"{PAGES.sentence(error.detail) or error.detail} {_(error.kind.advice)}"
        return _sign_in_page(request, target, status_code=error.kind.status, trouble=trouble)
    cookie = await sign_ins.begin(request, person_of(caller, Via.TOKEN))
    if target == "/" and READ not in caller.scopes:
        target = "/admin"
    return Redirect(target, status_code=303, cookies=[cookie])


@post("/sign-out")
async def sign_out(request: AnyRequest, sign_ins: Service[SignIns]) -> Redirect:
    """Sign out: from now on the session opens nothing."""
    await read_form(request)
    caller_came_by = await session_via(request)
    left = "oidc" if caller_came_by is Via.OIDC else "1"
    return Redirect(f"/sign-in?left={left}", status_code=303, cookies=await sign_ins.end(request))


def person_of(caller: Caller, via: Via) -> Person:
    """The person that a token names."""
    return Person(
        owner_id=caller.owner_id,
        scopes=caller.scopes,
        via=via,
        name=caller.name,
        email=caller.email,
        locale=caller.locale,
        tenant=caller.tenant,
        until=datetime.fromtimestamp(caller.expires, UTC),
    )


def _sign_in_page(
    request: AnyRequest,
    target: str,
    *,
    status_code: int = 200,
    trouble: str = "",
    notice: str = "",
    left: str = "",
) -> Template:
    provider = held(request.app.state, Oidc).name
    return page(
        request,
        "sign_in.html",
        status_code=status_code,
        trouble=trouble,
        notice=notice,
        next=target,
        provider=provider,
        token_form=True,
        tried=request.method == "POST",
        leaves_provider=bool(provider) and left == Via.OIDC,
    )
