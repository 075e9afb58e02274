"""Tables of HTML, whose cells may reach over columns and rows, as rows of as many cells each."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from activities.documents.model import Alignment, Run, Runs, Table
from activities.documents.pieces import is_shown

COLUMNS_SPANNED_MAX: Final = 1_000
"""Columns of a cell (HTML, 4.9.11)."""
ROWS_SPANNED_MAX: Final = 65_534


class Cell(msgspec.Struct, frozen=True, gc=False):
    """A cell, in the place where it begins; the others that it covers are empty."""

    runs: Runs
    heads: bool = False
    """Whether it is a `th`."""
    alignment: Alignment = None
    columns: int = 1
    rows: int = 1
    covered: bool = False
    """Whether it is what a cell beside it reaches over."""


class Grid:
    """The rows of one table."""

    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []
        self.section = ""
        """The element that rows are added to."""
        self._heads: set[int] = set()
        self._feet: set[int] = set()

    def begin_row(self) -> None:
        """Add a row to the current section."""
        if self.section == "thead":
            self._heads.add(len(self.rows))
        elif self.section == "tfoot":
            self._feet.add(len(self.rows))
        self.rows.append([])

    def table(self, caption: Runs, cells_max: int) -> Table | None:
        """The table; None without any cell, or with more cells than that."""
        rows = self._placed(cells_max)
        if not rows or not rows[0]:
            return None
        heads = sorted(self._heads) or self._first_row_if_it_heads()
        others = [place for place in range(len(rows)) if place not in set(heads)]
        # The foot stands below, wherever it is written (4.9.7).
        others.sort(key=lambda place: place in self._feet)
        body = [rows[place] for place in others]
        return Table(
            header=_header([rows[place] for place in heads]) if heads else None,
            rows=tuple(tuple(map(_shown, row)) for row in body),
            alignments=tuple(map(_alignment, zip(*(body or rows), strict=True))),
            caption=caption,
        )

    def _first_row_if_it_heads(self) -> list[int]:
        first = self.rows[0]
        return [0] if len(self.rows) > 1 and first and all(cell.heads for cell in first) else []

    def _placed(self, cells_max: int) -> list[list[Cell]] | None:
        """The rows, all as wide as the widest; None when that is more than so many cells."""
        placed: list[list[Cell]] = []
        covered: _Covered = {}
        widest = 0
        for row in self.rows:
            if sum(cell.columns for cell in row) + len(covered) > cells_max:
                return None
            cells, covered = _placed_row(row, covered)
            widest = max(widest, len(cells))
            placed.append(cells)
            if widest * len(placed) > cells_max:
                return None
        return [[*row, *[_NOTHING] * (widest - len(row))] for row in placed]


_Covered = dict[int, int]
"""Columns that cells above reach into, with the number of rows for which they do."""


def _placed_row(row: Sequence[Cell], covered: _Covered) -> tuple[list[Cell], _Covered]:
    """The cells of a row in their columns, and what is covered in the next row."""
    cells: list[Cell] = []
    below: _Covered = {}
    waiting = iter(row)
    cell = next(waiting, None)
    while cell is not None or covered:
        column = len(cells)
        rows = covered.pop(column, 0)
        if rows or cell is None:
            cells.append(_NOTHING)
            if rows > 1:
                below[column] = rows - 1
            continue
        cells += [cell, *[Cell(cell.runs, cell.heads, covered=True)] * (cell.columns - 1)]
        for spanned in range(column, len(cells)):
            covered.pop(spanned, None)
            if cell.rows > 1:
                below[spanned] = cell.rows - 1
        cell = next(waiting, None)
    return cells, below


_NOTHING: Final = Cell((), covered=True)


def _shown(cell: Cell) -> Runs:
    if cell.covered:
        return ()
    if cell.heads:
        return tuple(msgspec.structs.replace(run, strong=True) for run in cell.runs)
    return cell.runs


def _header(rows: Sequence[Sequence[Cell]]) -> tuple[Runs, ...] | None:
    """The one header row of several: a cell over columns stands above each of them. None when
    there is nothing in it.
    """
    if len(rows) == 1:
        header = tuple(() if cell.covered else cell.runs for cell in rows[0])
    else:
        header = tuple(_joined(column) for column in zip(*rows, strict=True))
    return header if any(is_shown(run) for cell in header for run in cell) else None


def _joined(cells: Iterable[Cell]) -> Runs:
    joined: Runs = ()
    for cell in cells:
        if cell.runs:
            joined = (*joined, Run("\n"), *cell.runs) if joined else cell.runs
    return joined


def _alignment(column: Sequence[Cell]) -> Alignment:
    """What all cells of a column have that are not empty."""
    found = {cell.alignment for cell in column if cell.runs and not cell.covered}
    return found.pop() if len(found) == 1 else None
