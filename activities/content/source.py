"""The protocol of a content source, which is the service's only way to content."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Literal, Protocol

import msgspec

from activities.model.content import Item
from activities.model.facets import FacetValue

Sort = Literal[
    "-created_at", "created_at", "title", "-title", "updated_at", "-updated_at", "position"
]
"""Orders of items; `position` is that of a collection, which the filters name then."""
NEWEST_FIRST: Sort = "-created_at"
FACETED_MAX = 5_000
"""Items whose facets are counted: the newest that match."""
VALUES_COUNTED = 50
"""Values of a facet that are told, those of most items."""
COLLECTIONS_LISTED = 2_000
"""Collections of an owner that are told."""


class ContentSourceError(Exception):
    """The source cannot be reached or does not respond as it should; trying again may help.

    Attributes:
        retry_after: the seconds for which it wants to be left alone, if it says so.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BrokenContentError(Exception):
    """The source responded with something that is not content; trying again does not help."""


class BrokenResponseError(BrokenContentError):
    """A whole response cannot be read.

    Attributes:
        reason: why, without anything that the source wrote.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefusedError(BrokenResponseError):
    """The source knows nothing of what was asked; this says nothing about any one item."""


class UnsupportedFilterError(Exception):
    """The source cannot narrow items down by what was asked for.

    Attributes:
        names: of the filters, as `Filters.named` has them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class TooMuchContentError(Exception):
    """The items have more bytes than the caller takes."""


class Filters(msgspec.Struct, frozen=True):
    """The conditions that the items of a bulk export meet."""

    date_from: date | datetime | None = None
    """The first moment of `created_at`; a date is that whole day in UTC."""
    date_to: date | datetime | None = None
    """The last moment of `created_at`, likewise."""
    content_types: tuple[str, ...] = ()
    """Part names; an item matches when it has one of them. None given: every item matches."""
    text: str = ""
    """Words, parted by blanks, that the title has, each of them, wherever they are in it."""
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names of facets, and of each the values of which an item has one; each name once."""
    collection_id: str | None = None
    """The collection that items are in."""

    @property
    def first(self) -> datetime | None:
        """The first moment that matches; None: all before the last one do."""
        return _moment(self.date_from, time.min)

    @property
    def last(self) -> datetime | None:
        """The last moment that matches; None: all from the first one on do."""
        return _moment(self.date_to, time.max)

    @property
    def usual_order(self) -> Sort:
        """That of the collection, if there is one; else the newest come first."""
        return NEWEST_FIRST if self.collection_id is None else "position"

    def without_facet(self, name: str) -> "Filters":
        """The same conditions, but for those on this facet."""
        others = tuple(each for each in self.facets if each[0] != name)
        return msgspec.structs.replace(self, facets=others)

    def include(self, created_at: datetime | None) -> bool:
        """Whether an item of this time is within the dates, as far as is known."""
        if created_at is None:
            return True
        after = self.first is None or self.first <= created_at
        return after and (self.last is None or created_at <= self.last)


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
    updated_at: datetime | None = None
    """None when the source does not say."""


class ReadItems(msgspec.Struct, frozen=True):
    """Items that were asked for by id."""

    items: list[Item]
    """Those that there are, in the order of the ids."""
    broken: Mapping[str, str] = {}
    """By id why one is not content: the field and what is wrong with it, without what it holds."""
    replaced: Mapping[str, int] = {}
    """By id how many halves of surrogate pairs became U+FFFD, where there were any."""
    is_of_one_moment: bool = True
    """False if the source was asked several times."""


class Excerpt(msgspec.Struct, frozen=True):
    """Some of the items that match."""

    heads: list[ItemHead]
    """In the order of the whole list."""
    matching: int
    """The number of items that match, as far as they were counted."""


class Collection(msgspec.Struct, frozen=True):
    """A collection of items, such as a course."""

    id: str
    title: str
    """As Markdown."""
    count: int | None = None
    """The number of its items; None when the source does not say."""


class Collections(msgspec.Struct, frozen=True):
    """A stretch of an owner's collections."""

    items: list[Collection]
    total: int
    """Their number, if only up to `COLLECTIONS_LISTED`."""


