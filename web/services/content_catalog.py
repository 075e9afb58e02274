"""Looking through one's content: pages, facets and collections."""

from collections.abc import Sequence

import msgspec

from activities.content.source import Collections, ContentSource, Excerpt, Filters, Sort
from activities.model.facets import FacetValue

SKIPPED_MAX = 25_000
"""Items that are passed over before a page; those after them are found by filters."""


class Look(msgspec.Struct, frozen=True):
    """A stretch of one's content, and what it can be narrowed down by."""

    excerpt: Excerpt
    facets: dict[str, list[FacetValue]] | None
    """None when the source knows of none, or none were asked for."""


class ContentCatalog:
    """Reads lists of content for one owner at a time.

    Attributes:
        facet_names: the facets that are shown, in order.
    """

    def __init__(self, content: ContentSource, facet_names: Sequence[str]) -> None:
        self._content = content
        self.facet_names = tuple(facet_names)

    async def look(
        self,
        owner_id: str,
        filters: Filters,
        *,
        sort: Sort,
        skip: int,
        size: int,
        facets: Sequence[str],
    ) -> Look:
        """A stretch of the owner's items that match, with the values of these facets.

        Raises:
            UnsupportedFilterError: see `ContentSource`.
            ContentSourceError: see `ContentSource`.
            BrokenContentError: see `ContentSource`.
        """
        excerpt = await self._content.search(owner_id, filters, size, skip=skip, sort=sort)
        counted = await self._content.facets(owner_id, filters, facets) if facets else None
        return Look(excerpt, counted)

    async def collections(self, owner_id: str, *, skip: int, size: int) -> Collections:
        """A stretch of the owner's collections; raises as `look` does."""
        return await self._content.collections(owner_id, skip=skip, size=size)
