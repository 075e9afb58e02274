"""Sends the file of a job, whole or in part."""

from collections.abc import AsyncIterator

from litestar import HttpMethod, Response
from litestar.datastructures import Headers
from litestar.response import Stream

from activities.common.clock import utc_now
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import AuditLog, Origin
from activities.model.file_names import extension_of
from activities.model.jobs import Job, Status, has_file
from activities.model.problems import EXPIRED, FILE_LOST, NOT_READY, RANGE_NOT_SATISFIABLE
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from web.http.problems import ProblemError
from web.http.ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    etag_of,
    headers_of,
    is_unchanged,
    requested_span,
)
from web.schemas.job import ExportFile, file_of


class FileSender:
    """Responds to requests for the files of jobs (RFC 9110, sections 13 and 14)."""

    def __init__(self, storage: Storage, audit_log: AuditLog) -> None:
        self._storage = storage
        self._audit_log = audit_log

    async def send(
        self, job: Job, origin: Origin, method: str, headers: Headers
    ) -> Response[None] | Stream:
        """The response to a request for the job's file. The audit log has the download before the
        first byte is sent (`AuditLog.downloaded`).

        Args:
            job: the job whose file is sent.
            origin: the caller and the request, for the audit log.
            method: `GET` or `HEAD`.
            headers: the headers of the request; its conditions and its range are followed.

        Raises:
            ProblemError: there is no file, or it has no such range.
            StorageError: see `Storage.stream`.
        """
        file = _file_to_send(job)
        etag = etag_of(file)
        if is_unchanged(etag, headers.get("if-none-match")):
            whole = headers_of(file, None)
            kept = {name: whole[name] for name in ("ETag", "Cache-Control")}
            return Response(None, status_code=304, headers=kept)
        if method == HttpMethod.HEAD:
            # Only GET has ranges (RFC 9110, section 14.2).
            return Stream(_nothing(), status_code=200, headers=headers_of(file, None))
        span = _requested_range(file, etag, headers)
        # The row knows the extension even when the format is no longer installed.
        key = file_key(job.job_id, extension_of(file.name))
        body = await self._open(key, span or ByteRange(0, file.size))
        if await self._audit_log.downloaded(job, origin, utc_now()) or span is None:
            # Another part of a file is not another download.
            OPERATIONS.labels("download", job.format, "accepted").inc()
        return Stream(body, status_code=206 if span else 200, headers=headers_of(file, span))

    async def _open(self, key: str, span: ByteRange) -> AsyncIterator[bytes]:
        """The bytes, with the first of them read: so a missing file can still be an error."""
        stream = self._storage.stream(key, span.start, span.stop)
        try:
            first = await anext(stream, b"")
        except FileNotFoundError:
            raise ProblemError(FILE_LOST) from None
        return _chain(first, stream)


def _file_to_send(job: Job) -> ExportFile:
    """The file that can be downloaded now.

    Raises:
        ProblemError: there is none yet, none any more, or there never will be one.
    """
    file = file_of(job)
    if file is not None and has_file(job, utc_now()):
        return file
    if job.status in {Status.COMPLETED, Status.EXPIRED}:
        raise ProblemError(EXPIRED)
    if job.status.ended:
        raise ProblemError(NOT_READY, f"The export is {job.status.value}; it has no file.")
    raise ProblemError(
        NOT_READY, f"The export is {job.status.value}; try again.", headers={"Retry-After": "1"}
    )


def _requested_range(file: ExportFile, etag: str, headers: Headers) -> ByteRange | None:
    """The one range to send; None for the whole file.

    Raises:
        ProblemError: the file has none of these bytes.
    """
    try:
        return requested_span(file.size, etag, headers.get("range"), headers.get("if-range"))
    except UnsatisfiableRangeError:
        raise ProblemError(
            RANGE_NOT_SATISFIABLE,
            f"The file has {file.size} bytes.",
            headers={"Content-Range": f"bytes */{file.size}", "Accept-Ranges": "bytes"},
        ) from None


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
