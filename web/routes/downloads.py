"""Downloading the finished file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import HttpMethod, Response, Router, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream

from activities.file_names import extension_of
from activities.jobs.audit import Origin
from activities.jobs.model import Job, Status
from activities.jobs.records import utc_now
from activities.metrics import OPERATIONS
from activities.storage.store import Storage, file_key
from web.auth import READ, ApiRequest, authenticate
from web.downloads import (
    Span,
    UnsatisfiableRangeError,
    etag_of,
    headers_of,
    is_unchanged,
    requested_span,
)
from web.problems import (
    EXPIRED,
    FILE_LOST,
    NOT_FOUND,
    NOT_READY,
    RANGE_NOT_SATISFIABLE,
    STORAGE_AWAY,
    ProblemError,
    not_found,
)
from web.request_ids import origin_of, request_id
from web.resources import Resources
from web.responses import ANY_CALL, problems
from web.routes.jobs import checked_id, find_job
from web.urls import base_url
from web.views import ExportFile, view


@route(
    "/{job_id:str}/download",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={"operation": "download"},
    status_code=200,
    summary="Download the file",
    security=[{"bearer": []}, {}],
    responses=problems(
        *ANY_CALL, NOT_FOUND, NOT_READY, EXPIRED, FILE_LOST, RANGE_NOT_SATISFIABLE, STORAGE_AWAY
    )
    | {
        200: ResponseSpec(bytes, description="The file.", media_type="*/*"),
        206: ResponseSpec(bytes, description="One range.", media_type="*/*"),
        304: ResponseSpec(None, description="The client has these bytes already."),
    },
)
async def download(
    request: ApiRequest,
    job_id: str,
    expires: Annotated[
        str | None, Parameter(description="Of a signed link: when it ends, Unix seconds.")
    ] = None,
    signature: Annotated[str | None, Parameter(description="Of a signed link.")] = None,
) -> Response[Any]:
    """Download with a token or with the signed link that the job shows."""
    if signature is None and expires is None:
        await authenticate(request, READ)
        return await send_file(request, await find_job(request, job_id), origin_of(request))
    job = await _job_of_link(request, job_id, expires or "", signature or "")
    return await send_file(request, job, Origin(request_id=request_id(request.scope)))


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
    body = await _open(resources.storage, key, span or Span(0, file.size))
    from_start = span is None or span.start == 0
    await resources.audit.downloaded(job, origin, utc_now(), from_start=from_start)
    OPERATIONS.labels("download", job.format, "accepted").inc()
    return Stream(body, status_code=206 if span else 200, headers=headers_of(file, span))


async def _job_of_link(request: ApiRequest, job_id: str, expires: str, signature: str) -> Job:
    resources: Resources = request.app.state.resources
    job = await resources.records.get(checked_id(job_id))
    now = utc_now()
    if job is None or not resources.links.allows(
        job, expires=expires, signature=signature, now=now
    ):
        raise not_found()
    return job


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
        raise ProblemError(EXPIRED, "The file was kept for its time and has been removed.")
    if job.status.ended:
        raise ProblemError(NOT_READY, f"The export is {job.status.value}; it has no file.")
    raise ProblemError(
        NOT_READY, f"The export is {job.status.value}; try again.", headers={"Retry-After": "1"}
    )


async def _open(storage: Storage, key: str, span: Span) -> AsyncIterator[bytes]:
    """The bytes, with the first of them read: so a missing file is still an answer."""
    stream = storage.stream(key, span.start, span.stop)
    try:
        first = await anext(stream, b"")
    except FileNotFoundError:
        raise ProblemError(FILE_LOST, "The file is gone; export again.") from None
    return _chain(first, stream)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


ROUTES = Router("/api/export/jobs", route_handlers=[download], tags=["jobs"])
