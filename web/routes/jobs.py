"""Jobs: list, read, cancel."""

import time
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get
from litestar.params import Body, FromPath, FromQuery, QueryParameter

from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.model.problems import ALREADY_ENDED, BUSY, LIMIT_REACHED, NOT_FOUND
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import READ, WRITE
from web.http.departures import EndWithCaller
from web.http.urls import base_url
from web.routes.openapi_examples import CANCELLED_JOB, COMPLETED_JOB, JOBS, PROCESSING_JOB, example
from web.routes.responses import ANY_CALL, job_reply, problems, responses
from web.schemas.job import JobResponse
from web.schemas.page import Page
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.job_responses import JobResponses
from web.services.job_watcher import JobWatcher
from web.services.paging import USUAL_PAGE_SIZE, PageCursor, PageNumber, PageSize, Paging

_LONGEST_WAIT_SECONDS = 60

WaitSeconds = Annotated[
    int,
    QueryParameter(
        name="wait",
        ge=0,
        description=(
            "Seconds to wait for the job's end before the response, which comes as soon as it "
            f"has ended. A number above {_LONGEST_WAIT_SECONDS} is taken as that."
        ),
    ),
]
_JobPage = Annotated[Page[JobResponse], Body(schema_component_key="JobPage")]


@get(
    "/",
    guards=[requires(READ)],
    summary="List the caller's exports",
    responses=responses(
        200,
        _JobPage,
        "One page.",
        [example("page", "The newest two", Page([PROCESSING_JOB, COMPLETED_JOB], 1, 2, 57, 29))],
    )
    | problems(*ANY_CALL),
)
async def list_jobs(
    request: ApiRequest,
    records: Service[JobRecords],
    job_responses: Service[JobResponses],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
    status: FromQuery[Status | None] = None,
    pinned: Annotated[
        bool,
        QueryParameter(description="True: those alone whose files are kept until further notice."),
    ] = False,
) -> Response[Page[msgspec.Raw]]:
    """List jobs, newest first; `Link` leads to the other pages."""
    wanted = paging.page(page, page_size, cursor)
    listed = await records.page(
        request.user.owner_id,
        status=status,
        pinned=pinned,
        page=wanted.number,
        page_size=wanted.size,
        cursor=wanted.cursor,
    )
    base = base_url(request)
    items = await job_responses.as_json(listed.entries, base)
    filters = {"status": status.value if status else None, "pinned": "true" if pinned else None}
    return wanted.response(items, listed, f"{base}/api/export/jobs", filters)


@get(
    "/{job_id:str}",
    guards=[requires(READ)],
    middleware=[EndWithCaller()],
    summary="Read an export's status",
    responses=responses(200, JobResponse, "The job.", JOBS)
    | problems(*ANY_CALL, NOT_FOUND, LIMIT_REACHED, BUSY),
)
async def get_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    job_responses: Service[JobResponses],
    job_watcher: Service[JobWatcher],
    wait: WaitSeconds = 0,
) -> Response[JobResponse]:
    """Read a job; `Retry-After` is sent until it ends."""
    job = await job_access.of_caller(request.user, job_id)
    if not wait or job.status.ended:
        return job_reply(await job_responses.one(job, base_url(request)))
    # Nobody is told of a job for longer than the token that asked is valid.
    seconds = min(wait, _LONGEST_WAIT_SECONDS, request.user.expires - time.time())
    state = await job_watcher.until_end(job, seconds)
    return job_reply(job_responses.at(state, base_url(request)))


@delete(
    "/{job_id:str}",
    guards=[requires(WRITE)],
    status_code=202,
    opt={"operation": "cancel"},
    summary="Cancel an export",
    responses=responses(202, JobResponse, "The job.", CANCELLED_JOB)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    job_responses: Service[JobResponses],
) -> Response[JobResponse]:
    """Cancel a pending or processing job; cancelling again changes nothing."""
    job = await job_access.of_caller(request.user, job_id)
    job = await job_access.cancel(job, origin_of(request))
    return job_reply(await job_responses.one(job, base_url(request)), 202)


ROUTES = Router(
    "/api/export/jobs",
    route_handlers=[list_jobs, get_job, cancel_job],
    tags=["jobs"],
    security=[{"bearer": []}],
)
