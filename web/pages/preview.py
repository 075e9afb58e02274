"""Estimates of an export before it is made.

Sizes and pages are those of the formats' own models. Times are the catalog's seconds an item, for
the amount of text that an item of the demo content has, on a machine that does nothing else.
"""

import math

import msgspec

from activities.model.formats import Format, PageModel
from activities.people.amounts import number
from web.pages.words import _
from web.services.measure import Measure, expected_bytes

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


def preview(entry: Format, measured: Measure) -> Preview:
    """The estimates for this content in one format."""
    return Preview(
        format=entry,
        items=measured.items,
        pages=_count_pages(entry.pages, measured) if entry.pages else None,
        bytes=expected_bytes(entry.size, measured) if entry.size else None,
        seconds=_seconds(entry, measured),
        losses=tuple(_losses(entry, measured)),
    )


def _count_pages(pages: PageModel, measured: Measure) -> int:
    return math.ceil(
        pages.empty + pages.per_item * measured.items + pages.per_character * measured.characters
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
