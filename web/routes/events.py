"""Live progress of a job."""

from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter
from litestar.response.base import ASGIResponse

from activities.model.problems import BUSY, LIMIT_REACHED, NOT_FOUND
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ
from web.http.urls import base_url
from web.routes.openapi_examples import PROCESSING_JOB, example
from web.routes.responses import ANY_CALL, problems
from web.schemas.job import JobResponse
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.job_events import JobEvent, JobEventStream
from web.services.job_responses import JobResponses
from web.services.job_watcher import JobState, JobWatcher


@get(
    "/{job_id:str}/events",
    guards=[requires(READ)],
    summary="Follow an export",
    responses=problems(*ANY_CALL, NOT_FOUND, LIMIT_REACHED, BUSY)
    | {
        200: ResponseSpec(
            JobEvent,
            description="Events named `job`.",
            media_type="text/event-stream",
            generate_examples=False,
            examples=[
                example(
                    "job",
                    "A change",
                    JobEvent("5a1f0c3b9d8e7f60", msgspec.json.encode(PROCESSING_JOB).decode()),
                )
            ],
        ),
        204: ResponseSpec(None, description="The job has ended and was seen."),
    },
)
async def follow_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    job_responses: Service[JobResponses],
    job_watcher: Service[JobWatcher],
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ASGIResponse:
    """Send the job at each change as a server-sent event, until it or the token has ended."""
    job = await job_access.of_caller(request.user, job_id)
    watch = await job_watcher.watch(job)
    if job.status.ended and watch.state.id == last_event_id:
        return ASGIResponse(status_code=204)
    base = base_url(request)

    def show(state: JobState) -> JobResponse:
        return job_responses.at(state, base)

    return JobEventStream(watch, show, last_event_id, request.user.expires)


ROUTES = Router(
    "/api/export/jobs", route_handlers=[follow_job], tags=["jobs"], security=[{"bearer": []}]
)
