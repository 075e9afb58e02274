"""The id of each request: the caller's `X-Request-ID`, or one of ours.

It is in the answer, in what is logged of an error, and in the audit log.
"""

import re
from uuid import uuid4

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import Message, Scope

_HEADER = "X-Request-ID"
# Ids of tracers, proxies and UUIDs look like this; tokens and signatures have dots or are longer.
_USABLE = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)


def request_id(scope: Scope) -> str:
    """The id, the same for as long as the request lasts."""
    state = scope["state"]
    if "request_id" not in state:
        given = Headers.from_scope(scope).get(_HEADER, "")
        state["request_id"] = given if _USABLE.fullmatch(given) else str(uuid4())
    found: str = state["request_id"]
    return found


async def add_request_id(message: Message, scope: Scope) -> None:
    """Name the request in its answer."""
    if message["type"] == "http.response.start":
        message.setdefault("headers", [])
        MutableScopeHeaders.from_message(message)[_HEADER] = request_id(scope)
