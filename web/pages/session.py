"""Who is signed in at the pages, and forms that no other site can send.

A session opens pages and nothing else: the API reads the `Authorization` header alone. A form
counts when the browser says that a page of ours sent it (`Sec-Fetch-Site`, or else `Origin`), and
when it holds the value that belongs to the session: the "signed double-submit cookie" of OWASP's
Cross-Site Request Forgery Prevention Cheat Sheet.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from litestar.handlers import BaseRouteHandler

from activities.common.clock import utc_now
from activities.model.problems import FORBIDDEN, UNAUTHENTICATED
from activities.people.sessions import Session, Sessions, Via
from web.auth.tokens import Caller
from web.http.app_state import AnyConnection, held
from web.http.problems import AnyRequest, ProblemError
from web.http.session_cookies import session_ids
from web.http.urls import base_url
from web.pages.fields import Fields
from web.pages.speech import speak_with_caller

FORM_KEY = "form_key"
"""The field with which a form shows that a page of ours sent it."""

_SESSION_ID = "session_id"


class FormKeys(NamedTuple):
    """The keys of the values that belong to sessions."""

    keys: Sequence[bytes]
    """The first makes new ones; the others still count."""


async def who_is_signed_in(connection: AnyConnection) -> Caller | None:
    """The person whose session goes on, who from here on is the connection's `user`."""
    found = await _session(connection)
    if found is None:
        return None
    caller = _caller(found)
    connection.scope["user"] = caller
    return caller


async def session_via(connection: AnyConnection) -> Via | None:
    """The way by which the person came whose session goes on."""
    found = await _session(connection)
    return found.via if found else None


async def _session(connection: AnyConnection) -> Session | None:
    sessions = held(connection.app.state, Sessions)
    for session_id in session_ids(connection):
        found = await sessions.find(session_id, utc_now())
        if found is not None:
            connection.scope["state"][_SESSION_ID] = session_id
            return found
    return None


def signed_in(scope: str) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """A guard for people whose session holds a scope; the connection's `user` is the caller."""

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        # A caller who may not open this page is still signed in, as the error page shows.
        caller = await who_is_signed_in(connection)
        if caller is None:
            raise ProblemError(UNAUTHENTICATED, "Nobody is signed in.")
        speak_with_caller(connection)
        if scope not in caller.scopes:
            raise ProblemError(FORBIDDEN, f"Your sign-in needs the scope {scope}.")

    return guard


def form_key(request: AnyRequest) -> str:
    """The value that the forms of this session must hold; it is not valid in another one."""
    return _form_keys(request)[0]


async def read_form(request: AnyRequest) -> Fields:
    """The form that a page of ours sent in this session.

    Raises:
        ProblemError: it came from elsewhere, or belongs to another session.
    """
    require_own_page(request)
    fields = Fields(await request.body())
    if not is_form_key(request, fields.one(FORM_KEY)):
        raise ProblemError(
            FORBIDDEN, "The form belongs to an earlier sign-in. Go back, reload, and try again."
        )
    return fields


def is_form_key(request: AnyRequest, given: str) -> bool:
    """True if the value belongs to the session of the request."""
    known = [key.encode() for key in _form_keys(request)]
    return any(hmac.compare_digest(given.encode(errors="replace"), key) for key in known)


def require_own_page(request: AnyRequest) -> None:
    """Let only those requests pass that a page of ours sent.

    Raises:
        ProblemError: it was another site's page, or the browser does not say.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    # Browsers send the first only to places that they hold to be safe: TLS, or this machine.
    ours = site == "same-origin" if site is not None else _is_own(request, origin)
    if not ours:
        raise ProblemError(FORBIDDEN, "This form was not sent by a page of this service.")


def _is_own(request: AnyRequest, origin: str) -> bool:
    # Behind a proxy that ends TLS, scheme and port may be others than here; the host is not.
    hosts = {request.headers.get("host", ""), urlsplit(base_url(request)).netloc}
    return urlsplit(origin).netloc in hosts - {""}


def _form_keys(request: AnyRequest) -> list[str]:
    known = request.scope["state"].get(_SESSION_ID)
    ids = session_ids(request) if known is None else [known]
    keys = held(request.app.state, FormKeys).keys
    digests = [hashlib.sha256(each.encode(errors="replace")).digest() for each in ids]
    return [
        hmac.new(key, b"form of session " + digest, hashlib.sha256).hexdigest()
        for digest in digests
        for key in keys
    ]


def _caller(session: Session) -> Caller:
    return Caller(
        session.owner_id,
        frozenset(session.scopes.split(" ")),
        int(session.expires_at.timestamp()),
        session.tenant,
        session.name,
        session.email,
        session.locale,
    )
