"""Downloading the finished file."""

from typing import Annotated

from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from activities.jobs.audit import Origin
from activities.model.problems import (
    EXPIRED,
    FILE_LOST,
    NOT_FOUND,
    NOT_READY,
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
    RECORD_DAMAGED,
    STORAGE_UNAVAILABLE,
)
from activities.storage.signatures import link_id
from web.auth.guards import ApiRequest, authenticate, origin_of
from web.auth.tokens import READ
from web.http.request_ids import request_id
from web.routes.responses import ANY_CALL, problems
from web.services.file_sender import FileSender
from web.services.injection import Service
from web.services.job_access import JobAccess


@get(
    "/{job_id:str}/download",
    opt={"operation": "download"},
    summary="Download the file",
    security=[{"bearer": []}, {}],
    responses=problems(
        *ANY_CALL,
        NOT_FOUND,
        NOT_READY,
        EXPIRED,
        FILE_LOST,
        RECORD_DAMAGED,
        PRECONDITION_FAILED,
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
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_sender: Service[FileSender],
    expires: Annotated[
        str | None, QueryParameter(description="Of a presigned URL: its expiry in Unix seconds.")
    ] = None,
    signature: Annotated[
        str | None, QueryParameter(description="Of a presigned URL: the signature.")
    ] = None,
) -> Response[None] | Stream:
    """Download with a token or with the presigned URL that the job shows."""
    if signature is None and expires is None:
        await authenticate(request, READ)
        job = await job_access.of_caller(request.user, job_id)
        origin = origin_of(request)
    else:
        job = await job_access.of_url(job_id, expires=expires or "", signature=signature or "")
        origin = Origin(request_id=request_id(request.scope), link=link_id(signature or ""))
    return await file_sender.send(job, origin, request.method, request.headers)


ROUTES = Router("/api/export/jobs", route_handlers=[download], tags=["jobs"])
