"""Counts what content holds, cheaply: enough to estimate an export before it is made.

Nothing is parsed. Formulas, tables and pictures are found by their marks, so a text about Markdown
is counted as if it were what it describes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from activities.content.source import ContentSource
from activities.model.content import Item, Outline
from activities.model.formats import SizeModel
from activities.model.options import RenderOptions

_PICTURE = re.compile(r"(?:\]\(\s{0,9}|src=[\"']\s{0,9})data:image/[^)\s\"']*")
_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_DISPLAYED_FORMULA = re.compile(r"\$\$[^$]+\$\$")
_FORMULA = re.compile(r"(?<![\\$])\$(?![\s$])[^$\n]*[^\s$\\]\$(?!\d)|(?<![\\$])\$[^\s$\\]\$(?!\d)")
_TABLE_RULE = frozenset("|-: \t")
_BASE64_GROWTH = 4 / 3
_MOST_READ = 100
# Items can hold pictures, so only a few of them are in memory at once.
_ITEMS_AT_ONCE = 10


class Measure(msgspec.Struct, frozen=True):
    """Amounts of content, which can be added."""

    items: int = 0
    texts: int = 0
    """Titles, paragraphs, questions, answers, sides of cards."""
    characters: int = 0
    """The characters of all texts, without embedded pictures."""
    text_bytes: int = 0
    """The same, as UTF-8."""
    formulas: int = 0
    tables: int = 0
    pictures: int = 0
    picture_bytes: int = 0
    """The bytes of the pictures as files."""

    def __add__(self, other: "Measure") -> "Measure":
        return Measure(*(a + b for a, b in zip(_amounts(self), _amounts(other), strict=True)))

    def scaled(self, items: int) -> "Measure":
        """The measure of so many items of the same kind."""
        if not self.items or items == self.items:
            return self
        return Measure(*(round(amount * items / self.items) for amount in _amounts(self)))


def measure(items: Iterable[Item], options: RenderOptions) -> Measure:
    """The measure of an export of these items with these options."""
    total = Measure()
    for item in items:
        total += Measure(items=1)
        for text in _texts(item, options):
            total += _measure_text(text)
    return total


async def measure_content(
    content: ContentSource,
    owner_id: str,
    ids: Sequence[str],
    options: RenderOptions,
    *,
    most_read: int = _MOST_READ,
) -> Measure:
    """The measure of the owner's items; of more than are read the rest is estimated.

    Raises:
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    step = max(len(ids) / most_read, 1)
    sample = [ids[int(position * step)] for position in range(min(len(ids), most_read))]
    total = Measure()
    for start in range(0, len(sample), _ITEMS_AT_ONCE):
        read = await content.items(owner_id, sample[start : start + _ITEMS_AT_ONCE])
        total += measure(read.items, options)
    return total.scaled(len(ids))


def expected_bytes(size: SizeModel, measured: Measure) -> int:
    """The bytes of a file with this content, by the model of its format."""
    return round(
        size.empty
        + size.per_text_byte * measured.text_bytes
        + size.per_text * measured.texts
        + size.per_picture_byte * measured.picture_bytes
    )


def _measure_text(source: str) -> Measure:
    pictures = _PICTURE.findall(source) if "data:image/" in source else []
    text = _PICTURE.sub("", source) if pictures else source
    formulas = 0
    if "$" in text:
        rest, formulas = _DISPLAYED_FORMULA.subn("", text)
        formulas += len(_FORMULA.findall(rest))
    return Measure(
        texts=1,
        characters=len(text),
        text_bytes=len(text.encode("utf-8", "replace")),
        formulas=formulas,
        tables=_count_tables(text),
        pictures=len(pictures),
        picture_bytes=round(sum(map(len, pictures)) / _BASE64_GROWTH),
    )


def _count_tables(text: str) -> int:
    tables = sum(map(_is_table_rule, text.splitlines())) if "|" in text else 0
    return tables + len(_TABLE.findall(text)) if "<" in text else tables


def _is_table_rule(line: str) -> bool:
    """True if this line divides a table's head from its rows."""
    return "|" in line and "-" in line and _TABLE_RULE.issuperset(line)


def _texts(item: Item, options: RenderOptions) -> Iterator[str]:
    parts = options.part_names()
    answers = options.answers != "none"
    yield item.title
    if "outline" in parts and item.outline is not None:
        yield from _outline_texts(item.outline)
    if "study_guide" in parts and item.study_guide:
        yield item.study_guide
    if "faqs" in parts:
        for faq in item.faqs or []:
            yield from (faq.question, faq.answer if answers else "")
    if "flashcards" in parts:
        for card in item.flashcards or []:
            yield from (card.front, card.back if answers else "")
    if "reading_guide_questions" in parts:
        for question in item.reading_guide_questions or []:
            yield from (question.question, (question.answer or "") if answers else "")


def _outline_texts(outline: Outline) -> Iterator[str]:
    yield outline.summary
    waiting = list(outline.sections)
    while waiting:
        section = waiting.pop()
        yield from (section.title, section.summary, *section.learning_objectives)
        yield from section.key_points
        waiting += section.sections


def _amounts(measured: Measure) -> tuple[int, ...]:
    return msgspec.structs.astuple(measured)
