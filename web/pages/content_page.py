"""The page on which content is chosen."""

from litestar import get
from litestar.response import Template

from activities.content.source import ContentSource
from activities.model.content import PART_NAMES, PART_TITLES
from web.auth.guards import ApiRequest
from web.auth.tokens import READ
from web.http.departures import EndWithCaller
from web.pages.browse import MOST_LISTED, Listing, find, read_filter
from web.pages.fields import Fields
from web.pages.page import page
from web.pages.session import signed_in
from web.services.create_export import ExportCreator
from web.services.injection import Service
from web.services.paging import page_count

_PAGE_SIZE = 50


@get("/", guards=[signed_in(READ)], middleware=[EndWithCaller()])
async def content_page(
    request: ApiRequest, content: Service[ContentSource], export_creator: Service[ExportCreator]
) -> Template:
    """List the caller's content, filtered, with what was chosen so far."""
    fields = Fields(request.scope["query_string"])
    wanted = read_filter(fields)
    number = fields.number("page", maximum=MOST_LISTED // _PAGE_SIZE)

    async def read(number: int) -> Listing:
        skip = (number - 1) * _PAGE_SIZE
        return await find(content, request.user.owner_id, wanted, skip=skip, size=_PAGE_SIZE)

    listing = await read(number)
    pages = max(page_count(listing.matching, _PAGE_SIZE), 1)
    if number > pages:
        number = pages
        listing = await read(number)
    here = {head.id for head in listing.heads}
    chosen = fields.every("item")
    if fields.one("forget"):
        chosen = [item_id for item_id in chosen if item_id in here]
    return page(
        request,
        "content.html",
        here="content",
        filter=wanted,
        listing=listing,
        most_listed=MOST_LISTED,
        page=number,
        pages=pages,
        chosen=chosen,
        elsewhere=[item_id for item_id in chosen if item_id not in here],
        max_items=export_creator.max_items,
        part_labels={name: PART_TITLES[name] for name in PART_NAMES},
    )
