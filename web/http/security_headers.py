"""Headers that every response carries."""

from collections.abc import Sequence

from litestar.types import Message, Scope

_FRAMES = b"x-frame-options"
_ALWAYS = (
    # RFC 9111, section 4.2.2: without a word a cache may choose how long it keeps an answer.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (_FRAMES, b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY = b"content-security-policy"
_NO_FRAME = b"frame-ancestors 'none'"
_NOTHING_ALLOWED = b"default-src 'none'; " + _NO_FRAME
# Swagger UI sets styles on its elements and draws with inline images.
_DOCS_ALLOWED = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def security_headers(path: str, given: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Those that a response at this path lacks."""
    own = {name.lower() for name, _ in given}
    if any(name.lower() == _POLICY and not value.endswith(_NO_FRAME) for name, value in given):
        # The older header knows no list. Browsers that know both pass it over, others would not.
        own.add(_FRAMES)
    policy = _DOCS_ALLOWED if path.startswith("/docs") else _NOTHING_ALLOWED
    return [entry for entry in (*_ALWAYS, (_POLICY, policy)) if entry[0] not in own]


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add them as the response is sent, errors included; a route's own stay as they are."""
    if message["type"] != "http.response.start":
        return
    given = list(message.get("headers", ()))
    message["headers"] = given + security_headers(scope["path"], given)
