"""The routes that list one's content."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response, Router, get
from litestar.params import Body, QueryParameter

from activities.content.source import Filters, Sort
from activities.model.content import PartName, is_usable_id
from activities.model.facets import value_key
from activities.model.problems import CONTENT_SOURCE_BROKEN, CONTENT_SOURCE_UNAVAILABLE
from activities.model.times import day_or_moment
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ
from web.http.problems import FieldError, invalid
from web.http.request_checks import SEVERAL
from web.http.urls import base_url
from web.routes.openapi_examples import COLLECTION_PAGE, CONTENT_PAGE, example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.content import CollectionItem, ContentItem, ContentPage
from web.schemas.page import Page
from web.services.content_catalog import SKIPPED_MAX, ContentCatalog
from web.services.content_filters import WRONG_DATE, together
from web.services.injection import Service
from web.services.paging import USUAL_PAGE_SIZE, PageNumber, PageSize, Paging, RequestedPage

_ERRORS = (*ANY_CALL, CONTENT_SOURCE_BROKEN, CONTENT_SOURCE_UNAVAILABLE)
_TEXT_MAX = 200
_VALUES_MAX = 100
_NO_FACETS = ("none", "false", "0")
_ALL_FACETS = ("", "all", "true", "1")

_Values = list[str] | None
_CollectionPage = Annotated[Page[CollectionItem], Body(schema_component_key="CollectionPage")]


def _values(name: str, what: str) -> QueryParameter:
    return QueryParameter(
        name=name,
        description=f"{what} Repeated: items match that have one of them. Case does not matter.",
        max_items=_VALUES_MAX,
    )


@get(
    "/content",
    guards=[requires(READ)],
    opt={SEVERAL: ("subject", "language", "tag", "facet", "part")},
    summary="List the caller's content",
    responses=responses(
        200, ContentPage, "One page.", [example("page", "Of biology", CONTENT_PAGE)]
    )
    | problems(*_ERRORS),
)
async def list_content(
    request: ApiRequest,
    content_catalog: Service[ContentCatalog],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    text: Annotated[
        str,
        QueryParameter(
            name="text",
            max_length=_TEXT_MAX,
            description="Words that the title has, each of them, wherever they are in it; case, "
            "accents and the spelling of characters do not matter, and nothing is a wildcard.",
        ),
    ] = "",
    subject: Annotated[_Values, _values("subject", "A subject of the metadata.")] = None,
    language: Annotated[_Values, _values("language", "The language of the item (BCP 47).")] = None,
    tag: Annotated[_Values, _values("tag", "One of the `tags` of the metadata.")] = None,
    facet: Annotated[
        _Values,
        _values(
            "facet", "A value of any facet as `name:value`, such as `target_audience:Grade 9`."
        ),
    ] = None,
    part: Annotated[
        list[PartName] | None,
        QueryParameter(name="part", description="Repeated: items match that have one of them."),
    ] = None,
    collection: Annotated[
        str | None, QueryParameter(name="collection", description="The id of a collection.")
    ] = None,
    date_from: Annotated[
        str | None,
        QueryParameter(
            name="date_from",
            description="The first `created_at`: a day, or a moment with its zone.",
        ),
    ] = None,
    date_to: Annotated[
        str | None, QueryParameter(name="date_to", description="The last `created_at`, likewise.")
    ] = None,
    sort: Annotated[
        Sort | None,
        QueryParameter(
            name="sort",
            description="The order; `-` before it turns it around. `position` is that of the "
            "collection, and the default with one; otherwise the newest come first.",
        ),
    ] = None,
    facets: Annotated[
        str,
        QueryParameter(
            name="facets",
            description="The facets whose values are counted, by commas, of those that the service "
            "shows (`EXPORT_FACETS`); `none`, or all when it is absent.",
        ),
    ] = "",
) -> Response[ContentPage]:
    """List items by their facets, collections and titles; `Link` leads to the other pages."""
    wanted = paging.page(page, page_size, None)
    _check_near(wanted)
    filters = Filters(
        _day("date_from", date_from),
        _day("date_to", date_to),
        tuple(part or ()),
        text,
        together(
            [
                *(("subject", subject or ()), ("language", language or ()), ("tags", tag or ())),
                *(_named(each) for each in facet or ()),
            ]
        ),
        collection,
    )
    _check(filters, sort)
    look = await content_catalog.look(
        request.user.owner_id,
        filters,
        sort=sort or filters.usual_order,
        skip=wanted.skipped,
        size=wanted.size,
        facets=_counted(facets, content_catalog.facet_names),
    )
    items = [
        ContentItem(head.id, head.title, head.created_at, head.updated_at, head.parts)
        for head in look.excerpt.heads
    ]
    total = look.excerpt.matching
    given = [(name, value) for name, value in request.query_params.multi_items()]
    return Response(
        ContentPage(items, wanted.number, wanted.size, total, wanted.count(total), look.facets),
        headers={"Link": wanted.links(f"{base_url(request)}/api/export/content", total, given)},
    )


@get(
    "/collections",
    guards=[requires(READ)],
    summary="List the caller's collections",
    responses=responses(
        200, _CollectionPage, "One page.", [example("page", "Two courses", COLLECTION_PAGE)]
    )
    | problems(*_ERRORS),
)
async def list_collections(
    request: ApiRequest,
    content_catalog: Service[ContentCatalog],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
) -> Response[_CollectionPage]:
    """List collections, such as courses, by title; there are none where content has no such."""
    wanted = paging.page(page, page_size, None)
    _check_near(wanted)
    found = await content_catalog.collections(
        request.user.owner_id, skip=wanted.skipped, size=wanted.size
    )
    items = [CollectionItem(each.id, each.title, each.count) for each in found.items]
    url = f"{base_url(request)}/api/export/collections"
    return Response(
        Page(items, wanted.number, wanted.size, found.total, wanted.count(found.total)),
        headers={"Link": wanted.links(url, found.total, ())},
    )


def _check_near(wanted: RequestedPage) -> None:
    if wanted.skipped > SKIPPED_MAX:
        detail = f"page: What comes after {SKIPPED_MAX:,} items is reached by a filter."
        raise invalid([FieldError(detail, parameter="page")])


def _check(filters: Filters, sort: Sort | None) -> None:
    errors = []
    if filters.collection_id is not None and not is_usable_id(filters.collection_id):
        errors.append(FieldError("No collection can have this id.", parameter="collection"))
    if sort == "position" and filters.collection_id is None:
        detail = "position is the order of a collection: give one."
        errors.append(FieldError(detail, parameter="sort"))
    if filters.first is not None and filters.last is not None and filters.first > filters.last:
        errors.append(FieldError("date_to is before date_from.", parameter="date_to"))
    for name, values in filters.facets:
        if not all(map(value_key, values)):
            parameter = "tag" if name == "tags" else name
            errors.append(FieldError("Give a text that is not blank.", parameter=parameter))
    if errors:
        raise invalid(errors)


def _named(text: str) -> tuple[str, tuple[str, ...]]:
    name, colon, value = text.partition(":")
    if not (name and colon):
        detail = "Give a facet as name:value, such as target_audience:Grade 9."
        raise invalid([FieldError(detail, parameter="facet")])
    return name, (value,)


def _counted(given: str, shown: tuple[str, ...]) -> tuple[str, ...]:
    if given in _NO_FACETS:
        return ()
    if given in _ALL_FACETS:
        return shown
    wanted = list(dict.fromkeys(name.strip() for name in given.split(",")))
    if unknown := [name for name in wanted if name not in shown]:
        detail = f"There is no facet {unknown[0]!r}; there are {', '.join(shown) or 'none'}."
        raise invalid([FieldError(detail, parameter="facets")])
    return tuple(wanted)


def _day(name: str, text: str | None) -> date | datetime | None:
    try:
        return day_or_moment(text) if text else None
    except ValueError:
        raise invalid([FieldError(WRONG_DATE, parameter=name)]) from None


ROUTES = Router(
    "/api/export",
    route_handlers=[list_content, list_collections],
    tags=["content"],
    security=[{"bearer": []}],
)
