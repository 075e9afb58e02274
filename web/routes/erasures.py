"""Erasing everything of an owner: by themselves, and by operators."""

from litestar import Response, Router, delete, get
from litestar.params import FromPath

from activities.model.problems import NOT_FOUND
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import ADMIN, WRITE
from web.http.urls import base_url
from web.routes.openapi_examples import ERASED, ERASING
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.erasures import ErasureResponse, ErasureStatus, erasure_response
from web.services.injection import Service
from web.services.owner_erasures import OwnerErasures

_OWN = "/api/export/owner"
_ADMIN = "/api/export/admin"
_POLL_SECONDS = 1


@delete(
    "/owner",
    guards=[requires(WRITE)],
    status_code=202,
    opt={"operation": "erase"},
    summary="Erase everything of the caller",
    responses=responses(202, ErasureResponse, "It is erased.", ERASING) | problems(*ANY_CALL),
    tags=["people"],
)
async def erase_everything(
    request: ApiRequest, owner_erasures: Service[OwnerErasures]
) -> Response[ErasureResponse]:
    """Erase all exports and files, shares, schedules, webhooks, settings and sessions.

    Exports that run are cancelled, and the caller is signed out everywhere. Until it is `erased`,
    which `Location` tells, nothing new is accepted. Content stays where it comes from, and the
    audit log keeps what was done, by a pseudonym. Nothing undoes it.
    """
    asked = await owner_erasures.ask_for(request.user.owner_id, origin_of(request))
    location = f"{base_url(request)}{_OWN}/erasures/{asked.erasure_id}"
    return _told(erasure_response(asked), 202, location)


@get(
    "/owner/erasures/{erasure_id:str}",
    guards=[requires(None)],
    summary="Read how far an erasure is",
    responses=responses(200, ErasureResponse, "The erasure.", ERASED)
    | problems(*ANY_CALL, NOT_FOUND),
    tags=["people"],
)
async def get_erasure(
    request: ApiRequest, erasure_id: FromPath[str], owner_erasures: Service[OwnerErasures]
) -> Response[ErasureResponse]:
    """Read how far it is with erasing everything of the caller."""
    found = await owner_erasures.of_owner(request.user.owner_id, erasure_id)
    return _told(erasure_response(found))


@delete(
    "/admin/owners/{owner:path}",
    guards=[requires(ADMIN)],
    status_code=202,
    opt={"operation": "erase"},
    summary="Erase everything of an owner",
    responses=responses(202, ErasureResponse, "It is erased.", ERASING) | problems(*ANY_CALL),
    tags=["operators"],
)
async def erase_owner(
    request: ApiRequest, owner: FromPath[str], owner_erasures: Service[OwnerErasures]
) -> Response[ErasureResponse]:
    """Erase everything of an owner, as the owner could; of one who has nothing it ends at once."""
    asked = await owner_erasures.ask_for(str(owner).removeprefix("/"), origin_of(request))
    location = f"{base_url(request)}{_ADMIN}/erasures/{asked.erasure_id}"
    return _told(erasure_response(asked), 202, location)


@get(
    "/admin/erasures/{erasure_id:str}",
    guards=[requires(ADMIN)],
    summary="Read how far an erasure of any owner is",
    responses=responses(200, ErasureResponse, "The erasure.", ERASED)
    | problems(*ANY_CALL, NOT_FOUND),
    tags=["operators"],
)
async def get_any_erasure(
    erasure_id: FromPath[str], owner_erasures: Service[OwnerErasures]
) -> Response[ErasureResponse]:
    """Read how far it is with erasing everything of an owner."""
    return _told(erasure_response(await owner_erasures.by_id(erasure_id)))


def _told(
    erasure: ErasureResponse, status_code: int = 200, location: str = ""
) -> Response[ErasureResponse]:
    headers = {"Location": location} if location else {}
    if erasure.status is ErasureStatus.ERASING:
        headers["Retry-After"] = str(_POLL_SECONDS)
    return Response(erasure, status_code=status_code, headers=headers)


ROUTES = Router(
    "/api/export",
    route_handlers=[erase_everything, get_erasure, erase_owner, get_any_erasure],
    security=[{"bearer": []}],
)
