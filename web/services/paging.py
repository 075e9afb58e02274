"""Lists by pages: the query parameters, and the links from one page to the others."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from activities.jobs.pages import FARTHEST, Listed
from web.schemas.page import Page

T = TypeVar("T")

_MAX_PAGE = 1_000_000_000

PageNumber = Annotated[
    int,
    QueryParameter(
        name="page",
        ge=1,
        le=_MAX_PAGE,
        description=(
            f"Up to {FARTHEST:,} entries from the first or the last. Those in between are reached "
            "by a filter, or by the links `next` and `prev`."
        ),
    ),
]
PageSize = Annotated[
    int,
    QueryParameter(
        name="page_size", ge=1, description="A number above the limit is taken as that."
    ),
]
PageCursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        description=(
            "Where another page ended, from its links `next` and `prev`; `page` is then only the "
            "number that the response has. By them every page of a list costs the same, and none "
            "is missed or comes twice when entries are added meanwhile."
        ),
    ),
]
USUAL_PAGE_SIZE = 20


class RequestedPage(msgspec.Struct, frozen=True):
    """The page that a request asks for."""

    number: int
    """The number of the page, from 1."""
    size: int
    """The number of items on a full page."""
    cursor: str | None = None
    """Where it begins or ends; None: its number says so."""

    def response(
        self, items: list[T], listed: Listed[Any], url: str, filters: Mapping[str, str | None]
    ) -> Response[Page[T]]:
        """The page, with links to the others.

        Args:
            items: those on this page.
            listed: the entries of which they were made.
            url: absolute, of the list, without a query.
            filters: the list's other query parameters; those that are None are left out.
        """
        pages = page_count(listed.total, self.size)
        return Response(
            Page(items, self.number, self.size, listed.total, pages),
            headers={"Link": self._links(listed, max(pages, 1), url, filters)},
        )

    def _links(
        self, listed: Listed[Any], last: int, url: str, filters: Mapping[str, str | None]
    ) -> str:
        """A `Link` header (RFC 8288)."""
        targets: dict[str, tuple[int, str | None]] = {"first": (1, None)}
        if listed.newer is not None:
            targets["prev"] = (max(self.number - 1, 1), listed.newer)
        elif 1 < self.number <= last + 1:
            targets["prev"] = (self.number - 1, None)
        if listed.older is not None:
            targets["next"] = (self.number + 1, listed.older)
        targets["last"] = (last, None)
        given = {name: value for name, value in filters.items() if value is not None}
        others = urlencode({"page_size": self.size, **given})
        return ", ".join(
            f'<{url}?page={page}&{f"cursor={cursor}&" if cursor else ""}{others}>; rel="{relation}"'
            for relation, (page, cursor) in targets.items()
        )

    @property
    def skipped(self) -> int:
        """The number of items before the page."""
        return (self.number - 1) * self.size

    def count(self, total: int) -> int:
        """The number of pages that so many items fill."""
        return page_count(total, self.size)

    def links(self, url: str, total: int, query: Iterable[tuple[str, str]]) -> str:
        """A `Link` header (RFC 8288) to other pages by their numbers.

        Args:
            url: absolute, of the list, without a query.
            total: items on all pages.
            query: the request's parameters, of which those of the page are replaced.
        """
        last = max(self.count(total), 1)
        targets = {"first": 1}
        if 1 < self.number <= last + 1:
            targets["prev"] = self.number - 1
        if self.number < last:
            targets["next"] = self.number + 1
        targets["last"] = last
        others = [each for each in query if each[0] not in ("page", "page_size")]
        return ", ".join(
            f"<{url}?{urlencode([('page', page), ('page_size', self.size), *others])}>; "
            f'rel="{relation}"'
            for relation, page in targets.items()
        )


class Paging:
    """Holds pages to the largest size that is allowed."""

    def __init__(self, max_page_size: int) -> None:
        self._max_page_size = max_page_size

    def page(self, number: int, size: int, cursor: str | None) -> RequestedPage:
        """The page that a caller gets who asks for this one."""
        return RequestedPage(number, min(size, self._max_page_size), cursor)


def page_count(total: int, page_size: int) -> int:
    """The number of pages that so many items fill."""
    return -(-total // page_size)
