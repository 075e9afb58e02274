"""The jobs that a caller may read and cancel."""

import re

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.model.jobs import Job, Status
from activities.model.problems import ALREADY_ENDED
from web.auth.guards import ApiRequest
from web.http.problems import FieldError, ProblemError, invalid, not_found
from web.http.request_ids import request_id
from web.services.resources import Resources


def origin_of(request: ApiRequest) -> Origin:
    """Who asks, in which request, for the audit log."""
    return Origin(request.user.owner_id, request_id(request.scope))


logger = get_logger(__name__)
_JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def checked_id(job_id: str) -> str:
    """The id, if it has the form of one: a database refuses some other texts with an error.

    Raises:
        ProblemError: no job can have this id.
    """
    if not _JOB_ID.fullmatch(job_id):
        raise not_found()
    return job_id


async def find_job(request: ApiRequest, job_id: str) -> Job:
    """The caller's job.

    Raises:
        ProblemError: it does not exist or is somebody else's, which looks the same.
    """
    resources: Resources = request.app.state.resources
    job = await resources.records.get(checked_id(job_id), request.user.owner_id)
    if job is None:
        raise not_found()
    return job


async def cancel(request: ApiRequest, job: Job) -> Job:
    """Ask for the end of a job; the job as it is then.

    Raises:
        ProblemError: it had come to another end.
    """
    resources: Resources = request.app.state.resources
    if await resources.records.request_cancel(job.job_id, utc_now(), origin_of(request)):
        await resources.dispatcher.cancel(job.job_id)
        logger.info("cancellation requested", job_id=job.job_id)
    job = await resources.records.get(job.job_id) or job
    if job.status.ended and job.status is not Status.CANCELLED:
        raise ProblemError(
            ALREADY_ENDED, f"The export is {job.status.value}; there is nothing to cancel."
        )
    OPERATIONS.labels("cancel", job.format, "accepted").inc()
    return job


_LONGEST_FILTER = 255


async def any_job(request: ApiRequest, job_id: str) -> Job:
    """The job, whoever owns it.

    Raises:
        ProblemError: there is none.
    """
    resources: Resources = request.app.state.resources
    job = await resources.records.get(checked_id(job_id))
    if job is None:
        raise not_found()
    return job


def check_filters(**filters: str | None) -> None:
    """Refuse what no row can hold, before a database does so with an error.

    Raises:
        ProblemError: a filter is too long, or has unprintable characters.
    """
    for name, value in filters.items():
        if value is not None and not (len(value) <= _LONGEST_FILTER and value.isprintable()):
            detail = f"{name} is at most {_LONGEST_FILTER} printable characters."
            raise invalid([FieldError(detail, parameter=name)])