class Listing(msgspec.Struct, frozen=True):
    """A stretch of a list that is walked from its beginning to its end."""

    ids: list[str]
    """Of items or owners; there may be none on the way."""
    after: str | None
    """Where the list goes on, for this source alone; None: this is its end."""


class PictureSource(Protocol):
    """Gives the pictures that one owner's content refers to."""

    async def picture(self, owner_id: str, reference: str) -> bytes | None:
        """The file behind a reference; None when there is none that may be had.

        Raises:
            ContentSourceError: it may be had later.
        """


class ContentSource(Protocol):
    """Gives the content of one owner only.

    Raises:
        ContentSourceError: the source is unavailable or responds wrongly for now.
        BrokenContentError: the source responds with something that is not content.
    """

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """Those of the items that exist and are the owner's, by id."""

    async def search(
        self,
        owner_id: str,
        filters: Filters,
        limit: int,
        *,
        skip: int = 0,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """The first items that match, and how many match.

        Of very many only some thousands may be counted.

        Args:
            owner_id: whose items.
            filters: the conditions that they meet.
            limit: the most items.
            skip: the number of those before them.
            sort: their order.

        Raises:
            UnsupportedFilterError: the source cannot say which items match, or their order.
        """

    async def excerpt(
        self,
        owner_id: str,
        filters: Filters,
        *,
        skip: int,
        size: int,
        most: int,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """One stretch of the items that match, and how many match.

        Args:
            owner_id: whose items.
            filters: the conditions that they meet.
            skip: the number of those before the stretch.
            size: the most items in the stretch.
            most: the first that are counted; none beyond them is in the stretch.
            sort: their order.

        Raises:
            UnsupportedFilterError: the source cannot say which items match, or their order.
        """

    async def walk(self, owner_id: str, content_types: Sequence[str], after: str | None) -> Listing:
        """The ids of an owner's items, stretch by stretch, however many there are.

        An item that is there all the while comes once.

        Args:
            owner_id: whose items.
            content_types: parts of which an item has one; none given: every item comes.
            after: where the stretch before ended; None: the list begins.
        """

    async def owners(self, tenant: str, after: str | None) -> Listing:
        """The owners who belong to a tenant, likewise."""

    async def facets(
        self, owner_id: str, filters: Filters, names: Sequence[str]
    ) -> dict[str, list[FacetValue]] | None:
        """The values of these facets among the items that match, most frequent first.

        Of a facet that the filters name, those of the items that match the others, so that more
        of its values can be chosen. Of very many items `FACETED_MAX` are counted, and of very many
        values `VALUES_COUNTED` are told.

        Returns:
            By name; None when the source knows of no facets.

        Raises:
            UnsupportedFilterError: the source cannot say which items match.
        """

    async def collections(
        self, owner_id: str, *, skip: int = 0, size: int, only: str | None = None
    ) -> Collections:
        """A stretch of the owner's collections, by their titles.

        Args:
            owner_id: whose collections.
            skip: the number of those before them.
            size: the most of them.
            only: the id of the only one that is asked for.
        """

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> ReadItems:
        """Those of the items that exist and are the owner's.

        Args:
            owner_id: whose items.
            ids: the ids of the items.
            most_bytes: the bytes of content after which no more is read; None: read all.

        Raises:
            TooMuchContentError: the items have more bytes than that, as the source has them.
        """

    async def updated(self, owner_id: str, ids: Sequence[str]) -> dict[str, datetime | None]:
        """When the items that exist and are the owner's were last changed, by id.

        None where the source does not say without giving the whole item.
        """

    async def media(self, owner_id: str, reference: str, *, most_bytes: int) -> bytes | None:
        """The picture that an owner's content refers to; None when there is none for them.

        Args:
            owner_id: whose content.
            reference: as it is written there.
            most_bytes: the bytes that it may have; of a larger one there is none.
        """

    async def check(self) -> None:
        """Raise unless the source responds."""

    async def close(self) -> None:
        """Close all connections."""


def _moment(value: date | datetime | None, of_day: time) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value, of_day, UTC)
