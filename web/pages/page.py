"""A page with what every page shows, and the headers that every page has."""

import time
from datetime import UTC, datetime

from litestar.datastructures import Cookie
from litestar.response import Template

from activities.people.languages import SOURCE, speak, spoken
from web.auth.tokens import ADMIN, READ, Caller
from web.http.framing import frame_policy
from web.http.problems import AnyRequest
from web.pages.fields import query
from web.pages.session import form_key
from web.pages.speech import language_links

_IN_ENGLISH = ("admin_",)
"""Pages for those who operate, whose logs, metrics and guides are in English too."""

# Nothing inline, nothing from elsewhere, forms to nowhere else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
_SOON_SECONDS = 300
"""How long before its end somebody is told that the session ends."""
_HEADERS = {
    # With `no-referrer` browsers would send `Origin: null` along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language",
}


def page_headers(request: AnyRequest) -> dict[str, str]:
    """The headers of every page."""
    return {"Content-Security-Policy": f"{_POLICY}{frame_policy(request)}", **_HEADERS}


def page(
    request: AnyRequest,
    template: str,
    *,
    status_code: int = 200,
    cookies: list[Cookie] | None = None,
    headers: dict[str, str] | None = None,
    **context: object,
) -> Template:
    """A page; for those who have signed in, with their name and their forms' key."""
    if template.startswith(_IN_ENGLISH):
        speak(SOURCE)
    caller: Caller | None = request.scope.get("user")
    may_read = caller is not None and READ in caller.scopes
    may_operate = caller is not None and ADMIN in caller.scopes
    shown = {
        "owner": (caller.name or caller.owner_id) if caller else "",
        "form_key": form_key(request) if caller else "",
        "here": "",
        "content_query": "",
        "session_ends": datetime.fromtimestamp(caller.expires, UTC) if caller else None,
        "session_ends_soon": caller is not None and caller.expires - time.time() < _SOON_SECONDS,
        "sign_in_again": query(next=_here(request)),
        "home": "/admin" if may_operate and not may_read else "/",
        "may_read": may_read,
        "may_operate": may_operate,
        "spoken": spoken(),
        "language_links": language_links(request),
    }
    return Template(
        template,
        context=shown | context,
        status_code=status_code,
        cookies=cookies or [],
        headers={**page_headers(request), **(headers or {})},
    )


def _here(request: AnyRequest) -> str:
    """The path at which the page is seen again; of one that a form led to, the first page."""
    return request.url.path if request.method in {"GET", "HEAD"} else "/"
