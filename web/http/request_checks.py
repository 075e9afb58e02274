"""What is refused of any request before its handler is called, and once its caller is known."""

from activities.common import tracing
from activities.model.problems import CONTENT_ENCODED
from web.http.problems import AnyRequest, FieldError, ProblemError, invalid

SEVERAL = "several"
"""The `opt` of a handler that names the query parameters which may be there several times."""


async def refuse_encodings(request: AnyRequest) -> None:
    """Take bodies as they are: what one unpacks to would not be known before.

    Raises:
        ProblemError: the body is encoded.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        # RFC 9110, section 12.5.3: the answer says what would be taken.
        raise ProblemError(CONTENT_ENCODED, headers={"Accept-Encoding": "identity"})


async def check_api_request(request: AnyRequest) -> None:
    """Refuse what the API does not take.

    Raises:
        ProblemError: the body is encoded, or a parameter is there twice, of which one would be
            passed over.
    """
    tracing.name_route(request.method, request.scope["path_template"])
    await refuse_encodings(request)
    several = request.route_handler.opt.get(SEVERAL, ())
    for name, values in request.query_params.dict().items():
        if len(values) > 1 and name not in several:
            raise invalid([FieldError(f"{name}: Give it once.", parameter=name)])
