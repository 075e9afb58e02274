"""Signing in by a cookie that holds the caller's token, and forms that no other site can send.

The cookie opens pages and nothing else: the API reads the `Authorization` header alone. A form
counts when the browser says that a page of ours sent it (`Sec-Fetch-Site`, or else `Origin`), and
when it holds the value that belongs to the cookie: the "signed double-submit cookie" of OWASP's
Cross-Site Request Forgery Prevention Cheat Sheet, the token standing for the session.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from activities.model.problems import FORBIDDEN
from web.auth.guards import tokens_of
from web.http.app_state import AnyConnection, held
from web.http.problems import AnyRequest, ProblemError
from web.http.urls import base_url, path_prefix
from web.pages.fields import Fields

FORM_KEY = "form_key"
"""The field with which a form shows that a page of ours sent it."""

_NAME = "export_session"
# Browsers take cookies of these names only over TLS, and one of the first only from this host
# itself and for all of it (RFC 6265bis, 4.1.3).
_HOST_NAME = f"__Host-{_NAME}"
_SECURE_NAME = f"__Secure-{_NAME}"
# Browsers drop what is longer, name and value counted together (RFC 6265bis, 5.6).
_LONGEST_COOKIE = 4096
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", re.ASCII)


class FormKeys(NamedTuple):
    """The keys of the values that belong to sessions."""

    keys: Sequence[bytes]
    """The first makes new ones; the others still count."""


class TokenError(ValueError):
    """The text that was pasted cannot be kept as a token; the message is for people."""


def pasted_token(text: str) -> str:
    """The token in pasted text: copying breaks lines, and takes words along.

    Raises:
        TokenError: there is none in it, or no browser would keep it.
    """
    token = "".join(text.split()).removeprefix("Bearer")
    if not _TOKEN.fullmatch(token):
        raise TokenError("This is not a token: it should be three long words joined by dots.")
    if len(_SECURE_NAME) + len(token) > _LONGEST_COOKIE:
        raise TokenError("This token is longer than browsers can keep. Ask for a shorter one.")
    return token


def session_cookie(request: AnyRequest, token: str) -> Cookie:
    """The cookie that keeps a token, which was verified, for as long as it is valid."""
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]
    return _cookie(request, token, max(int(expires - time.time()), 0))


def no_cookie(request: AnyRequest) -> Cookie:
    """Takes the session's cookie away."""
    return _cookie(request, "", 0)


def _cookie(request: AnyRequest, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=_cookie_name(request),
        value=value,
        max_age=seconds,
        path=path_prefix(request) or "/",
        secure=_is_over_tls(request),
        httponly=True,
        samesite="strict",
    )


def _cookie_name(connection: AnyConnection) -> str:
    """The one name that counts: over TLS another host of the domain could set the other. What is
    at other paths of this host is not to see the cookie, and `__Host-` would not have that.
    """
    if not _is_over_tls(connection):
        return _NAME
    return _SECURE_NAME if path_prefix(connection) else _HOST_NAME


def _is_over_tls(connection: AnyConnection) -> bool:
    return base_url(connection).startswith("https://")


def has_cookie(request: AnyRequest) -> bool:
    """True if the browser sent a session's cookie, valid or not."""
    return bool(_token(request))


def signed_in(scope: str) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """A guard for people whose token holds a scope; the connection's `user` is the caller."""

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        tokens = tokens_of(connection)
        authorization = f"Bearer {_token(connection)}"
        # A caller who may not open this page is still signed in, as the error page shows.
        connection.scope["user"] = await tokens.caller(authorization, None)
        await tokens.caller(authorization, scope)

    return guard


def form_key(request: AnyRequest) -> str:
    """The value that the forms of this session must hold; it is not valid with another cookie."""
    return _form_keys(request)[0]


async def read_form(request: AnyRequest) -> Fields:
    """The form that a page of ours sent in this session.

    Raises:
        ProblemError: it came from elsewhere, or belongs to another session.
    """
    require_own_page(request)
    fields = Fields(await request.body())
    given = fields.one(FORM_KEY).encode()
    if not any(hmac.compare_digest(given, key.encode()) for key in _form_keys(request)):
        raise ProblemError(
            FORBIDDEN, "The form belongs to an earlier sign-in. Go back, reload, and try again."
        )
    return fields


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
    session = hashlib.sha256(_token(request).encode()).digest()
    keys = held(request.app.state, FormKeys).keys
    return [
        hmac.new(key, b"form of session " + session, hashlib.sha256).hexdigest() for key in keys
    ]


def _token(connection: AnyConnection) -> str:
    return connection.cookies.get(_cookie_name(connection), "")
