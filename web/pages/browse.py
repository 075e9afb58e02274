"""Looking through one's content: filters, facets, pages, and what is chosen."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import get_args

import msgspec

from activities.content.source import ContentSource, Filters, ItemHead, Sort
from activities.model.content import is_usable_id
from activities.model.facets import FacetValue, value_key
from activities.model.times import day_or_moment
from web.http.problems import FieldError, invalid
from web.pages.fields import Fields
from web.services.content_filters import Facets, part_names, together

MOST_LISTED = 2_000
"""The number of items that match which are listed: the first."""
_WRONG_DATE = "A date is written like 2024-03-01. That is YYYY-MM-DD."
_TEXT_MAX = 200


class Filter(msgspec.Struct, frozen=True):
    """The conditions that content must meet to be shown, as text from the form, and its order."""

    text: str
    types: tuple[str, ...]
    since: str
    until: str
    facets: Facets = ()
    collection: str = ""
    """The id of a course; empty: whatever course items are in."""
    sort: str = ""
    """Empty: the usual order."""

    @property
    def conditions(self) -> int:
        """The number of conditions that are set; of one kind, all values are one."""
        kinds = (self.text, self.types, self.since, self.until, self.collection)
        return sum(map(bool, kinds)) + len(self.facets)

    @property
    def restricts(self) -> bool:
        """True if any condition is set."""
        return self.conditions > 0

    @property
    def filters(self) -> Filters:
        """The same conditions, as a content source takes them.

        Raises:
            ProblemError: a date is not a calendar date.
        """
        return Filters(
            _day(self.since),
            _day(self.until),
            self.types,
            self.text,
            self.facets,
            self.collection or None,
        )

    @property
    def order(self) -> Sort:
        """The order in which items are listed."""
        usual: Sort = "position" if self.collection else "-created_at"
        known: dict[str, Sort] = {name: name for name in get_args(Sort)}
        chosen = known.get(self.sort, usual)
        return usual if chosen == "position" else chosen

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values of a facet that are chosen."""
        return dict(self.facets).get(name, ())


class Listing(msgspec.Struct, frozen=True):
    """A stretch of what matches, in order."""

    heads: list[ItemHead]
    matching: int
    """The number of items that match, of those that are listed."""
    capped: bool
    """True if there may be more items, which are not listed."""


class FacetChoice(msgspec.Struct, frozen=True):
    """One value of a facet as it is shown."""

    value: str
    count: int | None
    """None: it is chosen, and not among the most frequent."""
    is_chosen: bool


def read_filter(fields: Fields) -> Filter:
    """The filter that a form holds; what cannot be meant is left out."""
    facets = (each.partition(":") for each in fields.every("facet"))
    collection = fields.one("collection")
    return Filter(
        fields.one("text")[:_TEXT_MAX],
        part_names(fields.every("type")),
        fields.one("since"),
        fields.one("until"),
        together((name, (value,)) for name, _, value in facets if name and value_key(value)),
        collection if is_usable_id(collection) else "",
        fields.one("sort"),
    )


async def find(
    content: ContentSource, owner_id: str, wanted: Filter, *, skip: int, size: int
) -> Listing:
    """At most `size` of the owner's items that match, after the first `skip`.

    Raises:
        ProblemError: a date is not a calendar date.
        UnsupportedFilterError: see `ContentSource`.
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    excerpt = await content.excerpt(
        owner_id, wanted.filters, skip=skip, size=size, most=MOST_LISTED, sort=wanted.order
    )
    return Listing(excerpt.heads, excerpt.matching, excerpt.matching == MOST_LISTED)


def facet_choices(counted: Sequence[FacetValue], chosen: Sequence[str]) -> list[FacetChoice]:
    """The values of a facet: those that are chosen first, then the most frequent."""
    counts = {value_key(each.value): each for each in counted}
    keys = dict.fromkeys(map(value_key, chosen))
    first = [
        FacetChoice(counts[key].value, counts[key].count, is_chosen=True)
        if key in counts
        else FacetChoice(value, None, is_chosen=True)
        for key, value in zip(keys, dict.fromkeys(chosen), strict=False)
    ]
    others = [each for key, each in counts.items() if key not in keys]
    return first + [FacetChoice(each.value, each.count, is_chosen=False) for each in others]


def _day(text: str) -> date | datetime | None:
    try:
        return day_or_moment(text) if text else None
    except ValueError:
        raise invalid([FieldError(_WRONG_DATE)]) from None
