"""What owners do with finished files: remove them before their time, or keep them on."""

from datetime import timedelta

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.model.problems import EXPIRED, NOT_READY, PIN_LIMIT
from activities.people.kept_files import KeptFiles, NoFileToKeepError, TooManyPinnedError
from activities.storage.protocol import Storage
from web.http.problems import ProblemError
from web.services.owner_usage import OwnerUsage

logger = get_logger(__name__)


class FileKeeping:
    """Changes when the files of those who call end."""

    def __init__(
        self,
        files: KeptFiles,
        records: JobRecords,
        storage: Storage,
        usage: OwnerUsage,
        *,
        most_pinned: int,
        retention: timedelta,
    ) -> None:
        """Take what files are kept by.

        Args:
            files: the changes of their records.
            records: the records of jobs.
            storage: where the files are.
            usage: the room that owners have.
            most_pinned: files that one owner may keep on.
            retention: how long a file lives by itself.
        """
        self._files = files
        self._records = records
        self._storage = storage
        self._usage = usage
        self._most_pinned = most_pinned
        self._retention = retention

    async def delete(self, job: Job, origin: Origin) -> None:
        """Remove the file of a job that has ended, and end its shares; again it changes nothing.

        The files of other jobs stay, those that were taken over from this one included: each job
        has its own.

        Raises:
            ProblemError: the job has not ended.
            StorageUnavailableError: storage cannot be used now; nobody gets the file any more, and
                the next call, or retention, removes it.
            StorageError: the object store does not respond; likewise.
        """
        if not job.status.ended:
            raise ProblemError(
                NOT_READY, f"The export is {job.status.value}; cancel it, and there is no file."
            )
        if await self._files.delete(job.job_id, job.owner_id, utc_now(), origin):
            OPERATIONS.labels("delete", job.format, "accepted").inc()
            logger.info("file deleted", job_id=job.job_id)
        await self._storage.remove_files(job.job_id)

    async def pin(self, job: Job, origin: Origin) -> Job:
        """Keep the file of a job until further notice; the job as it is then.

        Raises:
            ProblemError: there is no file, the owner keeps as many as may be, or files take more
                room than they may.
        """
        await self._usage.check(job.owner_id)
        try:
            await self._files.pin(job.job_id, job.owner_id, self._most_pinned, utc_now(), origin)
        except NoFileToKeepError:
            if job.status.ended:
                raise ProblemError(EXPIRED, "The export has no file to keep.") from None
            raise ProblemError(NOT_READY) from None
        except TooManyPinnedError:
            detail = f"You keep as many files as you may: {self._most_pinned}."
            raise ProblemError(PIN_LIMIT, detail) from None
        return await self._records.get(job.job_id) or job

    async def unpin(self, job: Job, origin: Origin) -> Job:
        """Let the time of a job's file run again, a day at least; the job as it is then."""
        await self._files.unpin(job.job_id, job.owner_id, self._retention, utc_now(), origin)
        return await self._records.get(job.job_id) or job
