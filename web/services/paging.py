"""Lists by pages: the query parameters, and the links from one page to the others."""

from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from web.schemas.page import Page

T = TypeVar("T")

_MAX_PAGE = 1_000_000_000

PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=_MAX_PAGE)]
PageSize = Annotated[
    int,
    QueryParameter(
        name="page_size", ge=1, description="A number above the limit is taken as that."
    ),
]
USUAL_PAGE_SIZE = 20


class RequestedPage(msgspec.Struct, frozen=True):
    """The page that a request asks for."""

    number: int
    """The number of the page, from 1."""
    size: int
    """The number of items on a full page."""

    def response(
        self, items: list[T], total: int, url: str, filters: Mapping[str, str | None]
    ) -> Response[Page[T]]:
        """The page, with links to the others.

        Args:
            items: those on this page.
            total: the number of items on all pages.
            url: absolute, of the list, without a query.
            filters: the list's other query parameters; those that are None are left out.
        """
        pages = page_count(total, self.size)
        return Response(
            Page(items, self.number, self.size, total, pages),
            headers={"Link": self._links(pages, url, filters)},
        )

    def _links(self, pages: int, url: str, filters: Mapping[str, str | None]) -> str:
        """A `Link` header (RFC 8288)."""
        last = max(pages, 1)
        targets = {"first": 1, "prev": self.number - 1, "next": self.number + 1, "last": last}
        given = {name: value for name, value in filters.items() if value is not None}
        others = urlencode({"page_size": self.size, **given})
        return ", ".join(
            f'<{url}?page={target}&{others}>; rel="{relation}"'
            for relation, target in targets.items()
            if 1 <= target <= last
        )


class Paging:
    """Holds pages to the largest size that is allowed."""

    def __init__(self, max_page_size: int) -> None:
        self._max_page_size = max_page_size

    def page(self, number: int, size: int) -> RequestedPage:
        """The page that a caller gets who asks for this one."""
        return RequestedPage(number, min(size, self._max_page_size))


def page_count(total: int, page_size: int) -> int:
    """The number of pages that so many items fill."""
    return -(-total // page_size)
