"""The sheets of the workbook: their columns, and the rows of a document's parts."""

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from types import MappingProxyType
from typing import Final

import msgspec

from activities.documents.joined import joined
from activities.documents.model import (
    Card,
    Facts,
    Heading,
    Objectives,
    Part,
    QuestionAnswer,
    ReadingTask,
)
from activities.documents.plain import format_fact, plain_blocks, plain_runs
from activities.documents.sections import sections
from activities.formats.xlsx.cells import Value
from activities.model.content import PART_TITLES

Row = tuple[Value, ...]

_TOP_HEADING_LEVEL: Final = 3
"""The level of the highest headings within a part."""


class CellFormat(IntEnum):
    """The appearance of cells; the number is the index of the format in the workbook."""

    HEADER = 1
    SHORT = 2
    WRAPPED = 3
    TIME = 4
    LINK = 5
    NUMBER = 6
    FACT = 7
    WRAPPED_FROM_RIGHT = 8
    FACT_FROM_RIGHT = 9

    def from_right(self) -> "CellFormat":
        """The format of the same texts where they run from right to left."""
        return _FROM_RIGHT.get(self, self)


_FROM_RIGHT = {
    CellFormat.WRAPPED: CellFormat.WRAPPED_FROM_RIGHT,
    CellFormat.FACT: CellFormat.FACT_FROM_RIGHT,
}


class Column(msgspec.Struct, frozen=True):
    """One column of a sheet."""

    title: str
    width: float
    """The width in characters."""
    format: CellFormat = CellFormat.SHORT

    @property
    def is_wrapped(self) -> bool:
        """True if a cell of the column breaks its text into lines."""
        return self.format in {CellFormat.WRAPPED, CellFormat.FACT}


class Sheet(msgspec.Struct, frozen=True):
    """A sheet for one part of the items."""

    part: str
    title: str
    columns: tuple[Column, ...]
    """The item's id and title stand before these."""
    rows: Callable[[Part], Iterator[Row]]


ITEM_COLUMNS: Final = (Column("Item ID", 18), Column("Item", 28))
"""The first columns of the sheets for parts."""

OVERVIEW_TITLE: Final = "Overview"
OVERVIEW_COLUMNS: Final = (
    Column("Item ID", 18),
    Column("Item", 44, CellFormat.WRAPPED),
    Column("Language", 11),
    Column("Version", 9, CellFormat.NUMBER),
    Column("Created (UTC)", 17, CellFormat.TIME),
    Column("Updated (UTC)", 17, CellFormat.TIME),
)
"""A column for each part in the workbook follows: its number of rows, a link to the first."""


def _outline_rows(part: Part) -> Iterator[Row]:
    """A row a section."""
    for heading, blocks in sections(part.blocks, numbered_only=True):
        number, title = _titled(heading, heading.number if heading else ())
        objectives = {block.kind: block for block in blocks if isinstance(block, Objectives)}
        summary = plain_blocks(block for block in blocks if not isinstance(block, Objectives))
        lists = (
            "\n".join(plain_runs(each).replace("\n", " ") for each in objectives[kind].entries)
            if kind in objectives
            else ""
            for kind in ("learning_objectives", "key_points")
        )
        yield number, title, summary, *lists


def _study_guide_rows(part: Part) -> Iterator[Row]:
    """A row a heading, numbered by its place."""
    counters: tuple[int, ...] = ()
    for heading, blocks in sections(part.blocks, numbered_only=False):
        if heading is not None:
            depth = heading.level - _TOP_HEADING_LEVEL + 1
            *above, last = (*counters, *[0] * depth)[:depth]
            counters = (*above, last + 1)
        yield *_titled(heading, counters), plain_blocks(blocks)


def _titled(heading: Heading | None, number: Iterable[int]) -> tuple[str, str]:
    """The columns for a section's number, such as 1.2, and title."""
    return (".".join(map(str, number)), plain_runs(heading.runs)) if heading else ("", "")


def _question_rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        if isinstance(block, QuestionAnswer | ReadingTask):
            answer = plain_blocks(block.answer) if block.answer is not None else None
            yield block.number, block.id, plain_blocks(block.question), answer


def _card_rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        if isinstance(block, Card):
            front, back = plain_blocks(block.front), plain_blocks(block.back)
            yield block.number, block.id, front, back, joined(block.tags, ", ")


def _fact_rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        if isinstance(block, Facts):
            for name, value in block.entries:
                yield name, format_fact(value) if isinstance(value, tuple) else value


_NUMBER = Column("Number", 10, CellFormat.NUMBER)
_ID = Column("ID", 19)


def _wrapped(title: str, width: float) -> Column:
    return Column(title, width, CellFormat.WRAPPED)


_SHEETS = (
    Sheet(
        "outline",
        PART_TITLES["outline"],
        (
            Column("Section", 9),
            _wrapped("Title", 30),
            _wrapped("Summary", 50),
            _wrapped("Learning objectives", 50),
            _wrapped("Key points", 50),
        ),
        _outline_rows,
    ),
    Sheet(
        "study_guide",
        PART_TITLES["study_guide"],
        (Column("Section", 9), _wrapped("Heading", 30), _wrapped("Text", 100)),
        _study_guide_rows,
    ),
    Sheet(
        "faqs",
        PART_TITLES["faqs"],
        (_NUMBER, _ID, _wrapped("Question", 50), _wrapped("Answer", 70)),
        _question_rows,
    ),
    Sheet(
        "flashcards",
        PART_TITLES["flashcards"],
        (_NUMBER, _ID, _wrapped("Front", 40), _wrapped("Back", 60), _wrapped("Tags", 20)),
        _card_rows,
    ),
    Sheet(
        "reading_guide_questions",
        "Questions",
        (_NUMBER, _ID, _wrapped("Question", 50), _wrapped("Answer", 70)),
        _question_rows,
    ),
    Sheet(
        "metadata",
        PART_TITLES["metadata"],
        (Column("Name", 28), Column("Value", 60, CellFormat.FACT)),
        _fact_rows,
    ),
    Sheet(
        "quality_metrics",
        PART_TITLES["quality_metrics"],
        (Column("Metric", 28), Column("Value", 20, CellFormat.FACT)),
        _fact_rows,
    ),
)

SHEETS: Final = MappingProxyType({sheet.part: sheet for sheet in _SHEETS})
"""By the name of their part."""
