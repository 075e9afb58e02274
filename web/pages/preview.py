"""What an export will be like, told before it is made.

The numbers of sizes and pages are least-squares fits over exports of the demo content (163 items,
2,800 characters each on average, in nine scripts): 24 of its items one by one, and groups of 3 to
50. Sizes of those exports came out within a third of the file's own, those
of PDF, whose embedded fonts depend on the scripts, within a factor of three; pages within a factor
of two. Times are the catalog's seconds an item, for the amount of text that an item of the demo
content has, on a machine that does nothing else.
"""

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from activities.content.source import ContentSource
from activities.model.formats import Format
from activities.model.options import RenderOptions
from web.pages.measure import Measure, measure

_MOST_READ = 100
# Items can hold pictures, so only a few of them are in memory at once.
_ITEMS_AT_ONCE = 10
_AVERAGE_CHARACTERS = 2_800
# Fetch, publish and the way through the queues, when nobody waits.
_SECONDS_BEFORE = 0.5


class _Size(NamedTuple):
    """Bytes of a file: those of an empty one, and what is added by what it holds."""

    empty: float
    a_byte: float
    a_text: float
    a_picture_byte: float


_SIZES = MappingProxyType(
    {
        "json": _Size(420, 1.0, 34, 1.34),
        "csv": _Size(0, 1.28, 53, 0),
        "txt": _Size(110, 1.2, 18, 0),
        "xlsx": _Size(10_000, 0.88, 0, 0),
        "docx": _Size(12_600, 0.65, 9, 1),
        "pdf": _Size(19_300, 4.6, 0, 1),
    }
)


# Formats with pages of paper have about as many of them: those of DOCX, counted in LibreOffice,
# were within one of those of PDF.
_PAGED = frozenset({"pdf", "docx"})
_PAGES_IN_FRONT = 0.8
_PAGES_AN_ITEM = 0.75
_PAGES_A_CHARACTER = 0.00088


class Preview(msgspec.Struct, frozen=True):
    """What to expect of one format."""

    format: Format
    items: int
    pages: int | None
    """None: this format has none, or nobody measured them."""
    bytes: int | None
    """None: nobody measured this format's files."""
    seconds: int
    losses: tuple[str, ...]
    """What will not be in the file as it is in the content, in sentences."""


async def measure_content(
    content: ContentSource, owner_id: str, ids: Sequence[str], options: RenderOptions
) -> Measure:
    """What the owner's items hold; of very many, a hundred are read and the rest supposed.

    Raises:
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    step = max(len(ids) / _MOST_READ, 1)
    sample = [ids[int(position * step)] for position in range(min(len(ids), _MOST_READ))]
    total = Measure()
    for start in range(0, len(sample), _ITEMS_AT_ONCE):
        items = await content.items(owner_id, sample[start : start + _ITEMS_AT_ONCE])
        total += measure(items, options)
    return total.scaled(len(ids))


def preview(entry: Format, measured: Measure) -> Preview:
    """What a format makes of this content."""
    size = _SIZES.get(entry.id)
    return Preview(
        format=entry,
        items=measured.items,
        pages=_count_pages(measured) if entry.id in _PAGED else None,
        bytes=_count_bytes(size, measured) if size else None,
        seconds=_seconds(entry, measured),
        losses=tuple(_losses(entry, measured)),
    )


def _count_pages(measured: Measure) -> int:
    return math.ceil(
        _PAGES_IN_FRONT + _PAGES_AN_ITEM * measured.items + _PAGES_A_CHARACTER * measured.characters
    )


def _count_bytes(size: _Size, measured: Measure) -> int:
    return round(
        size.empty
        + size.a_byte * measured.text_bytes
        + size.a_text * measured.texts
        + size.a_picture_byte * measured.picture_bytes
    )


def _seconds(entry: Format, measured: Measure) -> int:
    average_items = max(measured.items, measured.characters / _AVERAGE_CHARACTERS)
    return math.ceil(_SECONDS_BEFORE + entry.seconds_per_item * average_items)


def _losses(entry: Format, measured: Measure) -> list[str]:
    carries = entry.carries
    losses = []
    if not carries.formatting:
        losses.append("Headings, bold and links become plain text.")
    if measured.tables and not carries.tables:
        losses.append(f"Tables become lines of text: {measured.tables:,} here.")
    if measured.formulas and carries.math == "source":
        losses.append(f"Formulas stay as TeX source: {measured.formulas:,} here.")
    if measured.formulas and carries.math == "image":
        losses.append(f"Formulas become pictures: {measured.formulas:,} here.")
    if measured.pictures and not carries.images:
        losses.append(f"Of pictures only the description stays: {measured.pictures:,} here.")
    return losses
