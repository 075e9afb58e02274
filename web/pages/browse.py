"""Looking through one's content: filters, pages, and what is chosen."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from activities.content.source import ContentSource, Filters, ItemHead
from activities.model.content import PART_NAMES
from activities.model.plain_titles import plain_title
from activities.model.times import day_or_moment
from web.http.problems import FieldError, invalid
from web.pages.fields import Fields

MOST_LISTED = 2_000
"""The number of an owner's items that are searched: the newest."""
_WRONG_DATE = "A date is written like 2024-03-01. That is YYYY-MM-DD."


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
    """A stretch of what matches, newest first."""

    heads: list[ItemHead]
    matching: int
    """The number of items that match, of those that were searched."""
    capped: bool
    """True if there may be more items, which were not searched."""


def read_filter(fields: Fields) -> Filter:
    """The filter that a form holds; part names that there are not are left out."""
    types = tuple(name for name in PART_NAMES if name in fields.every("type"))
    return Filter(fields.one("text"), types, fields.one("since"), fields.one("until"))


async def find(
    content: ContentSource, owner_id: str, wanted: Filter, *, skip: int, size: int
) -> Listing:
    """At most `size` of the owner's items that match, after the newest `skip`.

    Raises:
        ProblemError: a date is not a calendar date.
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    filters = Filters(_day(wanted.since), _day(wanted.until), wanted.types)
    words = wanted.text.casefold().split()
    if not words:
        excerpt = await content.excerpt(owner_id, filters, skip=skip, size=size, most=MOST_LISTED)
        return Listing(excerpt.heads, excerpt.matching, excerpt.matching == MOST_LISTED)
    searched = (await content.search(owner_id, filters, MOST_LISTED)).heads
    # Two thousand titles of any length, which the event loop has no time for.
    found = await asyncio.to_thread(lambda: [head for head in searched if _holds(head, words)])
    return Listing(found[skip : skip + size], len(found), len(searched) == MOST_LISTED)


def _holds(head: ItemHead, words: Sequence[str]) -> bool:
    title = plain_title(head.title).casefold()
    return all(word in title for word in words)


def _day(text: str) -> date | datetime | None:
    try:
        return day_or_moment(text) if text else None
    except ValueError:
        raise invalid([FieldError(_WRONG_DATE)]) from None
