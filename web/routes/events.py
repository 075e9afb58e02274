"""Live progress of a job."""

from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response.base import ASGIResponse

from activities.common.clock import utc_now
from activities.model.problems import BUSY, LIMIT_REACHED, NOT_FOUND
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ
from web.http.urls import base_url
from web.routes.openapi_examples import PROCESSING_JOB, example
from web.routes.responses import ANY_CALL, problems
from web.schemas.job import ENDED, JobResponse, view
from web.services.job_access import find_job
from web.services.job_events import JobEvent, JobEventStream
from web.services.job_watcher import JobState
from web.services.resources import Resources


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
    job_id: str,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ASGIResponse:
    """Send the job at each change as a server-sent event, until it has ended."""
    resources: Resources = request.app.state.resources
    job = await find_job(request, job_id)
    outlooks = await resources.outlooks.of([job])
    watch = resources.watcher.watch(job, outlooks.get(job_id, ENDED))
    if job.status.ended and watch.state.id == last_event_id:
        return ASGIResponse(status_code=204)
    url = base_url(request)

    def show(state: JobState) -> JobResponse:
        return view(
            state.job,
            resources.links,
            url,
            utc_now(),
            outlook=state.outlook,
            progress=state.progress,
        )

    return JobEventStream(watch, show, last_event_id)


ROUTES = Router(
    "/api/export/jobs", route_handlers=[follow_job], tags=["jobs"], security=[{"bearer": []}]
)
