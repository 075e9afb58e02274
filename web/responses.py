"""Answers that several routes give."""

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec

from activities.jobs.model import Job
from activities.jobs.records import utc_now
from web.auth import ApiRequest
from web.problems import MEDIA_TYPE, ProblemDocument
from web.submission import Submitted
from web.urls import base_url
from web.views import JobView, job_url, view

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


def shown(request: ApiRequest, job: Job) -> JobView:
    """The job as the caller sees it."""
    return view(job, request.app.state.resources.links, base_url(request), utc_now())


def job_answer(request: ApiRequest, job: Job, status_code: int = 200) -> Response[JobView]:
    """The job, and when to ask again if it has not ended."""
    headers = {"Cache-Control": "no-store"}
    if not job.status.ended:
        headers["Retry-After"] = str(_POLL_SECONDS)
    return Response(shown(request, job), status_code=status_code, headers=headers)


def accepted(request: ApiRequest, submitted: Submitted) -> Response[JobView]:
    """The job was taken, and this is where it is."""
    answer = job_answer(request, submitted.job, 202)
    answer.headers.update(submitted.headers)
    answer.headers["Location"] = job_url(base_url(request), submitted.job.job_id)
    answer.headers.setdefault("Retry-After", str(_POLL_SECONDS))
    return answer
