"""Finished files: remove one before its time, keep one on."""

from litestar import Router, delete, put
from litestar.params import FromPath

from activities.model.problems import (
    BYTES_LIMIT,
    EXPIRED,
    NOT_FOUND,
    NOT_READY,
    PIN_LIMIT,
    STORAGE_UNAVAILABLE,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import WRITE
from web.http.urls import base_url
from web.routes.openapi_examples import COMPLETED_JOB, example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.job import JobResponse
from web.services.file_keeping import FileKeeping
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.job_responses import JobResponses

_JOB = [example("job", "The job", COMPLETED_JOB)]


@delete(
    "/{job_id:str}/file",
    guards=[requires(WRITE)],
    status_code=204,
    opt={"operation": "delete"},
    summary="Remove a file before its time",
    responses=problems(*ANY_CALL, NOT_FOUND, NOT_READY, STORAGE_UNAVAILABLE),
)
async def delete_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
) -> None:
    """Remove the file of this job alone, and end its shares; the job is `expired` then.

    Removing it again changes nothing.
    """
    job = await job_access.of_caller(request.user, job_id)
    await file_keeping.delete(job, origin_of(request))


@put(
    "/{job_id:str}/pin",
    guards=[requires(WRITE)],
    status_code=200,
    opt={"operation": "pin"},
    summary="Keep a file until further notice",
    responses=responses(200, JobResponse, "The job.", _JOB)
    | problems(*ANY_CALL, NOT_FOUND, NOT_READY, EXPIRED, PIN_LIMIT, BYTES_LIMIT),
)
async def pin_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
    job_responses: Service[JobResponses],
) -> JobResponse:
    """Keep the file of a job until further notice: its `expires_at` is null then."""
    job = await job_access.of_caller(request.user, job_id)
    job = await file_keeping.pin(job, origin_of(request))
    return await job_responses.one(job, base_url(request))


@delete(
    "/{job_id:str}/pin",
    guards=[requires(WRITE)],
    status_code=200,
    opt={"operation": "pin"},
    summary="Keep a file no longer than others",
    responses=responses(200, JobResponse, "The job.", _JOB) | problems(*ANY_CALL, NOT_FOUND),
)
async def unpin_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
    job_responses: Service[JobResponses],
) -> JobResponse:
    """Let the time of a file run again; it has a day left at least."""
    job = await job_access.of_caller(request.user, job_id)
    job = await file_keeping.unpin(job, origin_of(request))
    return await job_responses.one(job, base_url(request))


ROUTES = Router(
    "/api/export/jobs",
    route_handlers=[delete_file, pin_file, unpin_file],
    tags=["jobs"],
    security=[{"bearer": []}],
)
