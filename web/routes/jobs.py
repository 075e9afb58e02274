"""Jobs: list, read, cancel."""

import logging
import re

import msgspec
from litestar import Response, Router, delete, get

from activities.jobs.model import Job, Status
from activities.jobs.records import utc_now
from activities.metrics import OPERATIONS
from web.auth import READ, WRITE, ApiRequest, requires
from web.examples import CANCELLED_JOB, COMPLETED_JOB, JOBS, PROCESSING_JOB, example
from web.paging import (
    USUAL_PAGE_SIZE,
    PageNumber,
    PageSize,
    allowed_page_size,
    page_count,
    page_headers,
)
from web.problems import (
    ALREADY_ENDED,
    NOT_FOUND,
    ProblemError,
    not_found,
)
from web.request_ids import origin_of
from web.resources import Resources
from web.responses import ANY_CALL, answers, job_answer, problems, shown
from web.urls import base_url
from web.views import JobView

logger = logging.getLogger(__name__)

_JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class JobPage(msgspec.Struct, frozen=True):
    """One page of jobs, newest first."""

    items: list[JobView]
    page: int
    page_size: int
    total: int
    """Of all pages; above a thousand it may be five seconds old."""
    pages: int


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


@get(
    "/",
    guards=[requires(READ)],
    summary="List the caller's exports",
    responses=answers(
        200,
        JobPage,
        "One page.",
        [example("page", "The newest two", JobPage([PROCESSING_JOB, COMPLETED_JOB], 1, 2, 57, 29))],
    )
    | problems(*ANY_CALL),
)
async def list_jobs(
    request: ApiRequest,
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    status: Status | None = None,
) -> Response[JobPage]:
    """List jobs, newest first; `Link` leads to the other pages."""
    resources: Resources = request.app.state.resources
    page_size = allowed_page_size(resources, page_size)
    jobs, total = await resources.records.page(
        request.user.owner_id, status=status, page=page, page_size=page_size
    )
    pages = page_count(total, page_size)
    listed = JobPage(await shown(request, jobs), page, page_size, total, pages)
    url = f"{base_url(request)}/api/export/jobs"
    query = {"status": status.value if status else None}
    headers = page_headers(url, query, page=page, page_size=page_size, pages=pages)
    return Response(listed, headers=headers)


@get(
    "/{job_id:str}",
    guards=[requires(READ)],
    summary="Read an export's status",
    responses=answers(200, JobView, "The job.", JOBS) | problems(*ANY_CALL, NOT_FOUND),
)
async def get_job(request: ApiRequest, job_id: str) -> Response[JobView]:
    """Read a job; `Retry-After` is sent until it ends."""
    return await job_answer(request, await find_job(request, job_id))


@delete(
    "/{job_id:str}",
    guards=[requires(WRITE)],
    status_code=202,
    opt={"operation": "cancel"},
    summary="Cancel an export",
    responses=answers(202, JobView, "The job.", CANCELLED_JOB)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_job(request: ApiRequest, job_id: str) -> Response[JobView]:
    """Cancel a pending or processing job; cancelling again changes nothing."""
    job = await cancel(request, await find_job(request, job_id))
    return await job_answer(request, job, 202)


async def cancel(request: ApiRequest, job: Job) -> Job:
    """Ask for the end of a job; the job as it is then.

    Raises:
        ProblemError: it had come to another end.
    """
    resources: Resources = request.app.state.resources
    if await resources.records.request_cancel(job.job_id, utc_now(), origin_of(request)):
        await resources.dispatcher.cancel(job.job_id)
        logger.info("cancellation requested", extra={"fields": {"job_id": job.job_id}})
    job = await resources.records.get(job.job_id) or job
    if job.status.ended and job.status is not Status.CANCELLED:
        raise ProblemError(
            ALREADY_ENDED, f"The export is {job.status.value}; there is nothing to cancel."
        )
    OPERATIONS.labels("cancel", job.format, "accepted").inc()
    return job


ROUTES = Router(
    "/api/export/jobs",
    route_handlers=[list_jobs, get_job, cancel_job],
    tags=["jobs"],
    security=[{"bearer": []}],
)
