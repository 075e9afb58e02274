"""One path for each resource, below the prefix of the public URL.

The router takes `//metrics`, `/metrics/` and `/%6detrics` for `/metrics`. Proxies compare paths as
they are written, so that what one of them keeps to itself would have names that it lets through.
"""

import re
from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from web.http.problems import not_found, problem_response

# An empty segment, a dot segment (RFC 3986, 6.2.2.3), an encoded slash or backslash, and what needs
# no encoding (6.2.2.2): `-`, `.`, digits, letters, `_`, `~`.
_OTHER_NAMES = re.compile(
    rb"//|/\.{1,2}(?:/|$)|%(?:2f|5c|2d|2e|3[0-9]|4[1-9a-f]|5[0-9a]|5f|6[1-9a-f]|7[0-9a]|7e)",
    re.IGNORECASE,
)
_ENDS_WITH_SLASH = frozenset({"/", "/api/export/"})


def with_paths(app: ASGIApp, prefix: str) -> ASGIApp:
    """Wrap an application so that it sees only paths that are the name of what they lead to.

    A request below the prefix is handled as if it were made at the root, and so is one that a proxy
    has taken the prefix from. Redirections to a path get the prefix.

    Args:
        app: an application that knows nothing of the prefix.
        prefix: empty, or a path that begins with a slash and ends without one.
    """

    async def at_path(scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or scope["path"].encode()
        scope["state"]["asked_path"] = scope["path"]
        if prefix and scope["path"] == prefix:
            # Cookies are for what is below: without the slash nobody would be signed in.
            query = scope["query_string"]
            await _redirect(send, raw + b"/" + (b"?" + query if query else b""))
            return
        if prefix and f"{scope['path']}/".startswith(f"{prefix}/"):
            scope["path"] = scope["path"].removeprefix(prefix) or "/"
        path = scope["path"]
        if _OTHER_NAMES.search(raw) or (path.endswith("/") and path not in _ENDS_WITH_SLASH):
            request = Request[Any, Any, Any](scope, receive=receive, send=send)
            response = problem_response(request, not_found()).to_asgi_response(None, request)
            await response(scope, receive, send)
            return

        async def send_below_prefix(message: Message) -> None:
            if prefix and message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                location = headers.get("Location", "")
                if location.startswith("/"):
                    headers["Location"] = prefix + location
            await send(message)

        await app(scope, receive, send_below_prefix)

    return at_path


async def _redirect(send: Send, target: bytes) -> None:
    headers = [(b"location", target), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 308, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
