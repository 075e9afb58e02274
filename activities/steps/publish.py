"""publish and abandon: the two ways in which an export ends."""

import asyncio
from collections.abc import Sequence

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import DURATION, FILE_SIZE, OPERATIONS
from activities.jobs.execution import JobExecution
from activities.model.catalog import formats
from activities.model.file_names import file_name
from activities.model.fingerprints import export_fingerprint
from activities.model.jobs import FENCED, Job, Status
from activities.model.problems import problem
from activities.model.warnings import ExportWarning, count_skipped
from activities.settings import Settings
from activities.steps.end_job import end_without_file
from activities.steps.errors import JobTakenError, NothingLeftError
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.run_ownership import own_run_id, take_over
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from workflows.contracts import ABANDON, PUBLISH, AbandonTask, ExportOutcome, PublishTask

logger = get_logger(__name__)


class Publish:
    """The publish and abandon activities with what they need."""

    def __init__(self, execution: JobExecution, storage: Storage, settings: Settings) -> None:
        self._execution = execution
        self._storage = storage
        self._retention = settings.retention

    @implements(PUBLISH)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        """Put the file in place, then complete the row; the row decides.

        Raises:
            JobTakenError: the row does not belong to this run, or is to be cancelled.
            NothingLeftError: every item was left out.
        """
        run_id = own_run_id()
        publishing = asyncio.ensure_future(self._publish(task, run_id))
        try:
            await asyncio.shield(publishing)
        except asyncio.CancelledError:
            # Stopping between the file and the row would leave a file without an owner.
            await publishing
        return ExportOutcome(Status.COMPLETED, task.file.size, task.file.sha256)

    async def _publish(self, task: PublishTask, run_id: str) -> None:
        job, warnings = await self._execution.get_with_warnings(task.job_id)
        if (
            job is not None
            and job.run_id != run_id
            and await take_over(self._execution, job.job_id)
        ):
            job, warnings = await self._execution.get_with_warnings(task.job_id)
        if job is None or not _may_publish(job, task, run_id):
            raise JobTakenError
        if job.status is Status.PROCESSING:
            await self._put_in_place_and_complete(job, warnings, task, run_id)
        await self._storage.remove_staging(task.job_id)

    async def _put_in_place_and_complete(
        self, job: Job, warnings: Sequence[ExportWarning], task: PublishTask, run_id: str
    ) -> None:
        if count_skipped(warnings) >= job.items_total:
            raise NothingLeftError
        whole = task.fingerprint and not count_skipped(warnings)
        file_type = formats()[task.format].file_type(job.options)
        final = file_key(task.job_id, file_type.extension)
        # What is left of other attempts goes first: from here on none of them has a file that it
        # could still put over ours.
        await self._storage.remove_staging(task.job_id, keep=task.file.key)
        await self._put_in_place(task, final)
        now = utc_now()
        completed = await self._execution.complete(
            task.job_id,
            run_id,
            now=now,
            retention=self._retention,
            file_name=file_name(job.title, file_type.extension),
            file_size=task.file.size,
            media_type=file_type.media_type,
            sha256=task.file.sha256,
            warnings=warnings,
            fingerprint=export_fingerprint(task.format, job.options, job.title, task.fingerprint)
            if whole
            else None,
        )
        if not completed:
            await self._lose(task, final)
            return
        seconds = (now - job.created_at).total_seconds()
        OPERATIONS.labels("export", task.format, Status.COMPLETED.value).inc()
        DURATION.labels(task.format, "total").observe(seconds)
        FILE_SIZE.labels(task.format).observe(task.file.size)
        logger.info(
            "export completed",
            format=task.format,
            size=task.file.size,
            seconds=round(seconds, 3),
        )

    async def _put_in_place(self, task: PublishTask, final: str) -> None:
        try:
            await self._storage.publish(task.file.key, final)
        except FileNotFoundError:
            # An earlier attempt moved it, or the run that took the job over removed it.
            if await self._storage.sha256(final) != task.file.sha256:
                raise JobTakenError from None

    async def _lose(self, task: PublishTask, final: str) -> None:
        """The row could not be completed: remove the file unless another run has or needs it."""
        job = await self._execution.get(task.job_id)
        if job is not None and _is_published(job, task):
            return
        if job is None or _never_has_a_file(job):
            await self._storage.delete(final)
        # Of a completed row it is the file: the run that completed it removed what others had
        # staged before it put its own in place, so no other was put there after it.
        # Of any other row, the run that owns it replaces the file or `abandon` removes it.
        raise JobTakenError

    @implements(ABANDON)
    async def abandon(self, task: AbandonTask) -> ExportOutcome:
        """Remove what is in storage, then write the end state."""
        error = None if task.cancelled else problem(task.code, task.detail)
        async with heartbeats():
            status = await end_without_file(
                self._execution, self._storage, task.job_id, task.format, error
            )
        logger.info("export abandoned", status=status, code=task.code or None)
        # Without a row no state can be written.
        return ExportOutcome(status or Status.CANCELLED)


def _is_published(job: Job, task: PublishTask) -> bool:
    return job.status is Status.COMPLETED and job.sha256 == task.file.sha256


def _never_has_a_file(job: Job) -> bool:
    return (job.status.ended and job.status is not Status.COMPLETED) or job.run_id == FENCED


def _may_publish(job: Job, task: PublishTask, run_id: str) -> bool:
    """True if the row waits for this file, or has it from an attempt whose response was lost."""
    owned = job.status is Status.PROCESSING and job.run_id == run_id
    return (owned and job.cancel_requested_at is None) or _is_published(job, task)
