"""Jobs: list, read, cancel."""

import msgspec
from litestar import Response, Router, delete, get

from activities.model.jobs import Status
from activities.model.problems import ALREADY_ENDED, NOT_FOUND
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ, WRITE
from web.http.urls import base_url
from web.routes.openapi_examples import CANCELLED_JOB, COMPLETED_JOB, JOBS, PROCESSING_JOB, example
from web.routes.paging import (
    USUAL_PAGE_SIZE,
    PageNumber,
    PageSize,
    allowed_page_size,
    page_count,
    page_headers,
)
from web.routes.responses import ANY_CALL, answers, job_answer, problems, shown
from web.schemas.job import JobResponse
from web.services.job_access import cancel, find_job
from web.services.resources import Resources


class JobPage(msgspec.Struct, frozen=True):
    """One page of jobs, newest first."""

    items: list[JobResponse]
    page: int
    page_size: int
    total: int
    """Of all pages; above a thousand it may be five seconds old."""
    pages: int


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
    responses=answers(200, JobResponse, "The job.", JOBS) | problems(*ANY_CALL, NOT_FOUND),
)
async def get_job(request: ApiRequest, job_id: str) -> Response[JobResponse]:
    """Read a job; `Retry-After` is sent until it ends."""
    return await job_answer(request, await find_job(request, job_id))


@delete(
    "/{job_id:str}",
    guards=[requires(WRITE)],
    status_code=202,
    opt={"operation": "cancel"},
    summary="Cancel an export",
    responses=answers(202, JobResponse, "The job.", CANCELLED_JOB)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_job(request: ApiRequest, job_id: str) -> Response[JobResponse]:
    """Cancel a pending or processing job; cancelling again changes nothing."""
    job = await cancel(request, await find_job(request, job_id))
    return await job_answer(request, job, 202)


ROUTES = Router(
    "/api/export/jobs",
    route_handlers=[list_jobs, get_job, cancel_job],
    tags=["jobs"],
    security=[{"bearer": []}],
)
