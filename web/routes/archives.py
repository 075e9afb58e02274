"""Archives: all content of a caller, or of a tenant, in parts."""

from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from activities.model.problems import (
    ALREADY_ENDED,
    ARCHIVE_UNDER_WAY,
    CONTENT_ENCODED,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    INVALID_FORMAT,
    NO_CONTENT_MATCHED,
    NO_SPACE,
    NOT_FOUND,
    NOT_JSON,
    NOT_READY,
    RECEIPTS_OFF,
    TOO_LARGE,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import READ, WRITE
from web.http.json_body import JsonBody
from web.http.urls import base_url
from web.routes.archive_examples import ARCHIVE, ARCHIVE_LIST
from web.routes.openapi_examples import example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.archives import ArchiveList, ArchiveRequest, ArchiveResponse
from web.services.archives import Archives
from web.services.injection import Service

_SHOWN = [example("archive", "Two parts of three can be fetched", ARCHIVE)]
_POLL_SECONDS = "2"


@post(
    "/archive",
    guards=[requires(WRITE)],
    status_code=202,
    dto=JsonBody[ArchiveRequest],
    return_dto=None,
    opt={"operation": "archive"},
    summary="Export everything, in parts",
    responses=responses(202, ArchiveResponse, "The archive, which is being made.", _SHOWN)
    | problems(
        *ANY_CALL,
        INVALID_FORMAT,
        TOO_LARGE,
        NOT_JSON,
        CONTENT_ENCODED,
        ARCHIVE_UNDER_WAY,
        NO_CONTENT_MATCHED,
        CONTENT_SOURCE_BROKEN,
        CONTENT_SOURCE_UNAVAILABLE,
        NO_SPACE,
        RECEIPTS_OFF,
    ),
)
async def create_archive(
    request: ApiRequest,
    archives: Service[Archives],
    data: Annotated[
        ArchiveRequest,
        Body(examples=[Example(value={"formats": ["json", "pdf"], "part_bytes": 104_857_600})]),
    ],
) -> Response[ArchiveResponse]:
    """Export all content of the caller, or of the token's tenant, however much it is.

    Each part is a job of its own, which can be fetched as soon as it is complete. The signed
    manifest comes last, with the hashes of all parts and the ids of what is in none of them.
    """
    archive = await archives.create(request.user, data, origin_of(request))
    base = base_url(request)
    headers = {
        "Location": f"{base}/api/export/archives/{archive.archive_id}",
        "Retry-After": _POLL_SECONDS,
    }
    shown = await archives.response(archive, base)
    return Response(shown, status_code=202, headers=headers)


@get(
    "/archives",
    guards=[requires(READ)],
    summary="List the caller's archives",
    responses=responses(200, ArchiveList, "The newest 50.", [example("list", "One", ARCHIVE_LIST)])
    | problems(*ANY_CALL),
)
async def list_archives(request: ApiRequest, archives: Service[Archives]) -> ArchiveList:
    """List archives, the newest first, without their parts."""
    return ArchiveList(await archives.all_of(request.user.owner_id))


@get(
    "/archives/{archive_id:str}",
    guards=[requires(READ)],
    summary="Read an archive",
    responses=responses(200, ArchiveResponse, "The archive.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def get_archive(
    request: ApiRequest, archive_id: FromPath[str], archives: Service[Archives]
) -> Response[ArchiveResponse]:
    """Read an archive: which parts there are, and where they can be fetched."""
    archive = await archives.of_caller(request.user, archive_id)
    headers = {} if archive.status.ended else {"Retry-After": _POLL_SECONDS}
    return Response(await archives.response(archive, base_url(request)), headers=headers)


@delete(
    "/archives/{archive_id:str}",
    guards=[requires(WRITE)],
    status_code=202,
    summary="Cancel an archive",
    responses=responses(202, ArchiveResponse, "The archive, which ends.", _SHOWN)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_archive(
    request: ApiRequest, archive_id: FromPath[str], archives: Service[Archives]
) -> ArchiveResponse:
    """Cancel an archive as a whole: parts that were made have no files from then on."""
    archive = await archives.of_caller(request.user, archive_id)
    await archives.cancel(archive, origin_of(request))
    archive = await archives.of_caller(request.user, archive_id)
    return await archives.response(archive, base_url(request))


@get(
    "/archives/{archive_id:str}/manifest",
    guards=[requires(READ)],
    summary="Read the manifest of an archive",
    responses={
        200: ResponseSpec(
            data_container=None,
            description='`{"signature": {"algorithm", "key_id", "value"}, "statement": '
            "{..}}` as one line of canonical JSON (RFC 8785); the signature is that of the bytes "
            "of the statement.",
            media_type="application/json",
            generate_examples=False,
        )
    }
    | problems(*ANY_CALL, NOT_FOUND, NOT_READY),
)
async def get_manifest(
    request: ApiRequest, archive_id: FromPath[str], archives: Service[Archives]
) -> Response[bytes]:
    """Read what is signed: each part with its size and SHA-256, and each item that is in none."""
    archive = await archives.of_caller(request.user, archive_id)
    return Response(
        await archives.manifest(archive),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="archive-manifest.json"'},
    )


ROUTES = Router(
    "/api/export",
    route_handlers=[create_archive, list_archives, get_archive, cancel_archive, get_manifest],
    tags=["archives"],
    security=[{"bearer": []}],
)
