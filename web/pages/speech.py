"""The language of a page: asked for, kept in a cookie, named by the token, or by the browser."""

from urllib.parse import parse_qsl, urlencode

from litestar import Request
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from activities.people.languages import (
    LANGUAGES,
    SOURCE,
    Language,
    accepted_language,
    known_language,
    speak,
    speaking,
)
from web.auth.tokens import Caller
from web.http.app_state import AnyConnection
from web.http.problems import AnyRequest
from web.http.urls import base_url, path_prefix
from web.pages.fields import Fields

_FIELD = "lang"
_COOKIE = "export_lang"
_YEAR = 365 * 86_400


class SpeakWithCaller(ASGIMiddleware):
    """Has everything about a request said in its language, and keeps one that was asked for."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass the request on, spoken to in the language of whoever sent it."""
        request: AnyRequest = Request(scope)
        asked = _asked_for(request)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and asked is not None:
                headers = MutableScopeHeaders.from_message(message)
                headers.add("Set-Cookie", _cookie(request, asked).to_header(header=""))
            await send(message)

        with speaking(language_of(request)):
            await next_app(scope, receive, send_with_cookie)


def language_of(connection: AnyConnection) -> Language:
    """The language to speak in: of `?lang=`, else of the cookie, else of the token's claim
    `locale`, else of `Accept-Language`, else English.
    """
    caller: Caller | None = connection.scope.get("user")
    return (
        _asked_for(connection)
        or known_language(connection.cookies.get(_COOKIE, ""))
        or known_language((caller and caller.locale) or "")
        or accepted_language(connection.headers.get("accept-language", ""))
        or SOURCE
    )


def speak_with_caller(connection: AnyConnection) -> None:
    """Speak from now on in the language of a caller who is known only now."""
    speak(language_of(connection))


def language_links(request: AnyRequest) -> list[tuple[Language, str]]:
    """Each language with the path of this page in it; what only a form could ask for again leads
    to the first page.
    """
    is_asked = request.method in {"GET", "HEAD"}
    path = path_prefix(request) + (request.url.path if is_asked else "/")
    text = request.scope["query_string"].decode(errors="replace") if is_asked else ""
    fields = [(name, value) for name, value in parse_qsl(text) if name != _FIELD]
    return [
        (language, f"{path}?{urlencode([*fields, (_FIELD, language.tag)])}")
        for language in LANGUAGES.values()
    ]


def _asked_for(connection: AnyConnection) -> Language | None:
    query: bytes = connection.scope["query_string"]
    if _FIELD.encode() not in query:
        return None
    return known_language(Fields(query).one(_FIELD))


def _cookie(request: AnyRequest, language: Language) -> Cookie:
    return Cookie(
        key=_COOKIE,
        value=language.tag,
        max_age=_YEAR,
        path=path_prefix(request) or "/",
        secure=base_url(request).startswith("https://"),
        httponly=True,
        samesite="lax",
    )
