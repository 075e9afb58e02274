"""Shows errors as pages."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.response import Redirect, Template

from activities.model.problems import UNAUTHENTICATED, problem_type
from web.http.framing import may_be_framed
from web.http.own_paths import HOME, own_path
from web.http.problems import AnyRequest, explain
from web.http.session_cookies import is_framed, no_cookies, session_ids
from web.pages.fields import query
from web.pages.kept_form import goes_on_at
from web.pages.landing import landing_page
from web.pages.page import page, page_headers
from web.pages.words import _


def error_page(request: AnyRequest, error: Exception) -> Response[Any]:
    """An error as a page that says what to do; without a session it leads to signing in."""
    problem, headers = explain(request, error)
    if problem.code == UNAUTHENTICATED.code:
        return _without_session(request)
    kept = {name: value for name, value in headers.items() if name == "Retry-After"}
    return page(
        request,
        "trouble.html",
        status_code=problem.status,
        headers=kept,
        problem=problem,
        advice=_(problem_type(problem.code).advice),
    )


def _without_session(request: AnyRequest) -> Response[Any]:
    is_looking = request.method in {"GET", "HEAD"}
    if _came_from_elsewhere(request):
        return _arrival(request)
    if is_looking and is_framed(request) and may_be_framed(request):
        # The page to sign in shows itself in no frame.
        return page(request, "framed_out.html", asked=_asked(request), cookies=no_cookies(request))
    if is_looking and request.url.path == HOME and not session_ids(request):
        return landing_page(request)
    return _sign_in_first(request)


def _came_from_elsewhere(request: AnyRequest) -> bool:
    """True if a link on another site led here: then browsers do not send the cookie."""
    foreign = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return foreign and request.method in {"GET", "HEAD"}


def _arrival(request: AnyRequest) -> Template:
    """A page that asks for the same once more: now it is a page of ours that does."""
    return page(request, "arrival.html", asked=_asked(request))


def _asked(request: AnyRequest) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _sent_from(request: AnyRequest) -> str:
    """The page of ours whose form was sent; empty: the browser does not say."""
    page_url = urlsplit(request.headers.get("referer", ""))
    if page_url.netloc != request.headers.get("host"):
        return ""
    asked = page_url.path + (f"?{page_url.query}" if page_url.query else "")
    return own_path(request, asked) or ""


def _sign_in_first(request: AnyRequest) -> Redirect:
    """To the sign-in page, and from there to the page that was asked for."""
    ended = bool(session_ids(request))
    is_looking = request.method in {"GET", "HEAD"}
    fields = query(
        next=_asked(request) if is_looking else goes_on_at(request) or _sent_from(request),
        ended="1" if ended else "",
    )
    return Redirect(
        f"/sign-in?{fields}",
        status_code=303,
        cookies=no_cookies(request),
        headers=page_headers(request),
    )
