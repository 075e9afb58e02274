"""Downloading the finished file."""

from typing import Annotated, Any

from litestar import HttpMethod, Response, Router, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from activities.common.clock import utc_now
from activities.jobs.audit import Origin
from activities.model.jobs import Job
from activities.model.problems import (
    EXPIRED,
    FILE_LOST,
    NOT_FOUND,
    NOT_READY,
    RANGE_NOT_SATISFIABLE,
    STORAGE_UNAVAILABLE,
)
from web.auth.guards import ApiRequest, authenticate
from web.auth.tokens import READ
from web.http.problems import not_found
from web.http.request_ids import request_id
from web.routes.responses import ANY_CALL, problems
from web.services.job_access import checked_id, find_job, origin_of
from web.services.resources import Resources
from web.services.send_file import send_file


@route(
    "/{job_id:str}/download",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={"operation": "download"},
    status_code=200,
    summary="Download the file",
    security=[{"bearer": []}, {}],
    responses=problems(
        *ANY_CALL,
        NOT_FOUND,
        NOT_READY,
        EXPIRED,
        FILE_LOST,
        RANGE_NOT_SATISFIABLE,
        STORAGE_UNAVAILABLE,
    )
    | {
        200: ResponseSpec(bytes, description="The file.", media_type="*/*"),
        206: ResponseSpec(bytes, description="One range.", media_type="*/*"),
        304: ResponseSpec(None, description="The client has these bytes already."),
    },
)
async def download(
    request: ApiRequest,
    job_id: str,
    expires: Annotated[
        str | None, Parameter(description="Of a signed link: when it ends, Unix seconds.")
    ] = None,
    signature: Annotated[str | None, Parameter(description="Of a signed link.")] = None,
) -> Response[Any]:
    """Download with a token or with the signed link that the job shows."""
    if signature is None and expires is None:
        await authenticate(request, READ)
        return await send_file(request, await find_job(request, job_id), origin_of(request))
    job = await _job_of_link(request, job_id, expires or "", signature or "")
    return await send_file(request, job, Origin(request_id=request_id(request.scope)))


async def _job_of_link(request: ApiRequest, job_id: str, expires: str, signature: str) -> Job:
    resources: Resources = request.app.state.resources
    job = await resources.records.get(checked_id(job_id))
    now = utc_now()
    if job is None or not resources.links.allows(
        job, expires=expires, signature=signature, now=now
    ):
        raise not_found()
    return job


ROUTES = Router("/api/export/jobs", route_handlers=[download], tags=["jobs"])
