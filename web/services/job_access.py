"""The jobs that a caller may read and cancel."""

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.jobs.records import JobRecords
from activities.model.jobs import Job, Status
from activities.model.problems import ALREADY_ENDED
from web.auth.tokens import Caller
from web.http.problems import ProblemError, not_found
from web.http.urls import is_job_id
from web.services.dispatcher import Dispatcher
from web.services.presigned_urls import PresignedUrls

logger = get_logger(__name__)


class JobAccess:
    """Finds a job for those who may see it, and cancels it for them."""

    def __init__(self, records: JobRecords, dispatcher: Dispatcher, urls: PresignedUrls) -> None:
        self._records = records
        self._dispatcher = dispatcher
        self._urls = urls

    async def of_caller(self, caller: Caller, job_id: str) -> Job:
        """The caller's job of this id.

        Raises:
            ProblemError: it does not exist or is another owner's, which looks the same.
        """
        return _found(await self._records.get(_checked(job_id), caller.owner_id))

    async def of_anybody(self, job_id: str) -> Job:
        """The job of any owner, for operators.

        Raises:
            ProblemError: there is none.
        """
        return _found(await self._records.get(_checked(job_id)))

    async def of_url(self, job_id: str, *, expires: str, signature: str) -> Job:
        """The job to whose file a presigned URL with these query parameters leads.

        Raises:
            ProblemError: there is none, or the URL is not one of ours or has expired.
        """
        job = _found(await self._records.get(_checked(job_id)))
        if not self._urls.allows(job, expires=expires, signature=signature, now=utc_now()):
            raise not_found()
        return job

    async def cancel(self, job: Job, origin: Origin) -> Job:
        """Ask for the end of a job; the job as it is then.

        Raises:
            ProblemError: it had come to another end.
        """
        if await self._records.request_cancel(job.job_id, utc_now(), origin):
            await self._dispatcher.cancel(job.job_id)
            logger.info("cancellation requested", job_id=job.job_id)
        job = await self._records.get(job.job_id) or job
        if job.status.ended and job.status is not Status.CANCELLED:
            raise ProblemError(
                ALREADY_ENDED, f"The export is {job.status.value}; there is nothing to cancel."
            )
        OPERATIONS.labels("cancel", job.format, "accepted").inc()
        return job


def _checked(job_id: str) -> str:
    """The id, if it has the form of one: a database refuses some other texts with an error."""
    if not is_job_id(job_id):
        raise not_found()
    return job_id


def _found(job: Job | None) -> Job:
    if job is None:
        raise not_found()
    return job
