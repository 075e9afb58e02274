"""Publication: a staged file gets its final name and completes its row, or neither counts."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from activities.automation.receipts import FileFacts, Made, file_receipt, left
from activities.automation.signing_keys import NO_KEYS, SigningKeys
from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import DURATION, FILE_SIZE, OPERATIONS
from activities.jobs.execution import JobExecution
from activities.jobs.held_files import OwnerRoom
from activities.model.file_names import file_name
from activities.model.fingerprints import export_fingerprint
from activities.model.item_versions import ItemVersion, PartVersions
from activities.model.job_formats import job_format
from activities.model.jobs import FENCED, Job, Status
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning, no_receipt, skipped_ids
from activities.steps.errors import JobTakenError, NothingLeftError
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from workflows.contracts import StagedFile

logger = get_logger(__name__)


class StagedExport(msgspec.Struct, frozen=True, kw_only=True):
    """A finished export whose file waits in staging."""

    job_id: str
    owner_id: str
    format: str
    options: RenderOptions
    title: str
    items_total: int
    created_at: datetime
    file: StagedFile
    fingerprint: str
    """The hash of the content in the file, in hex; empty when it is not known."""
    warnings: Sequence[ExportWarning]
    theme_sha256: str | None = None
    """The hash of its theme; None: it has none."""
    is_delta: bool = False
    """True if it holds what changed: a later export would tell of other changes."""
    items: PartVersions | None = None
    """What the file is made of; None when the steps before have noted it."""


class Publication:
    """Publishes staged files; the row decides."""

    def __init__(
        self,
        execution: JobExecution,
        storage: Storage,
        retention: timedelta,
        *,
        room: OwnerRoom | None = None,
        signing_keys: SigningKeys = NO_KEYS,
        issuer: str = "",
    ) -> None:
        """Prepare to publish.

        Args:
            execution: the job records.
            storage: has the files.
            retention: the time for which a file lives.
            room: the room that owners have for files; None: any.
            signing_keys: sign receipts.
            issuer: what tells this service from another one, in receipts.
        """
        self._signing_keys = signing_keys
        self._issuer = issuer
        self._execution = execution
        self._storage = storage
        self._room = room
        self._retention = retention

    async def publish(self, export: StagedExport, run_id: str) -> None:
        """Put the file in place, then complete the row if it still belongs to the run.

        Whatever other attempts have staged must be gone by now.

        Args:
            export: the export.
            run_id: the run to which the row must belong, as `JobExecution.claim` wrote it.

        Raises:
            JobTakenError: the row does not belong to the run, or is to be cancelled.
            NothingLeftError: every item was left out.
            NoRoomLeftError: the owner has no room for the file.
        """
        skipped = skipped_ids(export.warnings)
        if skipped and len(skipped) >= export.items_total:
            raise NothingLeftError
        file, title = export.file, export.title
        if self._room is not None:
            await self._room.check(export.owner_id, file.size)
        entry = job_format(export.format)
        assert entry is not None
        file_type = entry.file_type(export.options)
        final = file_key(export.job_id, file_type.extension)
        tracing.note(format=export.format, items=export.items_total, bytes=file.size)
        await self._put_in_place(file, final)
        now = utc_now()
        receipt = await self._receipt(export, skipped, file_type.media_type, now)
        if receipt is None and export.options.receipt:
            warnings = [*export.warnings, no_receipt()]
        else:
            warnings = list(export.warnings)
        completed = await self._execution.complete(
            export.job_id,
            run_id,
            now=now,
            retention=self._retention,
            file_name=file_name(title, file_type.extension),
            file_size=file.size,
            media_type=file_type.media_type,
            sha256=file.sha256,
            warnings=warnings,
            fingerprint=export_fingerprint(
                export.format, export.options, title, export.fingerprint, export.theme_sha256
            )
            if export.fingerprint and not skipped and not export.is_delta
            else None,
            content=export.fingerprint,
            items=export.items,
            receipt=receipt,
        )
        if not completed:
            await self._lose(export, final)
            return
        seconds = (now - export.created_at).total_seconds()
        OPERATIONS.labels("export", export.format, Status.COMPLETED.value).inc()
        DURATION.labels(export.format, "total").observe(seconds)
        FILE_SIZE.labels(export.format).observe(file.size)
        logger.info(
            "export completed",
            format=export.format,
            size=file.size,
            seconds=round(seconds, 3),
        )

    async def _receipt(
        self, export: StagedExport, skipped: Collection[str], media_type: str, now: datetime
    ) -> bytes | None:
        """The receipt of the file; None if none was asked for, or nothing can be stated."""
        if not export.options.receipt or not self._signing_keys.exist:
            return None
        if export.items is not None:
            items: Sequence[ItemVersion] | None = export.items.items
            content_owner = None
        else:
            ids, content_owner = await self._execution.content(export.job_id)
            items = await self._execution.items_of(export.job_id, ids, export.fingerprint)
        if items is None:
            return None
        made = Made(
            owner_id=export.owner_id,
            content_owner_id=content_owner,
            issuer=self._issuer,
            format=export.format,
            options=export.options,
            items=left(items, skipped),
        )
        file = FileFacts(export.file.size, export.file.sha256, media_type)
        return file_receipt(made, self._signing_keys, file, job_id=export.job_id, made_at=now)

    async def _put_in_place(self, file: StagedFile, final: str) -> None:
        try:
            await self._storage.publish(file.key, final)
        except FileNotFoundError:
            # An earlier attempt moved it, or the run that took the job over removed it.
            if await self._storage.sha256(final) != file.sha256:
                raise JobTakenError from None

    async def _lose(self, export: StagedExport, final: str) -> None:
        """The row could not be completed: remove the file unless another run has or needs it."""
        job = await self._execution.get(export.job_id)
        if job is not None and is_published(job, export.file):
            return
        if job is None or _never_has_a_file(job):
            await self._storage.delete(final)
        # Of a completed row it is the file: the run that completed it removed what others had
        # staged before it put its own in place, so no other was put there after it.
        # Of any other row, the run that owns it replaces the file or `abandon` removes it.
        raise JobTakenError


def is_published(job: Job, file: StagedFile) -> bool:
    """True if the job is completed with this file."""
    return job.status is Status.COMPLETED and job.sha256 == file.sha256


def _never_has_a_file(job: Job) -> bool:
    return (job.status.ended and job.status is not Status.COMPLETED) or job.run_id == FENCED
