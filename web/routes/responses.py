"""Answers that several routes give."""

from collections.abc import Sequence

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from activities.common.clock import utc_now
from activities.model.jobs import Job
from activities.model.problems import (
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    DATABASE_UNAVAILABLE,
    FORBIDDEN,
    IDEMPOTENCY_MISMATCH,
    INVALID_FORMAT,
    INVALID_REQUEST,
    KEYS_UNAVAILABLE,
    LIMIT_REACHED,
    NO_SPACE,
    NOT_JSON,
    TOO_LARGE,
    UNAUTHENTICATED,
    HttpProblemType,
)
from web.auth.guards import ApiRequest
from web.http.problems import MEDIA_TYPE, ProblemDocument
from web.http.urls import base_url, job_url
from web.routes.openapi_examples import problem_example
from web.schemas.job import ENDED, JobResponse, view
from web.services.create_export import CreatedExport
from web.services.resources import Resources

_POLL_SECONDS = 1


ANY_CALL = (INVALID_REQUEST, UNAUTHENTICATED, FORBIDDEN, DATABASE_UNAVAILABLE, KEYS_UNAVAILABLE)
"""How any call may fail that needs a scope and asks the job records."""

ANY_CREATION = (
    *ANY_CALL,
    INVALID_FORMAT,
    TOO_LARGE,
    NOT_JSON,
    IDEMPOTENCY_MISMATCH,
    LIMIT_REACHED,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    NO_SPACE,
)
"""How any creation of an export may fail."""


def problems(*kinds: HttpProblemType) -> dict[int, ResponseSpec]:
    """What the API's description says of a route's errors: each kind with an example."""
    return {
        status: ResponseSpec(
            data_container=ProblemDocument,
            description="; or ".join(kind.title for kind in kinds if kind.status == status) + ".",
            media_type=MEDIA_TYPE,
            generate_examples=False,
            examples=[problem_example(kind) for kind in kinds if kind.status == status],
        )
        for status in sorted({kind.status for kind in kinds})
    }


def answers(
    status: int, container: type, description: str, examples: list[Example]
) -> dict[int, ResponseSpec]:
    """What the API's description says of a route's success."""
    return {
        status: ResponseSpec(
            container, description=description, generate_examples=False, examples=examples
        )
    }


async def shown(request: ApiRequest, jobs: Sequence[Job]) -> list[JobResponse]:
    """The jobs as the caller sees them."""
    resources: Resources = request.app.state.resources
    outlooks = await resources.outlooks.of(jobs)
    url, now = base_url(request), utc_now()
    return [
        view(job, resources.links, url, now, outlook=outlooks.get(job.job_id, ENDED))
        for job in jobs
    ]


async def job_answer(
    request: ApiRequest, job: Job, status_code: int = 200
) -> Response[JobResponse]:
    """The job, and when to ask again if it has not ended."""
    headers = {"Cache-Control": "no-store"}
    if not job.status.ended:
        headers["Retry-After"] = str(_POLL_SECONDS)
    (seen,) = await shown(request, [job])
    return Response(seen, status_code=status_code, headers=headers)


async def accepted(request: ApiRequest, submitted: CreatedExport) -> Response[JobResponse]:
    """The job was taken, and this is where it is."""
    answer = await job_answer(request, submitted.job, 202)
    answer.headers.update(submitted.headers)
    answer.headers["Location"] = job_url(base_url(request), submitted.job.job_id)
    answer.headers.setdefault("Retry-After", str(_POLL_SECONDS))
    return answer
