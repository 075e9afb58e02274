"""One item becomes rows of cells."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase

import msgspec

from activities.content.model import Item
from activities.documents.model import Document
from activities.documents.plain import plain_runs
from activities.formats.fragments import Fragments
from activities.formats.protocol import ExportWarning, Report
from activities.formats.xlsx.cells import ROW, TEXT_MAX, Value, cell, split_text
from activities.formats.xlsx.sheets import (
    ITEM_COLUMNS,
    OVERVIEW_COLUMNS,
    SHEETS,
    CellFormat,
    Column,
    Row,
)

ROW_END = b"</row>"

_SURELY_FITS = TEXT_MAX // 2
"""Characters; each takes at most two of the units that count."""


class ItemFragment(msgspec.Struct, frozen=True):
    """The rows of one item; `cells.ROW` stands in them for their numbers."""

    right_to_left: bool
    overview: list[bytes]
    """One row, more when its title is longer than a cell."""
    parts: dict[str, list[bytes]]
    """By part name."""


FRAGMENTS = Fragments(ItemFragment)


def item_fragment(item: Item, document: Document, report: Report) -> ItemFragment:
    """The rows of one item, whose document this is. Texts that are split go to the report."""
    names = (document.item_id, plain_runs(document.title.runs))
    about = (document.language, item.version, item.created_at, item.updated_at)
    overview = _Rows(names, OVERVIEW_COLUMNS[len(names) :])
    fragment = ItemFragment(document.right_to_left, list(overview.write([about])), {})
    _warn_of_splits(overview, document.item_id, "", report)
    parts = {part.name: part for part in document.parts}
    for sheet in SHEETS:
        if sheet.part in parts:
            report.tick()
            rows = _Rows(names, sheet.columns)
            fragment.parts[sheet.part] = list(rows.write(sheet.rows(parts[sheet.part])))
            _warn_of_splits(rows, document.item_id, sheet.part, report)
    return fragment


class _Rows:
    """Writes an item's rows for one sheet."""

    def __init__(self, names: Row, columns: tuple[Column, ...]) -> None:
        self.cells_split = 0
        self._names = names
        formats = [column.format for column in (*ITEM_COLUMNS, *columns)]
        self._columns = list(zip(ascii_uppercase, formats, strict=False))
        self._own_columns = self._columns[len(names) :]
        self._start = f'<row r="{ROW}">' + _cells(self._columns[: len(names)], names)
        self._names_fit = _fits(names)

    def write(self, rows: Iterable[Row]) -> Iterator[bytes]:
        """Each row, and below it rows that go on with what did not fit its cells."""
        for row in rows:
            if self._names_fit and _fits(row):
                yield f"{self._start}{_cells(self._own_columns, row)}</row>".encode()
            else:
                yield from self._split_row((*self._names, *row))

    def _split_row(self, row: Row) -> Iterator[bytes]:
        pieces: list[Sequence[Value]] = [
            split_text(value) if isinstance(value, str) else [value] for value in row
        ]
        self.cells_split += sum(len(parts) > 1 for parts in pieces)
        # What tells a row from others comes again, so that sorting keeps the rows together.
        repeated = [
            parts[0] if len(parts) == 1 and column_format is CellFormat.SHORT else None
            for parts, (_, column_format) in zip(pieces, self._columns, strict=True)
        ]
        for number in range(max(map(len, pieces))):
            values = tuple(
                parts[number] if number < len(parts) else again
                for parts, again in zip(pieces, repeated, strict=True)
            )
            yield f'<row r="{ROW}">{_cells(self._columns, values)}</row>'.encode()


def _cells(columns: Sequence[tuple[str, CellFormat]], values: Row) -> str:
    return "".join(
        [cell(letter, style, value) for (letter, style), value in zip(columns, values, strict=True)]
    )


def _fits(row: Row) -> bool:
    return all(not isinstance(value, str) or len(value) <= _SURELY_FITS for value in row)


def _warn_of_splits(rows: _Rows, item_id: str, part: str, report: Report) -> None:
    if rows.cells_split:
        detail = (
            f"Texts longer than a cell ({TEXT_MAX} characters), which go on in the rows below: "
            f"{rows.cells_split}."
        )
        report.warn(ExportWarning("cell-split", detail, item_id=item_id, part=part))
