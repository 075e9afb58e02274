"""publish and abandon: the two ways in which an export ends."""

from collections.abc import Sequence

from activities.common.logs import get_logger
from activities.jobs.execution import JobExecution
from activities.model.declarations import BUNDLE
from activities.model.jobs import Job, Phase, Status
from activities.model.problems import problem
from activities.model.warnings import ExportWarning, NotedWarnings
from activities.steps.end_job import end_without_file
from activities.steps.errors import JobTakenError
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.publication import Publication, StagedExport, is_published
from activities.steps.run_ownership import own_run_id, take_over
from activities.steps.unbroken import to_its_end
from activities.storage.protocol import Storage
from workflows.contracts import ABANDON, PUBLISH, AbandonTask, ExportOutcome, PublishTask

logger = get_logger(__name__)


class Publish:
    """The publish and abandon activities with what they need."""

    def __init__(self, execution: JobExecution, storage: Storage, publication: Publication) -> None:
        self._execution = execution
        self._storage = storage
        self._publication = publication

    @implements(PUBLISH)
    async def publish(self, task: PublishTask) -> ExportOutcome:
        """Put the file in place, then complete the row; the row decides.

        Raises:
            JobTakenError: the row does not belong to this run, or is to be cancelled.
            NothingLeftError: every item was left out.
            NoRoomLeftError: the owner has no room for the file.
        """
        run_id = own_run_id()
        # Stopping between the file and the row would leave a file without an owner.
        await to_its_end(self._publish(task, run_id))
        return ExportOutcome(Status.COMPLETED, task.file.size, task.file.sha256)

    async def _publish(self, task: PublishTask, run_id: str) -> None:
        job, noted = await self._execution.get_with_warnings(task.job_id)
        if (
            job is not None
            and job.run_id != run_id
            and await take_over(self._execution, job.job_id)
        ):
            job, noted = await self._execution.get_with_warnings(task.job_id)
        if job is None or not _may_publish(job, task, run_id):
            raise JobTakenError
        if job.status is Status.PROCESSING:
            # What is left of other attempts goes first: from here on none of them has a file that
            # it could still put over ours.
            await self._storage.remove_staging(task.job_id, keep=task.file.key)
            export = StagedExport(
                job_id=task.job_id,
                owner_id=job.owner_id,
                format=task.format,
                options=job.options,
                title=job.title,
                items_total=job.items_total,
                created_at=job.created_at,
                file=task.file,
                fingerprint=task.fingerprint,
                theme_sha256=job.theme_sha256,
                is_delta=job.changes is not None,
                warnings=_warnings_of(task, noted),
            )
            await self._publication.publish(export, run_id)
        await self._storage.remove_staging(task.job_id)

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


def _may_publish(job: Job, task: PublishTask, run_id: str) -> bool:
    """True if the row waits for this file, or has it from an attempt whose response was lost."""
    owned = job.status is Status.PROCESSING and job.run_id == run_id
    return (owned and job.cancel_requested_at is None) or is_published(job, task.file)


def _warnings_of(task: PublishTask, noted: Sequence[NotedWarnings]) -> list[ExportWarning]:
    """The warnings of the job; those of a bundle were put together with its files."""
    of_all = task.format != BUNDLE
    return [
        each for part in noted if of_all or part.phase == Phase.ASSEMBLING for each in part.warnings
    ]
