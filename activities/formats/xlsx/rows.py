"""One item becomes rows of cells."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase

import msgspec

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.design.tokens import AccentName
from activities.documents.model import Document
from activities.documents.plain import plain_runs
from activities.documents.text_width import width
from activities.formats.shared.cells import CELL_TEXT_MAX
from activities.formats.shared.fragments import Fragments
from activities.formats.xlsx.cells import ROW, Mark, Value, cell, split_text
from activities.formats.xlsx.sheets import (
    ITEM_ID,
    OVERVIEW_COLUMNS,
    SHEETS,
    Column,
    Row,
)
from activities.model.content import Item
from activities.model.warnings import Report

COUNTS = "\2"
"""Stands in the rows of the overview where the numbers of rows of other sheets go."""

_LINE_POINTS, _AROUND_LINES = 14, 1
_LETTER = 0.92
"""What a letter of text takes of a column's unit, which is a digit, with what stays free at the
ends of lines; ideographs take two units each."""
_ROW_POINTS_MAX = 405
"""Excel allows 409.5, which is 27 lines and a bit."""
_TITLE_MAX = 200
"""Characters of an item's title that can become the file's."""
_SURELY_FITS = CELL_TEXT_MAX // 2
"""Characters; each takes at most two of the units that count."""


class ItemFragment(msgspec.Struct, frozen=True):
    """The rows of one item; `cells.ROW` stands in them for their numbers, `cells.UNIT_NUMBER` for
    that of the item.
    """

    right_to_left: bool
    overview: list[bytes]
    """One row, more when its title is longer than a cell."""
    parts: dict[str, list[bytes]]
    """The rows, by the name of the part."""
    # What follows is empty in fragments of older workers.
    language: str = ""
    accent: AccentName = "default"
    title: str = ""


FRAGMENTS = Fragments(ItemFragment)


def item_fragment(
    item: Item, document: Document, parts: Sequence[str], report: Report
) -> ItemFragment:
    """The rows of one item, whose document this is. Texts that are split go to the report.

    Args:
        item: what is not in the document.
        document: the texts.
        parts: the names of those that the overview counts.
        report: is told.
    """
    title = plain_runs(document.title.runs)
    about = (document.language, item.version, item.created_at, item.updated_at)
    warnings = ConversionWarnings(document.item_id)
    columns = (*OVERVIEW_COLUMNS, *[None] * len(parts), ITEM_ID)
    overview = _Rows(title, columns, document, warnings)
    fragment = ItemFragment(
        document.right_to_left,
        list(overview.write([about], report)),
        {},
        language=document.language,
        accent=document.accent,
        title=title[:_TITLE_MAX],
    )
    for part in document.parts:
        sheet = SHEETS[part.name]
        warnings.begin_part(part.name)
        rows = _Rows(title, sheet.all_columns, document, warnings)
        fragment.parts[part.name] = list(rows.write(sheet.rows(part), report))
    warnings.flush(report, document.title.runs)
    return fragment


class _Rows:
    """Writes an item's rows for one sheet."""

    def __init__(
        self,
        title: str,
        columns: tuple[Column | None, ...],
        document: Document,
        warnings: ConversionWarnings,
    ) -> None:
        """Make a writer for these columns.

        The item's number and title fill the first, its id the last. What others fill are None,
        and stand together.
        """
        self._warnings = warnings
        self._labels = document.labels
        from_right = document.right_to_left
        names: Row = (Mark.UNIT, title)
        self._names = names
        lettered = list(zip(ascii_uppercase, columns, strict=False))
        places = [
            (letter, int(column.format.from_right() if from_right else column.format))
            for letter, column in lettered
            if column is not None
        ]
        self._columns = [column for _, column in lettered if column is not None]
        self._wrapped = [
            (place, int(column.width))
            for place, column in enumerate(self._columns)
            if column.is_wrapped
        ]
        self._ends = (document.item_id,)
        self._places = places
        # Before the last column, which is that of the id.
        self._gap = COUNTS if None in columns else ""
        self._name_cells = _cells(places, names)
        self._end_cells = self._gap + _cells(places[-1:], self._ends)
        self._names_fit = _fits((*names, *self._ends))

    def write(self, rows: Iterable[Row], report: Report) -> Iterator[bytes]:
        """Each row, and below it rows that go on with what did not fit its cells."""
        own_places = self._places[len(self._names) : -1]
        for row in rows:
            report.check_cancelled()
            values = (*self._names, *row, *self._ends)
            if self._names_fit and _fits(row):
                cells = self._name_cells + _cells(own_places, row) + self._end_cells
                yield self._row(values, cells)
            else:
                for piece in self._split(values):
                    report.check_cancelled()
                    cells = _cells(self._places[:-1], piece[:-1])
                    cells += self._gap + _cells(self._places[-1:], piece[-1:])
                    yield self._row(piece, cells)

    def _split(self, row: Row) -> Iterator[Row]:
        pieces: list[Sequence[Value]] = [
            split_text(value) if isinstance(value, str) else [value] for value in row
        ]
        split = sum(len(parts) > 1 for parts in pieces)
        if split:
            self._note_place(row[len(self._names) : -1])
            self._warnings.add("cell-split", split)
        # What tells a row from others comes again, so that sorting keeps the rows together.
        repeated = [
            parts[0] if len(parts) == 1 and not column.is_wrapped else None
            for parts, column in zip(pieces, self._columns, strict=True)
        ]
        for number in range(max(map(len, pieces))):
            yield tuple(
                parts[number] if number < len(parts) else again
                for parts, again in zip(pieces, repeated, strict=True)
            )

    def _note_place(self, row: Row) -> None:
        """What a warning says about the row: its card or question, its section or fact."""
        first, second, *others = row
        if isinstance(first, int):
            self._warnings.begin_record(self._labels, first)
        else:
            self._warnings.heading = str(second if others else first)

    def _row(self, values: Row, cells: str) -> bytes:
        """A row that is about high enough for its texts.

        Excel would find the height by itself when it opens the file, LibreOffice does not. It
        is not marked as the user's own, so both adapt it once a text is edited.
        """
        lines = 1
        for place, room in self._wrapped:
            value = values[place]
            if isinstance(value, str) and (len(value) * 2 > room or "\n" in value):
                lines = max(lines, _lines(value, room))
        points = min(lines * _LINE_POINTS + _AROUND_LINES, _ROW_POINTS_MAX)
        height = f' ht="{points}"' if lines > 1 else ""
        return f'<row r="{ROW}"{height}>{cells}</row>'.encode()


def _lines(text: str, room: int) -> int:
    """About how many lines a text takes in a column of this width."""
    lines = 0
    for line in text.split("\n"):
        letters = len(line)
        taken = letters if line.isascii() else width(line)
        lines += 1 + int(taken * _LETTER if taken == letters else taken) // room
    return lines


def _cells(places: Sequence[tuple[str, int]], values: Row) -> str:
    return "".join(
        [cell(letter, style, value) for (letter, style), value in zip(places, values, strict=False)]
    )


def _fits(row: Row) -> bool:
    return all(not isinstance(value, str) or len(value) <= _SURELY_FITS for value in row)
