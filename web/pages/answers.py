"""How a page is answered: its template, its headers, and errors as pages."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.template import TemplateConfig

from activities.model.problems import UNAUTHENTICATED, problem_type
from web.auth.tokens import ADMIN, READ
from web.http.problems import AnyRequest, explain
from web.pages import wording
from web.pages.fields import query
from web.pages.plain_titles import plain_title
from web.pages.session import form_key, has_cookie, no_cookie

ASSETS = Path(__file__).parent / "static"

_HEADERS = {
    # Nothing inline, nothing from elsewhere, forms to nowhere else.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With `no-referrer` browsers would send `Origin: null` along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie",
}


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates of the pages; whatever they are given is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What a running service shows belongs to the code that it runs.
        auto_reload=False,
    )
    environment.globals["asset"] = asset_url
    environment.filters |= {
        "plain_title": plain_title,
        "size": wording.size,
        "duration": wording.duration,
        "day": wording.day,
        "moment": wording.at_moment,
    }
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def page(
    request: AnyRequest,
    template: str,
    *,
    status_code: int = 200,
    cookies: list[Cookie] | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Template:
    """A page; for those who have signed in, with their name and their forms' key."""
    caller = request.scope.get("user")
    may_read = caller is not None and READ in caller.scopes
    may_operate = caller is not None and ADMIN in caller.scopes
    shown = {
        "owner": caller.owner_id if caller else "",
        "form_key": form_key(request) if caller else "",
        "here": "",
        "home": "/admin" if may_operate and not may_read else "/",
        "may_read": may_read,
        "may_operate": may_operate,
    }
    return Template(
        template,
        context=shown | context,
        status_code=status_code,
        cookies=cookies or [],
        headers={**(headers or {}), **_HEADERS},
    )


def trouble_page(request: AnyRequest, error: Exception) -> Response[Any]:
    """An error as a page that says what to do; whoever is not signed in gets to do that."""
    problem, headers = explain(request, error)
    if problem.code == UNAUTHENTICATED.code:
        return _arrival(request) if _came_from_elsewhere(request) else _sign_in_first(request)
    kept = {name: value for name, value in headers.items() if name == "Retry-After"}
    return page(
        request,
        "trouble.html",
        status_code=problem.status,
        headers=kept,
        problem=problem,
        advice=problem_type(problem.code).advice,
    )


def _came_from_elsewhere(request: AnyRequest) -> bool:
    """Whether a link on another site led here: then browsers keep the cookie to themselves."""
    foreign = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return foreign and request.method == "GET"


def _arrival(request: AnyRequest) -> Template:
    """A page that asks for the same once more: now it is a page of ours that does."""
    return page(request, "arrival.html", asked=_asked(request))


def _asked(request: AnyRequest) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _sign_in_first(request: AnyRequest) -> Redirect:
    """To the sign-in page, and from there to the page that was asked for."""
    ended = has_cookie(request)
    fields = query(
        next=_asked(request) if request.method == "GET" else "", ended="1" if ended else ""
    )
    return Redirect(
        f"/sign-in?{fields}",
        status_code=303,
        cookies=[no_cookie(request)] if ended else [],
        headers=_HEADERS,
    )


@cache
def asset_url(name: str) -> str:
    """Where an asset is: its content is in the address, so that browsers may keep it."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return f"/assets/{digest}/{name}"
