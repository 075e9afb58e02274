"""What is refused of any request before its handler is called, and once its caller is known."""

from activities.common import tracing
from activities.model.problems import CONTENT_ENCODED
from web.http.problems import AnyRequest, FieldError, ProblemError, invalid
from web.http.value_errors import admits_text, choices_of, sentence

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
            passed over, or `null`, which would be passed over as well.
    """
    tracing.name_route(request.method, request.scope["path_template"])
    await refuse_encodings(request)
    several = request.route_handler.opt.get(SEVERAL, ())
    for name, values in request.query_params.dict().items():
        if len(values) > 1 and name not in several:
            raise invalid([FieldError(f"{name}: Give it once.", parameter=name)])
        if any(value.lower() == "null" for value in values):
            _refuse_null(request, name)


def _refuse_null(request: AnyRequest, name: str) -> None:
    """Refuse what would be read as if the parameter were not there.

    Raises:
        ProblemError: the parameter is no text, which may be this word.
    """
    found = next(
        (
            each.annotation
            for key, each in request.route_handler.parsed_fn_signature.parameters.items()
            if key.rstrip("_") == name
        ),
        str,
    )
    if not admits_text(found):
        choices = choices_of(found)
        told = sentence("", choices) if choices else "Leave it out, or give a value."
        raise invalid([FieldError(f"{name}: {told}", parameter=name)])
