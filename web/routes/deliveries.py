"""Deliveries of finished files: send one again."""

from litestar import Router, post
from litestar.params import FromPath

from activities.model.problems import EXPIRED, FILE_LOST, NOT_FOUND, NOT_READY, RECORD_DAMAGED
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import WRITE
from web.http.urls import base_url
from web.routes.openapi_examples import DELIVERED_AGAIN_JOB, example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.job import JobResponse
from web.services.file_deliveries import FileDeliveries
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.job_responses import JobResponses


@post(
    "/{job_id:str}/deliveries/{to:str}/retry",
    guards=[requires(WRITE)],
    status_code=202,
    summary="Deliver a file again",
    responses=responses(
        202, JobResponse, "The job.", [example("job", "The job", DELIVERED_AGAIN_JOB)]
    )
    | problems(*ANY_CALL, NOT_FOUND, NOT_READY, EXPIRED, FILE_LOST, RECORD_DAMAGED),
)
async def retry_delivery(
    request: ApiRequest,
    job_id: FromPath[str],
    to: FromPath[str],
    job_access: Service[JobAccess],
    file_deliveries: Service[FileDeliveries],
    job_responses: Service[JobResponses],
) -> JobResponse:
    """Deliver the file once more to a destination of the job, from the first pause on.

    It is tried as often as at first; one that is on its way goes on as it is. The file that is
    there already is replaced by the same one.
    """
    job = await job_access.of_caller(request.user, job_id)
    job = await file_deliveries.again(request.user, job, to)
    return await job_responses.one(job, base_url(request))


ROUTES = Router(
    "/api/export/jobs",
    route_handlers=[retry_delivery],
    tags=["jobs"],
    security=[{"bearer": []}],
)
