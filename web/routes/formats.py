"""The route that lists the export formats."""

import msgspec
from litestar import Router, get

from activities.model.catalog import formats
from activities.model.formats import Carries, Format, Variant
from activities.model.problems import KEYS_UNAVAILABLE, UNAUTHENTICATED
from web.auth.guards import ApiRequest, requires
from web.http.urls import base_url
from web.routes.docs import EXPORT_SCHEMA
from web.routes.openapi_examples import example
from web.routes.responses import problems, responses

_SCHEMAS = {"json": EXPORT_SCHEMA}


class FormatView(msgspec.Struct, frozen=True):
    """One format, with what survives in it."""

    id: str
    name: str
    description: str
    media_type: str
    extension: str
    carries: Carries
    limits: str
    """What the format cannot hold, in one sentence."""
    opening: str
    """How to open the file, or to import it where it is for; empty if the format does not say."""
    options: tuple[str, ...]
    """The options in a request that make a difference; others are accepted and ignored."""
    variants: tuple[Variant, ...]
    """The types of file other than `media_type` and `extension`, each with its condition."""
    schema_url: str | None
    """The JSON Schema of its files; null if there is none."""


class FormatList(msgspec.Struct, frozen=True):
    """All formats that the service offers."""

    formats: list[FormatView]


def _view(entry: Format, base: str) -> FormatView:
    return FormatView(
        id=entry.id,
        name=entry.name,
        description=entry.description,
        media_type=entry.media_type,
        extension=entry.extension,
        carries=entry.carries,
        limits=entry.limits,
        opening=entry.opening,
        options=entry.option_names(),
        variants=entry.variants,
        schema_url=f"{base}{_SCHEMAS[entry.id]}" if entry.id in _SCHEMAS else None,
    )


def format_list(base: str) -> FormatList:
    """The formats that are installed here.

    Args:
        base: the URL of the API.
    """
    return FormatList([_view(entry, base) for entry in formats().values()])


@get(
    "/formats",
    guards=[requires(None)],
    sync_to_thread=False,
    summary="List the export formats",
    responses=responses(
        200,
        FormatList,
        "All formats.",
        [example("formats", "As installed here", format_list("https://exports.example.org"))],
    )
    | problems(UNAUTHENTICATED, KEYS_UNAVAILABLE),
)
def list_formats(request: ApiRequest) -> FormatList:
    """List the formats, with what each is for, what it cannot hold and how its files are opened."""
    return format_list(base_url(request))


ROUTES = Router(
    "/api/export", route_handlers=[list_formats], tags=["formats"], security=[{"bearer": []}]
)
