"""What the caller's files take."""

from litestar import Router, get

from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ
from web.routes.openapi_examples import example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.usage import UsageResponse
from web.services.injection import Service
from web.services.owner_usage import OwnerUsage

_USAGE = [
    example("usage", "An owner with room left", UsageResponse(9, 12_400_000, 500_000_000, 1, 20))
]


@get(
    "/",
    guards=[requires(READ)],
    summary="Read how much room the caller's files take",
    responses=responses(200, UsageResponse, "What the files take.", _USAGE) | problems(*ANY_CALL),
)
async def get_usage(request: ApiRequest, owner_usage: Service[OwnerUsage]) -> UsageResponse:
    """Read how much room the caller's files take; a file that is removed takes none at once."""
    return await owner_usage.get(request.user.owner_id)


ROUTES = Router(
    "/api/export/usage", route_handlers=[get_usage], tags=["jobs"], security=[{"bearer": []}]
)
