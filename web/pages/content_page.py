"""The page on which content is chosen."""

from urllib.parse import urlencode

from litestar import get
from litestar.response import Template

from activities.content.source import ContentSource
from activities.model.content import PART_NAMES
from web.auth.guards import ApiRequest
from web.auth.tokens import READ
from web.http.departures import EndWithCaller
from web.pages.browse import MOST_LISTED, Filter, Listing, facet_choices, find, read_filter
from web.pages.fields import Fields
from web.pages.kept_form import options_in
from web.pages.own_order import in_order, marks
from web.pages.page import page
from web.pages.session import signed_in
from web.pages.wording import facet_label, part_labels
from web.pages.words import N_, _
from web.services.content_catalog import ContentCatalog
from web.services.create_export import ExportCreator
from web.services.injection import Service
from web.services.paging import page_count

_PAGE_SIZE = 50
_COURSES_SHOWN = 500
_NEWEST_FIRST = N_("Newest first")
_SORTS = {
    "created_at": N_("Oldest first"),
    "title": N_("By title"),
    "-updated_at": N_("Last changed first"),
}


@get("/", guards=[signed_in(READ)], middleware=[EndWithCaller()])
async def content_page(
    request: ApiRequest,
    content: Service[ContentSource],
    content_catalog: Service[ContentCatalog],
    export_creator: Service[ExportCreator],
) -> Template:
    """List the caller's content, filtered, with what was chosen so far."""
    fields = Fields(request.scope["query_string"])
    owner_id = request.user.owner_id
    wanted = read_filter(fields)
    if fields.one("clear"):
        wanted = Filter("", (), "", "")
    number = fields.number("page", maximum=MOST_LISTED // _PAGE_SIZE)

    async def read(number: int) -> Listing:
        skip = (number - 1) * _PAGE_SIZE
        return await find(content, owner_id, wanted, skip=skip, size=_PAGE_SIZE)

    listing = await read(number)
    pages = max(page_count(listing.matching, _PAGE_SIZE), 1)
    if number > pages:
        number = pages
        listing = await read(number)
    here = {head.id for head in listing.heads}
    chosen = in_order(fields.every("item"), fields.one("order"))
    if fields.one("forget"):
        chosen = [item_id for item_id in chosen if item_id in here]
    left_out = 0
    kept = options_in(fields)
    if fields.one("choose"):
        most = export_creator.max_items
        every = await find(content, owner_id, wanted, skip=0, size=most)
        chosen = list(dict.fromkeys([*chosen, *(head.id for head in every.heads)]))
        left_out = listing.matching - len(every.heads)
    counted = await content.facets(owner_id, wanted.filters, content_catalog.facet_names) or {}
    choices = {
        name: facet_choices(counted.get(name, ()), wanted.chosen(name))
        for name in content_catalog.facet_names
    }
    courses = await content.collections(owner_id, size=_COURSES_SHOWN)
    return page(
        request,
        "content.html",
        here="content",
        content_query=urlencode(
            [*(("item", item_id) for item_id in chosen), ("order", marks(chosen)), *kept]
            if chosen or kept
            else []
        ),
        kept=kept,
        nothing_chosen=bool(fields.one("nothing")) and not chosen,
        filter=wanted,
        listing=listing,
        most_listed=MOST_LISTED,
        page=number,
        pages=pages,
        chosen=chosen,
        order=marks(chosen),
        left_out=left_out,
        elsewhere=[item_id for item_id in chosen if item_id not in here],
        max_items=export_creator.max_items,
        part_labels=part_labels(),
        part_names=PART_NAMES,
        facets={facet_label(name): (name, found) for name, found in choices.items() if found},
        courses=courses.items,
        sorts={
            value: _(label) for value, label in _sorts(in_course=bool(wanted.collection)).items()
        },
    )


def _sorts(*, in_course: bool) -> dict[str, str]:
    """The orders that can be chosen, the usual one first."""
    if in_course:
        return {"": N_("In the order of the course"), "-created_at": _NEWEST_FIRST, **_SORTS}
    return {"": _NEWEST_FIRST, **_SORTS}
