"""The responses to calls about content. Fields that a newer API adds are ignored."""

from datetime import datetime

import msgspec

from export_client.model import Listed


class ContentItem(msgspec.Struct, frozen=True):
    """One item that can be exported."""

    id: str
    title: str
    """As Markdown."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    parts: list[str] = []
    """The names of the parts that it has; empty when the content source does not say."""


class FacetValue(msgspec.Struct, frozen=True):
    """One value of a facet, and how many items have it."""

    value: str
    count: int


class ContentPage(Listed, frozen=True, kw_only=True):
    """One page of content."""

    items: list[ContentItem]
    facets: dict[str, list[FacetValue]] | None = None
    """The values of each facet, the most frequent first."""


class Collection(msgspec.Struct, frozen=True):
    """A collection of items, such as a course."""

    id: str
    title: str
    """As Markdown."""
    count: int | None = None


class CollectionPage(Listed, frozen=True, kw_only=True):
    """One page of collections."""

    items: list[Collection]
