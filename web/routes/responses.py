"""Responses that several routes give, and how the API's description shows them."""

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from activities.model.problems import (
    BYTES_LIMIT,
    CONTENT_ENCODED,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    DATABASE_UNAVAILABLE,
    ERASURE_IN_PROGRESS,
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
from web.http.problems import MEDIA_TYPE, ProblemDocument
from web.http.urls import job_url
from web.routes.openapi_examples import problem_example
from web.schemas.job import JobResponse

_POLL_SECONDS = 1


ANY_CALL = (INVALID_REQUEST, UNAUTHENTICATED, FORBIDDEN, DATABASE_UNAVAILABLE, KEYS_UNAVAILABLE)
"""The errors of any call that needs a scope and asks the job records."""

ANY_CREATION = (
    *ANY_CALL,
    INVALID_FORMAT,
    TOO_LARGE,
    NOT_JSON,
    CONTENT_ENCODED,
    IDEMPOTENCY_MISMATCH,
    ERASURE_IN_PROGRESS,
    LIMIT_REACHED,
    BYTES_LIMIT,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    NO_SPACE,
)
"""The errors of any creation of an export."""


def problems(*kinds: HttpProblemType) -> dict[int, ResponseSpec]:
    """The OpenAPI description of a route's errors: each type with an example."""
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


def responses(
    status: int, container: type, description: str, examples: list[Example]
) -> dict[int, ResponseSpec]:
    """The OpenAPI description of a route's success."""
    return {
        status: ResponseSpec(
            container, description=description, generate_examples=False, examples=examples
        )
    }


def job_reply(job: JobResponse, status_code: int = 200) -> Response[JobResponse]:
    """The job, and when to ask again if it has not ended."""
    headers = {} if job.status.ended else {"Retry-After": str(_POLL_SECONDS)}
    return Response(job, status_code=status_code, headers=headers)


def accepted(job: JobResponse, base_url: str, limits: dict[str, str]) -> Response[JobResponse]:
    """The job was taken, and this is where it is.

    Args:
        job: the new job.
        base_url: the base of absolute links.
        limits: the headers that tell what its owner may create after this one.
    """
    response = job_reply(job, 202)
    response.headers.update(limits)
    response.headers["Location"] = job_url(base_url, job.job_id)
    return response
