"""Sends the file of a job, whole or in part, and nothing that is not that file."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal, NamedTuple

from litestar import HttpMethod, Response
from litestar.datastructures import Headers
from litestar.response import Stream

from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import ERRORS, OPERATIONS
from activities.jobs.audit import AuditLog, Origin
from activities.jobs.file_checks import FileChecks
from activities.model.file_names import extension_of
from activities.model.jobs import Job, Status, has_file
from activities.model.problems import (
    EXPIRED,
    FILE_LOST,
    NOT_READY,
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
    RECORD_DAMAGED,
)
from activities.storage.keys import file_key
from activities.storage.protocol import Storage, StoredObject
from web.http.problems import ProblemError
from web.http.ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    etag_of,
    headers_of,
    is_unchanged,
    is_wanted,
    requested_span,
)
from web.schemas.job import ExportFile, file_of

logger = get_logger(__name__)

# On a fast network hashing takes as long as all else that sending does. So what was found right is
# not hashed again, as long as storage says that it was not written since.
_VERIFIED_KNOWN = 10_000

# To hash so much takes no longer than the way to another thread and back.
_HASHED_INLINE = 64 * 1024

Damage = Literal["missing", "size", "hash"]


class _Sent(NamedTuple):
    """The parts of a download that have to be known to send its body."""

    job: Job
    file: ExportFile
    stored: StoredObject
    span: ByteRange
    request_id: str | None

    @property
    def is_whole(self) -> bool:
        """True if all bytes of the file are sent."""
        return self.span == ByteRange(0, self.file.size)


class DamagedFileError(Exception):
    """A file turned out to be damaged when its first bytes had been sent."""


class FileSender:
    """Responds to requests for the files of jobs (RFC 9110, sections 13 and 14)."""

    def __init__(self, storage: Storage, checks: FileChecks, audit_log: AuditLog) -> None:
        self._storage = storage
        self._checks = checks
        self._audit_log = audit_log
        self._verified: OrderedDict[StoredObject, str] = OrderedDict()

    async def send(
        self,
        job: Job,
        origin: Origin,
        method: str,
        headers: Headers,
        *,
        before_body: Callable[[], Awaitable[None]] | None = None,
    ) -> Response[None] | Stream:
        """The response to a request for the job's file. The audit log has the download before the
        first byte is sent (`AuditLog.downloaded`).

        The size of the file in storage is compared with the record's before anything is promised.
        A whole download is hashed while it is sent: when the hash is not the record's, the
        connection is broken off before the last piece, so that no client takes it for the file.

        Args:
            job: the job whose file is sent.
            origin: the caller and the request, for the audit log.
            method: `GET` or `HEAD`.
            headers: the headers of the request; its conditions and its range are followed.
            before_body: called once it is clear that bytes will be sent, before any of them is
                read; what it raises is the response.

        Raises:
            ProblemError: there is no file, it is lost, it is not the one asked for, or it has no
                such range.
            StorageUnavailableError: storage cannot be used now.
            StorageError: the object store does not respond.
        """
        tracing.link(job.trace_parent)
        tracing.note(job_id=job.job_id, format=job.format)
        file = file_to_send(job)
        stored = await self._stored(job, file, origin)
        etag = etag_of(file)
        if not is_wanted(etag, headers.get("if-match")):
            raise ProblemError(PRECONDITION_FAILED, headers={"ETag": etag})
        if is_unchanged(etag, headers.get("if-none-match")):
            return Response(None, status_code=304, headers={"ETag": etag})
        if method == HttpMethod.HEAD:
            # Only GET has ranges (RFC 9110, section 14.2).
            return Stream(_nothing(), status_code=200, headers=headers_of(file, None))
        span = _requested_range(file, etag, headers)
        sent = _Sent(job, file, stored, span or ByteRange(0, file.size), origin.request_id)
        if before_body is not None:
            await before_body()
        tracing.note(bytes=sent.span.stop - sent.span.start)
        body = await self._open(sent)
        if await self._audit_log.downloaded(job, origin, utc_now()) or span is None:
            # Another part of a file is not another download.
            OPERATIONS.labels("download", job.format, "accepted").inc()
        return Stream(body, status_code=206 if span else 200, headers=headers_of(file, span))

    async def read(self, job: Job, origin: Origin) -> bytes:
        """All bytes of the job's file, which was found small; audited as a download is.

        Args:
            job: the job whose file is read.
            origin: the caller and the request, for the audit log.

        Raises:
            ProblemError: there is no file, or it is lost.
            StorageUnavailableError: storage cannot be used now.
            StorageError: the object store does not respond.
        """
        file = file_to_send(job)
        stored = await self._stored(job, file, origin)
        sent = _Sent(job, file, stored, ByteRange(0, file.size), origin.request_id)
        body = await self._open(sent)
        await self._audit_log.downloaded(job, origin, utc_now())
        OPERATIONS.labels("download", job.format, "accepted").inc()
        try:
            return b"".join([piece async for piece in body])
        except DamagedFileError:
            raise ProblemError(FILE_LOST) from None

    async def _stored(self, job: Job, file: ExportFile, origin: Origin) -> StoredObject:
        """The file as storage has it, of the size that the record promises.

        Raises:
            ProblemError: it is lost.
        """
        # The row knows the extension even when the format is no longer installed.
        stored = await self._storage.head(file_key(job.job_id, extension_of(file.name)))
        if stored is None or stored.size != file.size:
            raise await self._lost(job, origin.request_id, "size" if stored else "missing")
        return stored

    async def _open(self, sent: _Sent) -> AsyncIterator[bytes]:
        """The bytes, with the first of them read: so what is found by then can still be an error.

        Raises:
            ProblemError: the file is lost.
        """
        pieces = self._pieces(sent)
        if self._verified.get(sent.stored) != sent.file.sha256 and sent.is_whole:
            pieces = self._hashed(sent, pieces)
        try:
            first = await anext(pieces, b"")
        except FileNotFoundError:
            raise await self._lost(sent.job, sent.request_id, "missing") from None
        except _NotTheFileError as error:
            raise await self._lost(sent.job, sent.request_id, error.damage) from None
        return self._chain(sent, first, pieces)

    async def _chain(
        self, sent: _Sent, first: bytes, rest: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        yield first
        try:
            async for piece in rest:
                yield piece
        except _NotTheFileError as error:
            lost = await self._lost(sent.job, sent.request_id, error.damage)
            ERRORS.labels(lost.kind.code).inc()
            # The server closes the connection short of the length that was promised.
            raise DamagedFileError from None

    async def _pieces(self, sent: _Sent) -> AsyncIterator[bytes]:
        received = 0
        start, stop = sent.span.start, sent.span.stop
        async for piece in self._storage.stream(sent.stored.key, start, stop):
            received += len(piece)
            yield piece
        if received != stop - start:
            raise _NotTheFileError("size")

    async def _hashed(self, sent: _Sent, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The pieces; the last one is held back until the hash of all is known to be right."""
        digest = hashlib.sha256()
        held = b""
        async for piece in pieces:
            # While the piece before is sent.
            hashing = asyncio.ensure_future(_update(digest, piece))
            if held:
                yield held
            await hashing
            held = piece
        if digest.hexdigest() != sent.file.sha256:
            raise _NotTheFileError("hash")
        self._verified[sent.stored] = sent.file.sha256
        if len(self._verified) > _VERIFIED_KNOWN:
            self._verified.popitem(last=False)
        yield held

    async def _lost(self, job: Job, request_id: str | None, damage: Damage) -> ProblemError:
        """Mark the job's file as lost; the problem to respond with."""
        if not await self._checks.mark_lost(job.job_id, utc_now()):
            # Retention removed it since the row was read.
            return ProblemError(EXPIRED)
        logger.error(
            "file lost",
            job_id=job.job_id,
            owner=job.owner_id,
            request_id=request_id,
            code=FILE_LOST.code,
            damage=damage,
        )
        return ProblemError(FILE_LOST)


class _NotTheFileError(Exception):
    """The bytes in storage are not those that the record promises."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage)
        self.damage = damage


async def _update(digest: "hashlib._Hash", piece: bytes) -> None:
    if len(piece) <= _HASHED_INLINE:
        digest.update(piece)
    else:
        await asyncio.to_thread(digest.update, piece)


def file_to_send(job: Job) -> ExportFile:
    """The file that can be downloaded now.

    Raises:
        ProblemError: there is none yet, none any more, or there never will be one.
    """
    file = file_of(job)
    if file is not None and has_file(job, utc_now()):
        return file
    if job.damaged:
        raise ProblemError(RECORD_DAMAGED)
    if job.status is Status.COMPLETED and job.file_lost_at is not None:
        raise ProblemError(FILE_LOST)
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


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
