"""Headers that every answer carries."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
# Swagger UI sets styles on its elements and draws with inline images.
_DOCS_ALLOWED = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add them as the answer is sent, errors included; a route's own stay as they are."""
    if message["type"] != "http.response.start":
        return
    message.setdefault("headers", [])
    headers = MutableScopeHeaders.from_message(message)
    of_docs = scope["path"].startswith("/docs")
    policy = _DOCS_ALLOWED if of_docs else _NOTHING_ALLOWED
    for name, value in {**_ALWAYS, "Content-Security-Policy": policy}.items():
        headers.setdefault(name, value)
