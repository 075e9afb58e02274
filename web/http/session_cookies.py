"""The cookies that hold the id of a person's session.

One is for pages in a tab of their own, and no other site's request brings it along. The other is
for pages in a frame of another site's page: browsers keep it apart for each site that frames us
(CHIPS), and it counts in such a frame alone.
"""

from datetime import timedelta
from typing import Any, Literal

from litestar.datastructures import Cookie

from web.http.app_state import AnyConnection
from web.http.urls import base_url, path_prefix

_NAME = "export_session"
_FRAME_NAME = "export_frame"
# Browsers take cookies of these names only over TLS, and one of the first only from this host
# itself and for all of it (RFC 6265bis, 4.1.3).
_HOST = "__Host-"
_SECURE = "__Secure-"
_OUTLIVES = timedelta(days=1)
"""How long a browser keeps the id of a session that is over, so that it can be told so."""


class PartitionedCookie(Cookie):
    """A cookie of this site within one site that frames it."""

    def to_header(self, **kwargs: Any) -> str:
        """See `Cookie.to_header`, which does not know the attribute."""
        return f"{super().to_header(**kwargs)}; Partitioned"


def is_framed(connection: AnyConnection) -> bool:
    """True if the browser says that the page is for a frame."""
    return connection.headers.get("sec-fetch-dest") == "iframe"


def session_ids(connection: AnyConnection) -> list[str]:
    """The ids that count in this request, the likelier one first; empty when there is none.

    What a script of ours fetches, and a picture that a page of ours shows, may be for either kind
    of page.
    """
    destination = connection.headers.get("sec-fetch-dest")
    names = [_name(connection)]
    if destination == "iframe":
        names.insert(0, _frame_name(connection))
    elif (
        destination in {"empty", "image"}
        and connection.headers.get("sec-fetch-site") == "same-origin"
    ):
        names.append(_frame_name(connection))
    return [found for name in names if (found := connection.cookies.get(name))]


def replaced_session(connection: AnyConnection) -> str:
    """The id that a session which begins now takes the place of; empty when there is none."""
    name = _frame_name(connection) if is_framed(connection) else _name(connection)
    return connection.cookies.get(name, "")


def session_cookie(connection: AnyConnection, session_id: str, life: timedelta) -> Cookie:
    """The cookie of a session that lasts for so long: of a frame if the request is for one."""
    seconds = max(int((life + _OUTLIVES).total_seconds()), 0)
    if is_framed(connection):
        return _frame_cookie(connection, session_id, seconds)
    return _cookie(connection, session_id, seconds)


def no_cookies(connection: AnyConnection) -> list[Cookie]:
    """Takes away the cookies that the request came with."""
    found = [_cookie(connection, "", 0)] if _name(connection) in connection.cookies else []
    if is_framed(connection) and _frame_name(connection) in connection.cookies:
        found.append(_frame_cookie(connection, "", 0))
    return found


def own_path(connection: AnyConnection) -> str:
    """The path that a cookie of all pages is for."""
    return f"{path_prefix(connection)}/"


def is_over_tls(connection: AnyConnection) -> bool:
    """True if callers reach the service by https."""
    return base_url(connection).startswith("https://")


def _cookie(connection: AnyConnection, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=_name(connection),
        value=value,
        max_age=seconds,
        path=own_path(connection),
        secure=is_over_tls(connection),
        httponly=True,
        samesite="strict",
    )


def _frame_cookie(connection: AnyConnection, value: str, seconds: int) -> Cookie:
    same_site: Literal["none"] = "none"
    # Without `Secure` browsers take neither attribute; on loopback they need no TLS for it.
    return PartitionedCookie(
        key=_frame_name(connection),
        value=value,
        max_age=seconds,
        path=own_path(connection),
        secure=True,
        httponly=True,
        samesite=same_site,
    )


def _name(connection: AnyConnection) -> str:
    """The one name that counts: over TLS another host of the domain could set the other. What is
    at other paths of this host is not to see the cookie, and `__Host-` would not have that.
    """
    return f"{cookie_prefix(connection)}{_NAME}" if is_over_tls(connection) else _NAME


def _frame_name(connection: AnyConnection) -> str:
    return f"{cookie_prefix(connection)}{_FRAME_NAME}"


def cookie_prefix(connection: AnyConnection) -> str:
    """What browsers take cookies by over TLS alone, and from this host or for this path alone."""
    return _SECURE if path_prefix(connection) else _HOST
