"""Estimates of an export before it is made.

Sizes and pages are those of the formats' own models. Times are the catalog's seconds an item, for
the amount of text that an item of the demo content has, on a machine that does nothing else.
"""

import math
from collections.abc import Sequence

import msgspec

from activities.content.source import ContentSource
from activities.model.formats import Format, PageModel, SizeModel
from activities.model.options import RenderOptions
from activities.people.amounts import number
from web.pages.measure import Measure, measure
from web.pages.words import _

_MOST_READ = 100
# Items can hold pictures, so only a few of them are in memory at once.
_ITEMS_AT_ONCE = 10
_AVERAGE_CHARACTERS = 2_800
# Fetch, publish and the way through the queues, when no job waits.
_SECONDS_BEFORE = 0.5


class Preview(msgspec.Struct, frozen=True):
    """The estimates for one format."""

    format: Format
    items: int
    pages: int | None
    """None: the format has no pages, or they were not measured."""
    bytes: int | None
    """None: the format's files were not measured."""
    seconds: int
    losses: tuple[str, ...]
    """Sentences on what the file cannot keep as it is in the content."""


async def measure_content(
    content: ContentSource, owner_id: str, ids: Sequence[str], options: RenderOptions
) -> Measure:
    """The measure of the owner's items; of very many, a hundred are read and the rest estimated.

    Raises:
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    step = max(len(ids) / _MOST_READ, 1)
    sample = [ids[int(position * step)] for position in range(min(len(ids), _MOST_READ))]
    total = Measure()
    for start in range(0, len(sample), _ITEMS_AT_ONCE):
        read = await content.items(owner_id, sample[start : start + _ITEMS_AT_ONCE])
        total += measure(read.items, options)
    return total.scaled(len(ids))


def preview(entry: Format, measured: Measure) -> Preview:
    """The estimates for this content in one format."""
    return Preview(
        format=entry,
        items=measured.items,
        pages=_count_pages(entry.pages, measured) if entry.pages else None,
        bytes=_count_bytes(entry.size, measured) if entry.size else None,
        seconds=_seconds(entry, measured),
        losses=tuple(_losses(entry, measured)),
    )


def _count_pages(pages: PageModel, measured: Measure) -> int:
    return math.ceil(
        pages.empty + pages.per_item * measured.items + pages.per_character * measured.characters
    )


def _count_bytes(size: SizeModel, measured: Measure) -> int:
    return round(
        size.empty
        + size.per_text_byte * measured.text_bytes
        + size.per_text * measured.texts
        + size.per_picture_byte * measured.picture_bytes
    )


def _seconds(entry: Format, measured: Measure) -> int:
    average_items = max(measured.items, measured.characters / _AVERAGE_CHARACTERS)
    return math.ceil(_SECONDS_BEFORE + entry.seconds_per_item * average_items)


def _losses(entry: Format, measured: Measure) -> list[str]:
    carries = entry.carries
    losses = []
    if not carries.formatting:
        losses.append(_("Headings, bold and links become plain text."))
    if measured.tables and not carries.tables:
        told = _("Tables become lines of text: %(num)s here.")
        losses.append(told % {"num": number(measured.tables)})
    if measured.formulas and carries.math == "source":
        told = _("Formulas stay as TeX source: %(num)s here.")
        losses.append(told % {"num": number(measured.formulas)})
    if measured.formulas and carries.math == "image":
        told = _("Formulas become pictures: %(num)s here.")
        losses.append(told % {"num": number(measured.formulas)})
    if measured.pictures and not carries.images:
        told = _("Of pictures only the description stays: %(num)s here.")
        losses.append(told % {"num": number(measured.pictures)})
    return losses
