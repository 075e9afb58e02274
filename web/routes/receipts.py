"""Receipts: read them, check files and receipts, and the keys that sign them."""

import hashlib

from litestar import Response, Router, get, post
from litestar.params import FromPath

from activities.model.problems import (
    CONTENT_ENCODED,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    NO_RECEIPT,
    NOT_FOUND,
    NOT_READY,
    TOO_LARGE,
)
from web.auth.guards import ApiRequest, authenticate, requires
from web.auth.tokens import READ
from web.http.json_body import decode, is_json
from web.http.problems import ProblemError
from web.http.streamed_bodies import stream_body
from web.routes.receipt_examples import KEYS, RECEIPT, VERIFIED
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.receipts import PublicKeys, Receipt, VerifyRequest, VerifyResponse
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.receipt_checks import ReceiptChecks

MOST_RECEIPT_BYTES = 4 * 1024**2
"""Of a receipt that is checked; one of a hundred items has some 40 kB."""
_SIGNED = (b'"signature"', b'"statement"')


@get(
    "/jobs/{job_id:str}/receipt",
    guards=[requires(READ)],
    summary="Read a receipt",
    responses=responses(
        200, Receipt, "The receipt. Its bytes are what is signed: keep them as they are.", RECEIPT
    )
    | problems(*ANY_CALL, NOT_FOUND, NO_RECEIPT, NOT_READY),
)
async def read_receipt(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    receipt_checks: Service[ReceiptChecks],
) -> Response[bytes]:
    """Give the signed statement of what a file was made of, also once the file has expired."""
    job = await job_access.of_caller(request.user, job_id)
    return receipt_response(job.job_id, await receipt_checks.receipt_of(job))


def receipt_response(job_id: str, receipt: bytes) -> Response[bytes]:
    """A receipt as a file to keep."""
    return Response(
        receipt,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="receipt-{job_id}.json"',
            "Cache-Control": "private, no-cache",
        },
    )


@get(
    "/receipts/keys",
    sync_to_thread=False,
    summary="List the keys of receipts",
    responses=responses(200, PublicKeys, "A JSON Web Key Set (RFC 7517).", KEYS),
)
def list_receipt_keys(receipt_checks: Service[ReceiptChecks]) -> Response[PublicKeys]:
    """Give the public keys by which anybody can check receipts, retired ones included."""
    return Response(receipt_checks.public_keys(), headers={"Cache-Control": "public, max-age=3600"})


@post(
    "/verify",
    status_code=200,
    summary="Check a file or a receipt",
    security=[{"bearer": []}, {}],
    responses=responses(200, VerifyResponse, "What is known of it.", VERIFIED)
    | problems(
        *ANY_CALL,
        TOO_LARGE,
        CONTENT_ENCODED,
        CONTENT_SOURCE_BROKEN,
        CONTENT_SOURCE_UNAVAILABLE,
    ),
)
async def verify(request: ApiRequest, receipt_checks: Service[ReceiptChecks]) -> VerifyResponse:
    """Say whether this service made a file, and which of its items have changed since.

    The body is a file, of any type but `application/json`, which needs a token; or, as
    `application/json` and without a token as well, its hash (`{"sha256": "..."}`), or a receipt or
    the manifest of an archive, byte for byte. Without a token, and of files of other owners, no
    more is told than whether it is genuine and when it was made, and that of files with a receipt
    alone.
    """
    caller = await _caller(request)
    if is_json(request.headers.get("content-type", "")):
        body = await _read(request, MOST_RECEIPT_BYTES)
        # One that was changed anywhere is still to be told from a body that is a mistake.
        if any(member in body for member in _SIGNED):
            return await receipt_checks.of_receipt(body, caller)
        return await receipt_checks.of_file(decode(body, VerifyRequest).sha256, caller)
    await authenticate(request, None)
    digest = hashlib.sha256()
    stream_body(request.scope["state"])
    async for piece in request.stream():
        digest.update(piece)
    return await receipt_checks.of_file(digest.hexdigest(), caller)


async def _caller(request: ApiRequest) -> str | None:
    """The owner who asks; None without a token."""
    if "authorization" not in request.headers:
        return None
    return (await authenticate(request, None)).owner_id


async def _read(request: ApiRequest, most: int) -> bytes:
    """The body.

    Raises:
        ProblemError: it is too large.
    """
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > most:
            raise ProblemError(TOO_LARGE)
    return bytes(pieces)


def checks(most_bytes: int) -> Router:
    """The routes that need no token.

    Args:
        most_bytes: of a file.
    """
    return Router(
        "/api/export",
        route_handlers=[verify, list_receipt_keys],
        tags=["receipts"],
        request_max_body_size=most_bytes,
    )


ROUTES = Router(
    "/api/export",
    route_handlers=[read_receipt],
    tags=["receipts"],
    security=[{"bearer": []}],
)
