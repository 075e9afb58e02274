"""Shares: give a finished file to others by a link, and end it."""

from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from activities.model.problems import (
    BYTES_LIMIT,
    CONTENT_ENCODED,
    ERASURE_IN_PROGRESS,
    EXPIRED,
    NOT_FOUND,
    NOT_JSON,
    NOT_READY,
    SHARE_ENDED,
    SHARE_LIMIT,
    SHARING_OFF,
    TOO_LARGE,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import READ, WRITE
from web.http.json_body import JsonBody
from web.http.urls import base_url
from web.routes.responses import ANY_CALL, problems, responses
from web.routes.share_examples import SHARE, SHARES
from web.schemas.page import Page
from web.schemas.shares import ChangeShareRequest, ShareRequest, ShareResponse
from web.services.file_shares import FileShares
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.paging import USUAL_PAGE_SIZE, PageCursor, PageNumber, PageSize, Paging

_SharePage = Annotated[Page[ShareResponse], Body(schema_component_key="SharePage")]
_ANY_BODY = (*ANY_CALL, NOT_FOUND, TOO_LARGE, NOT_JSON, CONTENT_ENCODED)


@post(
    "/jobs/{job_id:str}/shares",
    guards=[requires(WRITE)],
    dto=JsonBody[ShareRequest],
    return_dto=None,
    status_code=201,
    summary="Share a file",
    responses=responses(201, ShareResponse, "The share, with its link.", SHARE)
    | problems(
        *_ANY_BODY,
        NOT_READY,
        EXPIRED,
        SHARE_LIMIT,
        BYTES_LIMIT,
        SHARING_OFF,
        ERASURE_IN_PROGRESS,
    ),
)
async def make_share(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_shares: Service[FileShares],
    data: Annotated[
        ShareRequest,
        Body(
            examples=[
                Example(
                    value={
                        "name": "Class 9b",
                        "expires_at": "2026-09-30T18:00:00Z",
                        "max_downloads": 30,
                    }
                )
            ]
        ),
    ],
) -> Response[ShareResponse]:
    """Make a link by which others download the file without a sign-in.

    The file is kept as long as the link lasts. Each link can be ended by itself, at once.
    """
    job = await job_access.of_caller(request.user, job_id)
    base = base_url(request)
    share = await file_shares.make(job, data, base, origin_of(request))
    return Response(share, status_code=201, headers={"Location": _url(base, share.share_id)})


@get(
    "/jobs/{job_id:str}/shares",
    guards=[requires(READ)],
    summary="List a file's shares",
    responses=responses(200, _SharePage, "One page.", SHARES) | problems(*ANY_CALL, NOT_FOUND),
)
async def list_job_shares(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_shares: Service[FileShares],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
) -> Response[_SharePage]:
    """List the shares of one file, those that have ended included, newest first."""
    job = await job_access.of_caller(request.user, job_id)
    wanted = paging.page(page, page_size, cursor)
    base = base_url(request)
    items, listed = await file_shares.page(job.owner_id, wanted, base, job.job_id)
    return wanted.response(items, listed, f"{base}/api/export/jobs/{job.job_id}/shares", {})


@get(
    "/shares",
    guards=[requires(READ)],
    summary="List the caller's shares",
    responses=responses(200, _SharePage, "One page.", SHARES) | problems(*ANY_CALL),
)
async def list_shares(
    request: ApiRequest,
    file_shares: Service[FileShares],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
) -> Response[_SharePage]:
    """List the shares of all files, those that have ended included, newest first."""
    wanted = paging.page(page, page_size, cursor)
    base = base_url(request)
    items, listed = await file_shares.page(request.user.owner_id, wanted, base)
    return wanted.response(items, listed, f"{base}/api/export/shares", {})


@patch(
    "/shares/{share_id:str}",
    guards=[requires(WRITE)],
    dto=JsonBody[ChangeShareRequest],
    return_dto=None,
    summary="Change a share",
    responses=responses(200, ShareResponse, "The share.", SHARE)
    | problems(*_ANY_BODY, SHARE_ENDED, EXPIRED),
)
async def change_share(
    request: ApiRequest,
    share_id: FromPath[str],
    file_shares: Service[FileShares],
    data: Annotated[ChangeShareRequest, Body(examples=[Example(value={"max_downloads": 40})])],
) -> ShareResponse:
    """Change what the body names; a share that is used up or expired goes on by it."""
    return await file_shares.change(request.user.owner_id, share_id, data, base_url(request))


@delete(
    "/shares/{share_id:str}",
    guards=[requires(WRITE)],
    status_code=204,
    opt={"operation": "unshare"},
    summary="End a share",
    responses=problems(*ANY_CALL, NOT_FOUND),
)
async def end_share(
    request: ApiRequest, share_id: FromPath[str], file_shares: Service[FileShares]
) -> None:
    """End a share at once and for good; ending it again changes nothing."""
    await file_shares.revoke(request.user.owner_id, share_id, origin_of(request))


def _url(base: str, share_id: str) -> str:
    return f"{base}/api/export/shares/{share_id}"


ROUTES = Router(
    "/api/export",
    route_handlers=[make_share, list_job_shares, list_shares, change_share, end_share],
    tags=["shares"],
    security=[{"bearer": []}],
)
