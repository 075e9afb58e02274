"""The protocol of a content source, which is the service's only way to content."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from activities.model.content import Item


class ContentSourceError(Exception):
    """The source cannot be reached or does not respond as it should; trying again may help."""


class BrokenContentError(Exception):
    """The source responded with something that is not content; trying again does not help."""


class RefusedError(BrokenContentError):
    """The source knows nothing of what was asked; this says nothing about any one item."""


class TooMuchContentError(Exception):
    """The items have more bytes than the caller takes."""


class Filters(msgspec.Struct, frozen=True):
    """The conditions that the items of a bulk export meet."""

    date_from: date | None = None
    """First day of `created_at`, UTC."""
    date_to: date | None = None
    """Last day of `created_at`, UTC."""
    content_types: tuple[str, ...] = ()
    """Part names; an item matches when it has one of them. None given: every item matches."""


class ItemHead(msgspec.Struct, frozen=True):
    """The fields of an item that a list shows."""

    id: str
    title: str
    """The item's title, as Markdown."""
    created_at: datetime | None = None
    """None when the source does not say."""
    parts: tuple[str, ...] = ()
    """The names of the parts that the item has, in export order; empty when the source does not
    say.
    """


class Excerpt(msgspec.Struct, frozen=True):
    """Some of the items that match."""

    heads: list[ItemHead]
    """In the order of the whole list."""
    matching: int
    """The number of items that match, as far as they were counted."""


class ContentSource(Protocol):
    """Gives the content of one owner only.

    Raises:
        ContentSourceError: the source is unavailable or responds wrongly for now.
        BrokenContentError: the source responds with something that is not content.
    """

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """Those of the items that exist and are the owner's, by id."""

    async def search(self, owner_id: str, filters: Filters, limit: int) -> list[ItemHead]:
        """The newest items that match, by `created_at`, newest first."""

    async def excerpt(
        self, owner_id: str, filters: Filters, *, skip: int, size: int, most: int
    ) -> Excerpt:
        """One stretch of the newest items that match, and how many match.

        Args:
            owner_id: whose items.
            filters: the conditions that they meet.
            skip: the number of newer ones before the stretch.
            size: the most items in the stretch.
            most: the newest that are counted; none beyond them is in the stretch.
        """

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> list[Item]:
        """Those of the items that exist and are the owner's, in the order of `ids`.

        Args:
            owner_id: whose items.
            ids: the ids of the items.
            most_bytes: the bytes of content after which no more is read; None: read all.

        Raises:
            TooMuchContentError: the items have more bytes than that, as the source has them.
        """

    async def check(self) -> None:
        """Raise unless the source responds."""

    async def close(self) -> None:
        """Close all connections."""
