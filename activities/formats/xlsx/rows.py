"""One item becomes rows of cells."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase

import msgspec

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Document
from activities.documents.plain import plain_runs
from activities.documents.text_width import width
from activities.formats.shared.cells import CELL_TEXT_MAX
from activities.formats.shared.fragments import Fragments
from activities.formats.xlsx.cells import ROW, Value, cell, split_text
from activities.formats.xlsx.sheets import (
    ITEM_COLUMNS,
    OVERVIEW_COLUMNS,
    SHEETS,
    Column,
    Row,
)
from activities.model.content import Item
from activities.model.warnings import Report

ROW_END = b"</row>"

_LINE_POINTS = 15
_ROW_POINTS_MAX = 405
"""Excel allows 409.5, which is 27 lines and a bit."""
_SURELY_FITS = CELL_TEXT_MAX // 2
"""Characters; each takes at most two of the units that count."""


class ItemFragment(msgspec.Struct, frozen=True):
    """The rows of one item; `cells.ROW` stands in them for their numbers."""

    right_to_left: bool
    overview: list[bytes]
    """One row, more when its title is longer than a cell."""
    parts: dict[str, list[bytes]]
    """The rows, by the name of the part."""


FRAGMENTS = Fragments(ItemFragment)


def item_fragment(item: Item, document: Document, report: Report) -> ItemFragment:
    """The rows of one item, whose document this is. Texts that are split go to the report."""
    names = (document.item_id, plain_runs(document.title.runs))
    about = (document.language, item.version, item.created_at, item.updated_at)
    warnings = ConversionWarnings(document.item_id)
    overview = _Rows(names, OVERVIEW_COLUMNS, document, warnings)
    fragment = ItemFragment(document.right_to_left, list(overview.write([about], report)), {})
    for part in document.parts:
        sheet = SHEETS[part.name]
        warnings.begin_part(part.name)
        rows = _Rows(names, (*ITEM_COLUMNS, *sheet.columns), document, warnings)
        fragment.parts[part.name] = list(rows.write(sheet.rows(part), report))
    warnings.flush(report, document.title.runs)
    return fragment


class _Rows:
    """Writes an item's rows for one sheet."""

    def __init__(
        self,
        names: Row,
        columns: tuple[Column, ...],
        document: Document,
        warnings: ConversionWarnings,
    ) -> None:
        """Make a writer for these columns, of which the item's names fill the first."""
        self._warnings = warnings
        self._labels = document.labels
        from_right = document.right_to_left
        self._names = names
        self._places = [
            (letter, int(column.format.from_right() if from_right else column.format))
            for letter, column in zip(ascii_uppercase, columns, strict=False)
        ]
        self._columns = columns
        self._wrapped = [
            (place, int(column.width)) for place, column in enumerate(columns) if column.is_wrapped
        ]
        self._name_cells = _cells(self._places, names)
        self._names_fit = _fits(names)

    def write(self, rows: Iterable[Row], report: Report) -> Iterator[bytes]:
        """Each row, and below it rows that go on with what did not fit its cells."""
        own_places = self._places[len(self._names) :]
        for row in rows:
            report.check_cancelled()
            values = (*self._names, *row)
            if self._names_fit and _fits(row):
                yield self._row(values, self._name_cells + _cells(own_places, row))
            else:
                for piece in self._split(values):
                    report.check_cancelled()
                    yield self._row(piece, _cells(self._places, piece))

    def _split(self, row: Row) -> Iterator[Row]:
        pieces: list[Sequence[Value]] = [
            split_text(value) if isinstance(value, str) else [value] for value in row
        ]
        split = sum(len(parts) > 1 for parts in pieces)
        if split:
            self._note_place(row[len(self._names) :])
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
                lines = max(lines, sum(1 + width(line) // room for line in value.split("\n")))
        height = f' ht="{min(lines * _LINE_POINTS, _ROW_POINTS_MAX)}"' if lines > 1 else ""
        return f'<row r="{ROW}"{height}>{cells}</row>'.encode()


def _cells(places: Sequence[tuple[str, int]], values: Row) -> str:
    return "".join(
        [cell(letter, style, value) for (letter, style), value in zip(places, values, strict=False)]
    )


def _fits(row: Row) -> bool:
    return all(not isinstance(value, str) or len(value) <= _SURELY_FITS for value in row)
