"""Archives of owners: begun, read, cancelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from temporalio.client import Client

from activities.automation.archive_records import ArchiveRecords
from activities.automation.archives import Archive, PartStatus, ToldPart
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.content.source import ContentSource
from activities.jobs.audit import Origin
from activities.model.archive_options import archive_format
from activities.model.jobs import Status
from activities.model.problems import (
    ALREADY_ENDED,
    ARCHIVE_UNDER_WAY,
    FORBIDDEN,
    NO_CONTENT_MATCHED,
    NO_SPACE,
    NOT_FOUND,
    NOT_READY,
    RECEIPTS_OFF,
)
from activities.storage.protocol import LEAST_FREE_BYTES, Storage
from activities.temporal.archives import cancel_archive, start_archive
from web.auth.tokens import TENANT, Caller
from web.http.problems import ProblemError
from web.http.urls import is_job_id
from web.schemas.archives import (
    ArchivePartResponse,
    ArchiveRequest,
    ArchiveResponse,
    ArchiveSummary,
)
from web.schemas.requests import CreateExportRequest
from web.services.create_export import check_formats
from web.services.dispatcher import or_later
from web.services.presigned_urls import PresignedUrls

logger = get_logger(__name__)

LEFT_OUT_TOLD = 1_000
"""Items in no part that a response names."""
_SETTLED = timedelta(seconds=5)
"""After which others look whether a new archive has a workflow."""


class Archives:
    """An owner's archives.

    Attributes:
        makes_receipts: whether parts may have receipts.
    """

    def __init__(
        self,
        archives: ArchiveRecords,
        content: ContentSource,
        storage: Storage,
        urls: PresignedUrls,
        client: Client,
        *,
        makes_receipts: bool,
    ) -> None:
        self._archives = archives
        self._content = content
        self._storage = storage
        self._urls = urls
        self._client = client
        self.makes_receipts = makes_receipts

    async def create(self, caller: Caller, body: ArchiveRequest, origin: Origin) -> Archive:
        """Begin an archive.

        Raises:
            ProblemError: the request is refused.
            ContentSourceError: content cannot be listed now.
            BrokenContentError: it cannot be listed.
        """
        check_formats(CreateExportRequest(content_ids=[], formats=body.formats))
        if body.receipt and not self.makes_receipts:
            raise ProblemError(RECEIPTS_OFF)
        tenant = _tenant(caller) if body.tenant else None
        free = self._storage.free_bytes()
        if free is not None and free < LEAST_FREE_BYTES:
            raise ProblemError(NO_SPACE)
        types: list[str] = list(dict.fromkeys(body.content_types or ()))
        await self._check_content(caller, tenant, types)
        now = utc_now()
        archive = Archive(
            archive_id=str(uuid4()),
            owner_id=caller.owner_id,
            tenant=tenant,
            status=Status.PENDING,
            formats=body.formats,
            content_types=types,
            part_bytes=body.part_bytes,
            created_at=now,
            request_id=origin.request_id,
            receipt=body.receipt,
        )
        if not await self._archives.create(archive, origin, now + _SETTLED):
            raise ProblemError(ARCHIVE_UNDER_WAY)
        made_as = archive_format(body.formats, receipt=body.receipt)
        OPERATIONS.labels("archive", made_as, "accepted").inc()
        logger.info("archive accepted", archive_id=archive.archive_id, owner=archive.owner_id)
        await or_later(start_archive(self._client, archive), archive_id=archive.archive_id)
        return archive

    async def _check_content(
        self, caller: Caller, tenant: str | None, content_types: Sequence[str]
    ) -> None:
        """Refuse an archive of nothing, as far as a look or two tell."""
        if tenant is not None:
            first = await self._content.owners(tenant, None)
        else:
            first = await self._content.walk(caller.owner_id, content_types, None)
        if not first.ids and first.after is None:
            raise ProblemError(NO_CONTENT_MATCHED)

    async def of_caller(self, caller: Caller, archive_id: str) -> Archive:
        """One archive of the caller.

        Raises:
            ProblemError: there is none, or it is somebody else's.
        """
        found = None
        if is_job_id(archive_id):
            found = await self._archives.get(archive_id, caller.owner_id)
        if found is None:
            raise ProblemError(NOT_FOUND)
        return found

    async def all_of(self, owner_id: str) -> list[ArchiveSummary]:
        """The newest archives of an owner, newest first."""
        return [
            ArchiveSummary(
                archive_id=each.archive_id,
                status=each.status,
                tenant=each.tenant,
                formats=each.formats,
                created_at=each.created_at,
                completed_at=each.completed_at,
                expires_at=each.expires_at,
            )
            for each in await self._archives.of_owner(owner_id)
        ]

    async def cancel(self, archive: Archive, origin: Origin) -> None:
        """Have an archive be cancelled as a whole: none of its parts has a file then.

        Raises:
            ProblemError: it had ended otherwise.
        """
        if await self._archives.request_cancel(archive, utc_now(), origin):
            await or_later(
                cancel_archive(self._client, archive.archive_id), archive_id=archive.archive_id
            )
        elif archive.status is not Status.CANCELLED:
            raise ProblemError(ALREADY_ENDED)

    async def manifest(self, archive: Archive) -> bytes:
        """The manifest of an archive.

        Raises:
            ProblemError: it has none, as it is not complete.
        """
        body = await self._archives.manifest(archive.archive_id)
        if body is None:
            raise ProblemError(NOT_READY, f"The archive is {archive.status.value}.")
        return body

    async def response(self, archive: Archive, base_url: str) -> ArchiveResponse:
        """An archive with its parts, as JSON shows it."""
        parts = await self._archives.parts_of(archive.archive_id)
        made = [part for part in parts if part.status is PartStatus.COMPLETED]
        left_out = [each for part in parts for each in part.left_out]
        complete = archive.status in {Status.COMPLETED, Status.EXPIRED}
        now = utc_now()
        url = f"{base_url}/api/export/archives/{archive.archive_id}"
        return ArchiveResponse(
            archive_id=archive.archive_id,
            status=archive.status,
            tenant=archive.tenant,
            formats=archive.formats,
            part_bytes=archive.part_bytes,
            content_types=archive.content_types,
            receipt=archive.receipt,
            created_at=archive.created_at,
            started_at=archive.started_at,
            completed_at=archive.completed_at,
            expires_at=archive.expires_at,
            items=sum(part.items - len(part.left_out) for part in made),
            parts=[self._part(archive, part, base_url, now) for part in parts],
            left_out=left_out[:LEFT_OUT_TOLD],
            left_out_total=len(left_out),
            manifest_url=f"{url}/manifest" if complete else None,
            error=archive.error,
        )

    def _part(
        self, archive: Archive, part: ToldPart, base_url: str, now: datetime
    ) -> ArchivePartResponse:
        link = None
        if archive.status is not Status.CANCELLED and part.job is not None:
            link = self._urls.to_file(part.job, base_url, now)
        job = part.job
        # A part whose file is there is not yet settled for a moment, and can be fetched.
        if part.status is not PartStatus.COMPLETED and link is None:
            job = None
        return ArchivePartResponse(
            number=part.number,
            job_id=part.job_id,
            status=part.status,
            owner_id=part.content_owner,
            items=part.items,
            left_out=len(part.left_out),
            name=job.file_name if job else None,
            size=job.file_size if job else None,
            sha256=job.sha256 if job else None,
            download_url=link.url if link else None,
            download_url_expires_at=link.expires_at if link else None,
        )


def _tenant(caller: Caller) -> str:
    """The tenant whose content the caller may have.

    Raises:
        ProblemError: none.
    """
    if TENANT not in caller.scopes:
        raise ProblemError(FORBIDDEN, f"The token needs the scope {TENANT}.")
    if caller.tenant is None:
        raise ProblemError(FORBIDDEN, "The token has no claim tenant.")
    return caller.tenant
