"""Lets pages of other origins call the API (the Fetch standard, section 3.3, "CORS protocol").

Only the API and the tools for agents, never pages or operations, and never with cookies: a caller's
page shows a token of its own.
"""

import re
from typing import cast

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from activities.settings import PORT, SettingsError

_SHARED = ("/api/export/", "/mcp/", "/.well-known/oauth-protected-resource/")
_ORIGIN = re.compile(rf"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::{PORT})?", re.ASCII)
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, "
    "Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Range, X-Namespace, X-Request-ID"
)
# Beside those that any page may read, such as `Content-Type`.
_RESPONSE_HEADERS = (
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Link, Location, RateLimit, "
    "RateLimit-Policy, Repr-Digest, Retry-After, WWW-Authenticate, X-Request-ID"
)
# Chromium keeps an answer no longer than two hours; an origin that is taken away should notice.
_REMEMBERED_SECONDS = 600


def allowed_origins(text: str) -> frozenset[str]:
    """The origins in a comma-separated list.

    Raises:
        SettingsError: one of them is none, or stands for several.
    """
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"EXPORT_CORS_ORIGINS: {origin!r} is not an origin; give scheme and host, and the "
                "port unless it is the usual one, such as https://learn.example.org"
            )
    return frozenset(found)


def with_cors(app: ASGIApp, origins: frozenset[str]) -> ASGIApp:
    """Wrap an application so that pages of these origins may call its API."""

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        if not f"{scope['path']}/".startswith(_SHARED):
            await app(scope, receive, send)
            return
        asked = Headers.from_scope(scope)
        origin = asked.get("origin", "")
        allowed = origin in origins

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableScopeHeaders.from_message(message)
                headers.add("Vary", "Origin")
                if allowed:
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Expose-Headers"] = _RESPONSE_HEADERS
            await send(message)

        method = cast("HTTPScope", scope)["method"]
        is_preflight = method == "OPTIONS" and "access-control-request-method" in asked
        if allowed and is_preflight:
            await _allow(send_shared)
        else:
            await app(scope, receive, send_shared)

    return shared


async def _allow(send: Send) -> None:
    headers = (
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
        ("Access-Control-Max-Age", str(_REMEMBERED_SECONDS)),
    )
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": 204, "headers": encoded})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
