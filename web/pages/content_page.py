"""The page on which content is chosen."""

from litestar import get
from litestar.response import Template

from web.auth.guards import ApiRequest
from web.auth.tokens import READ
from web.pages.answers import page
from web.pages.browse import PAGE_SIZE, find, read_filter
from web.pages.fields import Fields
from web.pages.option_controls import PART_LABELS
from web.pages.session import signed_in
from web.services.resources import Resources


@get("/", guards=[signed_in(READ)])
async def content_page(request: ApiRequest) -> Template:
    """List the caller's content, filtered, with what was chosen so far."""
    resources: Resources = request.app.state.resources
    fields = Fields(request.scope["query_string"])
    wanted = read_filter(fields)
    listing = await find(resources.content, request.user.owner_id, wanted)
    matching = len(listing.heads)
    pages = max(-(-matching // PAGE_SIZE), 1)
    number = fields.number("page", most=pages)
    heads = listing.heads[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    here = {head.id for head in heads}
    chosen = fields.every("item")
    if fields.one("forget"):
        chosen = [item_id for item_id in chosen if item_id in here]
    return page(
        request,
        "content.html",
        here="content",
        filter=wanted,
        heads=heads,
        matching=matching,
        capped=listing.capped,
        page=number,
        pages=pages,
        chosen=chosen,
        elsewhere=[item_id for item_id in chosen if item_id not in here],
        most=resources.settings.max_items,
        part_labels=PART_LABELS,
    )
