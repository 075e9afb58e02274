"""Lists by pages: the query parameters, and the links from one page to the others."""

from typing import Annotated
from urllib.parse import urlencode

from litestar.params import QueryParameter

from web.services.resources import Resources

_MAX_PAGE = 1_000_000_000

PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=_MAX_PAGE)]
PageSize = Annotated[
    int,
    QueryParameter(
        name="page_size", ge=1, description="A number above the limit is taken as that."
    ),
]
USUAL_PAGE_SIZE = 20


def page_count(total: int, page_size: int) -> int:
    """How many pages so many entries fill."""
    return -(-total // page_size)


def allowed_page_size(resources: Resources, wanted: int) -> int:
    """The size of a page when a caller wants this one."""
    return min(wanted, int(resources.settings.max_page_size))


def page_headers(
    url: str, query: dict[str, str | None], *, page: int, page_size: int, pages: int
) -> dict[str, str]:
    """The headers of one page: `Link` leads to the others (RFC 8288).

    Args:
        url: of the list, without a query.
        query: the filters; those that are None are left out.
        page: the number of this one.
        page_size: entries on each.
        pages: how many there are.
    """
    last = max(pages, 1)
    targets = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    filters = {name: value for name, value in query.items() if value is not None}
    others = urlencode({"page_size": page_size, **filters})
    links = (
        f'<{url}?page={target}&{others}>; rel="{relation}"'
        for relation, target in targets.items()
        if 1 <= target <= last
    )
    return {"Link": ", ".join(links), "Cache-Control": "no-store"}
