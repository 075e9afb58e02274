"""Sends the file of a job, whole or in part."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import HttpMethod, Response
from litestar.response import Stream

from activities.common.clock import utc_now
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.model.file_names import extension_of
from activities.model.jobs import Job, Status
from activities.model.problems import EXPIRED, FILE_LOST, NOT_READY, RANGE_NOT_SATISFIABLE
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from web.auth.guards import ApiRequest
from web.http.problems import ProblemError
from web.http.ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    etag_of,
    headers_of,
    is_unchanged,
    requested_span,
)
from web.http.urls import base_url
from web.schemas.job import ExportFile, view
from web.services.resources import Resources


async def send_file(request: ApiRequest, job: Job, origin: Origin) -> Response[Any]:
    """The job's file, as the request's headers ask for it; the audit log has it before anybody.

    Raises:
        ProblemError: there is no file, or it has no such range.
    """
    file = _file_of(request, job)
    etag = etag_of(file)
    if is_unchanged(etag, request.headers.get("if-none-match")):
        headers = headers_of(file, None)
        kept = {name: headers[name] for name in ("ETag", "Cache-Control")}
        return Response(None, status_code=304, headers=kept)
    if request.method == HttpMethod.HEAD:
        # Only GET has ranges (RFC 9110, section 14.2).
        return Stream(_nothing(), status_code=200, headers=headers_of(file, None))
    try:
        span = requested_span(
            file.size, etag, request.headers.get("range"), request.headers.get("if-range")
        )
    except UnsatisfiableRangeError:
        raise ProblemError(
            RANGE_NOT_SATISFIABLE,
            f"The file has {file.size} bytes.",
            headers={"Content-Range": f"bytes */{file.size}", "Accept-Ranges": "bytes"},
        ) from None
    resources: Resources = request.app.state.resources
    # The row knows the extension even when the format is no longer installed.
    key = file_key(job.job_id, extension_of(file.name))
    body = await _open(resources.storage, key, span or ByteRange(0, file.size))
    from_start = span is None or span.start == 0
    await resources.audit.downloaded(job, origin, utc_now(), from_start=from_start)
    OPERATIONS.labels("download", job.format, "accepted").inc()
    return Stream(body, status_code=206 if span else 200, headers=headers_of(file, span))


def _file_of(request: ApiRequest, job: Job) -> ExportFile:
    """The file that can be downloaded now.

    Raises:
        ProblemError: there is none yet, none any more, or there never will be one.
    """
    resources: Resources = request.app.state.resources
    seen = view(job, resources.links, base_url(request), utc_now())
    if seen.download_url is not None and seen.file is not None:
        return seen.file
    if job.status in {Status.COMPLETED, Status.EXPIRED}:
        raise ProblemError(EXPIRED)
    if job.status.ended:
        raise ProblemError(NOT_READY, f"The export is {job.status.value}; it has no file.")
    raise ProblemError(
        NOT_READY, f"The export is {job.status.value}; try again.", headers={"Retry-After": "1"}
    )


async def _open(storage: Storage, key: str, span: ByteRange) -> AsyncIterator[bytes]:
    """The bytes, with the first of them read: so a missing file is still an answer."""
    stream = storage.stream(key, span.start, span.stop)
    try:
        first = await anext(stream, b"")
    except FileNotFoundError:
        raise ProblemError(FILE_LOST) from None
    return _chain(first, stream)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
