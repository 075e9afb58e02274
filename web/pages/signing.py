"""Signing in and out."""

import re

from litestar import get, post
from litestar.response import Redirect, Template

from activities.common.clock import utc_now
from activities.jobs.audit import AuditLog, Origin
from activities.model.problems import UNAUTHENTICATED
from web.auth.tokens import ADMIN, READ, Tokens
from web.http.problems import AnyRequest, ProblemError
from web.http.request_ids import request_id
from web.pages.fields import Fields
from web.pages.page import page
from web.pages.session import (
    TokenError,
    no_cookie,
    pasted_token,
    read_form,
    require_own_page,
    session_cookie,
)
from web.services.injection import Service

# A path of ours and nothing that a browser could take for another host.
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


_SIGNED_OUT = (
    "You have signed out, and this browser has forgotten your token. The token itself stays valid "
    "until it expires: whoever else has it can still use it."
)
_ENDED = "Your sign-in has ended, because the token has expired or is no longer valid."


@get("/sign-in", sync_to_thread=False)
def sign_in_page(request: AnyRequest) -> Template:
    """Ask for a token."""
    fields = Fields(request.scope["query_string"])
    trouble = f"{_ENDED} {UNAUTHENTICATED.advice}" if fields.one("ended") else ""
    notice = _SIGNED_OUT if fields.one("left") else ""
    return _sign_in_page(request, fields.one("next"), trouble=trouble, notice=notice)


@post("/sign-in")
async def sign_in(
    request: AnyRequest, tokens: Service[Tokens], audit_log: Service[AuditLog]
) -> Template | Redirect:
    """Keep a valid token in a cookie and go where the caller was going."""
    require_own_page(request)
    fields = Fields(await request.body())
    target = fields.one("next") if _OWN_PATH.fullmatch(fields.one("next")) else "/"
    try:
        token = pasted_token(fields.one("token"))
        authorization = f"Bearer {token}"
        caller = await tokens.caller(authorization, None)
        operates = ADMIN in caller.scopes
        if not operates:
            await tokens.caller(authorization, READ)
    except TokenError as error:
        return _sign_in_page(request, target, status_code=400, trouble=str(error))
    except ProblemError as error:
        trouble = f"{error.detail} {error.kind.advice}"
        return _sign_in_page(request, target, status_code=error.kind.status, trouble=trouble)
    if operates:
        origin = Origin(caller.owner_id, request_id(request.scope))
        await audit_log.signed_in(origin, utc_now())
        if target == "/" and READ not in caller.scopes:
            target = "/admin"
    return Redirect(target, status_code=303, cookies=[session_cookie(request, token)])


@post("/sign-out")
async def sign_out(request: AnyRequest) -> Redirect:
    """Sign out: remove the cookie."""
    await read_form(request)
    return Redirect("/sign-in?left=1", status_code=303, cookies=[no_cookie(request)])


def _sign_in_page(
    request: AnyRequest, target: str, *, status_code: int = 200, trouble: str = "", notice: str = ""
) -> Template:
    return page(
        request,
        "sign_in.html",
        status_code=status_code,
        trouble=trouble,
        notice=notice,
        next=target,
    )
