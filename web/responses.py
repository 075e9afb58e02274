"""Answers that several routes give."""

from collections.abc import Sequence

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec

from activities.jobs.model import Job
from activities.jobs.records import utc_now
from web.auth import ApiRequest
from web.problems import MEDIA_TYPE, ProblemDocument
from web.resources import Resources
from web.submission import Submitted
from web.urls import base_url
from web.views import ENDED, JobView, job_url, view

_POLL_SECONDS = 1
_DESCRIPTIONS = {
    400: "The request is not valid, or there is no such format.",
    401: "No valid token.",
    403: "The token lacks the scope.",
    404: "No such job or content among the caller's.",
    409: "The job's state does not allow this.",
    410: "The file has been removed.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "The file has no such range.",
    422: "Nothing matches, or the Idempotency-Key was used with another request.",
    429: "Too much at once; see Retry-After.",
    503: "Something that is needed is away; see Retry-After.",
    507: "No room on the disk.",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """What the API's description says of a route's errors."""
    return {
        status: ResponseSpec(
            data_container=ProblemDocument,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


async def shown(request: ApiRequest, jobs: Sequence[Job]) -> list[JobView]:
    """The jobs as the caller sees them."""
    resources: Resources = request.app.state.resources
    outlooks = await resources.outlooks.of(jobs)
    url, now = base_url(request), utc_now()
    return [
        view(job, resources.links, url, now, outlook=outlooks.get(job.job_id, ENDED))
        for job in jobs
    ]


async def job_answer(request: ApiRequest, job: Job, status_code: int = 200) -> Response[JobView]:
    """The job, and when to ask again if it has not ended."""
    headers = {"Cache-Control": "no-store"}
    if not job.status.ended:
        headers["Retry-After"] = str(_POLL_SECONDS)
    (seen,) = await shown(request, [job])
    return Response(seen, status_code=status_code, headers=headers)


async def accepted(request: ApiRequest, submitted: Submitted) -> Response[JobView]:
    """The job was taken, and this is where it is."""
    answer = await job_answer(request, submitted.job, 202)
    answer.headers.update(submitted.headers)
    answer.headers["Location"] = job_url(base_url(request), submitted.job.job_id)
    answer.headers.setdefault("Retry-After", str(_POLL_SECONDS))
    return answer
