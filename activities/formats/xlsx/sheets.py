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
    UNIT = 10
    FILE_TITLE = 11
    SHEET_TITLE = 12

    def from_right(self) -> "CellFormat":
        """The format of the same texts where they run from right to left."""
        return _FROM_RIGHT.get(self, self)


_FROM_RIGHT = {
    CellFormat.WRAPPED: CellFormat.WRAPPED_FROM_RIGHT,
    CellFormat.FACT: CellFormat.FACT_FROM_RIGHT,
}


class Column(msgspec.Struct, frozen=True):
    """One column of a sheet."""

    name: str
    """By which `SheetWords.head` knows what stands above it."""
    width: float
    """The width in characters."""
    format: CellFormat = CellFormat.SHORT
    is_id: bool = False
    """Whether it is for programs: folded away until somebody wants it."""

    @property
    def is_wrapped(self) -> bool:
        """True if a cell of the column breaks its text into lines."""
        return self.format in {CellFormat.WRAPPED, CellFormat.FACT}


class Sheet(msgspec.Struct, frozen=True):
    """A sheet for one part of the items."""

    part: str
    columns: tuple[Column, ...]
    """The item's number and title stand before these, its id behind them."""
    rows: Callable[[Part], Iterator[Row]]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """With those of the item."""
        return (*ITEM_COLUMNS, *self.columns, ITEM_ID)


UNIT_COLUMN: Final = Column("unit", 7, CellFormat.UNIT)
ITEM_COLUMNS: Final = (UNIT_COLUMN, Column("item", 28))
"""The first columns of the sheets for parts."""
ITEM_ID: Final = Column("item_id", 18, is_id=True)
"""The last column of all sheets."""

OVERVIEW_COLUMNS: Final = (
    UNIT_COLUMN,
    Column("item", 44, CellFormat.WRAPPED),
    Column("language", 11),
    Column("version", 9, CellFormat.NUMBER),
    Column("created", 17, CellFormat.TIME),
    Column("updated", 17, CellFormat.TIME),
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
            yield block.number, plain_blocks(block.question), answer, block.id


def _card_rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        if isinstance(block, Card):
            front, back = plain_blocks(block.front), plain_blocks(block.back)
            yield block.number, front, back, joined(block.tags, ", "), block.id


def _fact_rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        if isinstance(block, Facts):
            for name, value in block.entries:
                yield name, format_fact(value) if isinstance(value, tuple) else value


_NUMBER = Column("number", 9, CellFormat.NUMBER)
_SECTION = Column("section", 9)
_ID = Column("id", 19, is_id=True)


def _wrapped(name: str, width: float) -> Column:
    return Column(name, width, CellFormat.WRAPPED)


_QUESTIONS = (_NUMBER, _wrapped("question", 50), _wrapped("answer", 70), _ID)
_SHEETS = (
    Sheet(
        "outline",
        (
            _SECTION,
            _wrapped("title", 30),
            _wrapped("summary", 50),
            _wrapped("learning_objectives", 50),
            _wrapped("key_points", 50),
        ),
        _outline_rows,
    ),
    Sheet(
        "study_guide",
        (_SECTION, _wrapped("heading", 30), _wrapped("text", 100)),
        _study_guide_rows,
    ),
    Sheet("faqs", _QUESTIONS, _question_rows),
    Sheet(
        "flashcards",
        (_NUMBER, _wrapped("front", 40), _wrapped("back", 60), _wrapped("tags", 20), _ID),
        _card_rows,
    ),
    Sheet("reading_guide_questions", _QUESTIONS, _question_rows),
    Sheet("metadata", (Column("name", 28), Column("value", 60, CellFormat.FACT)), _fact_rows),
    Sheet(
        "quality_metrics",
        (Column("metric", 28), Column("value", 20, CellFormat.FACT)),
        _fact_rows,
    ),
)

SHEETS: Final = MappingProxyType({sheet.part: sheet for sheet in _SHEETS})
"""By the name of their part."""
