"""Responses to requests that no handler sees."""

from collections.abc import Iterable

import msgspec
from litestar.types import HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from activities.model.problems import BUSY, HttpProblemType
from web.http.problems import LONGEST_PATH, MEDIA_TYPE, ProblemDocument
from web.http.request_ids import choose_request_id
from web.http.security_headers import security_headers

_RETRY_SECONDS = 5


def early_refusal(
    kind: HttpProblemType,
    scope: HTTPScope | None,
    url: bytes,
    headers: Iterable[tuple[bytes, bytes]],
) -> bytes:
    """A problem document and its head, after which the connection is closed.

    Args:
        kind: the type of problem.
        scope: of the request, as far as it came.
        url: the request's target, as far as it came.
        headers: that every response has.
    """
    path = url.partition(b"?")[0][:LONGEST_PATH].decode("latin-1")
    document = ProblemDocument(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=kind.detail,
        instance=path or "/",
        code=kind.code,
    )
    body = msgspec.json.encode(document)
    own = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", choose_request_id(scope).encode()),
        (b"connection", b"close"),
    ]
    if kind is BUSY:
        own.append((b"retry-after", b"%d" % _RETRY_SECONDS))
    lines = [b"%b: %b\r\n" % header for header in (*headers, *own, *security_headers(path, own))]
    return b"".join([STATUS_LINE[kind.status], *lines, b"\r\n", body])
