"""Looking through one's content: filters, pages, and what is chosen."""

from collections.abc import Sequence
from datetime import date

import msgspec

from activities.content.source import ContentSource, Filters, ItemHead
from activities.model.content import PART_NAMES
from web.http.problems import FieldError, invalid
from web.pages.fields import Fields
from web.pages.plain_titles import plain_title

PAGE_SIZE = 50
MOST_LISTED = 2_000
"""The number of an owner's items that are searched: the newest."""


class Filter(msgspec.Struct, frozen=True):
    """The conditions that content must meet to be shown, as text from the form."""

    text: str
    types: tuple[str, ...]
    since: str
    until: str

    @property
    def restricts(self) -> bool:
        """True if any condition is set."""
        return bool(self.text or self.types or self.since or self.until)


class Listing(msgspec.Struct, frozen=True):
    """Everything that matches, newest first."""

    heads: list[ItemHead]
    capped: bool
    """True if there may be more items, which were not searched."""


def read_filter(fields: Fields) -> Filter:
    """The filter that a form holds; part names that there are not are left out."""
    types = tuple(name for name in PART_NAMES if name in fields.every("type"))
    return Filter(fields.one("text"), types, fields.one("since"), fields.one("until"))


async def find(content: ContentSource, owner_id: str, wanted: Filter) -> Listing:
    """The owner's items that match.

    Raises:
        ProblemError: a date is not a calendar date.
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    filters = Filters(_day(wanted.since), _day(wanted.until), wanted.types)
    found = await content.search(owner_id, filters, MOST_LISTED)
    capped = len(found) == MOST_LISTED
    words = wanted.text.casefold().split()
    if words:
        found = [head for head in found if _holds(head, words)]
    return Listing(found, capped)


def _holds(head: ItemHead, words: Sequence[str]) -> bool:
    title = plain_title(head.title).casefold()
    return all(word in title for word in words)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid([FieldError("A date is written like 2024-03-01.")]) from None
