"""Lists of content and of collections as JSON."""

from datetime import datetime

import msgspec

from activities.model.facets import FacetValue


class ContentItem(msgspec.Struct, frozen=True):
    """One item in a list of content."""

    id: str
    title: str
    """As Markdown."""
    created_at: datetime | None
    """Null when the content source does not say."""
    updated_at: datetime | None
    """Null when the content source does not say."""
    parts: tuple[str, ...]
    """The names of the parts that it has; empty when the content source does not say."""


class ContentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page of a list of content."""

    items: list[ContentItem]
    page: int
    """Its number, from 1 on."""
    page_size: int
    """The number of items on a full page."""
    total: int
    """Items on all pages; of very many only so many are counted."""
    pages: int
    """The number of pages; 0 for an empty list."""
    facets: dict[str, list[FacetValue]] | None = None
    """By name the values that items have, the most frequent first. Of a facet that the request
    narrows down, the values of items that meet its other conditions. Of very many items the newest
    are counted. Absent when the content source knows of none, or none were asked for."""


class CollectionItem(msgspec.Struct, frozen=True):
    """A collection of items, such as a course."""

    id: str
    title: str
    """As Markdown."""
    count: int | None
    """The number of its items; null when the content source does not say."""
