"""Headers that every answer carries."""

from litestar.types import Message, Scope

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY = b"content-security-policy"
_NOTHING_ALLOWED = b"default-src 'none'; frame-ancestors 'none'"
# Swagger UI sets styles on its elements and draws with inline images.
_DOCS_ALLOWED = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add them as the answer is sent, errors included; a route's own stay as they are."""
    if message["type"] != "http.response.start":
        return
    given = list(message.get("headers", ()))
    own = {name.lower() for name, _ in given}
    policy = _DOCS_ALLOWED if scope["path"].startswith("/docs") else _NOTHING_ALLOWED
    given += [entry for entry in (*_ALWAYS, (_POLICY, policy)) if entry[0] not in own]
    message["headers"] = given
