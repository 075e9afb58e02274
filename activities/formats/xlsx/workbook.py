"""Fragments become the file: rows are numbered, linked and written between the frames."""

from collections.abc import Iterable
from contextlib import ExitStack
from string import ascii_uppercase
from typing import BinaryIO

from activities.formats.protocol import Export
from activities.formats.shared.ooxml import core_properties
from activities.formats.shared.zip_package import Package
from activities.formats.xlsx.cells import ROW, cell
from activities.formats.xlsx.rows import ROW_END, ItemFragment
from activities.formats.xlsx.sheets import (
    ITEM_COLUMNS,
    OVERVIEW_COLUMNS,
    OVERVIEW_TITLE,
    SHEETS,
    CellFormat,
    Column,
    Sheet,
)
from activities.formats.xlsx.workbook_template import SheetOutline, workbook_template
from activities.model.options import RenderOptions
from activities.model.warnings import Report

ROWS_MAX = 1_048_576
"""The most rows that Excel takes in a sheet."""

LINKS_MAX = 65_530
"""The most links that Excel takes in a sheet; it repairs a file with more."""

_COPY_BYTES = 256 * 1024
_ROW = ROW.encode()


def write_workbook(
    fragments: Iterable[ItemFragment], export: Export[RenderOptions], out: BinaryIO, report: Report
) -> None:
    """Write the whole file."""
    with ExitStack() as spools:
        merged = _MergedSheets(export, spools)
        for fragment in fragments:
            report.check_cancelled()
            merged.add(fragment)
        with Package(out, export.snapshot_time, report) as package:
            _write_package(package, merged, export, report)


class _Rows:
    """The rows of one sheet so far. Row 1 is the headings."""

    def __init__(self, title: str, columns: tuple[Column, ...], spool: BinaryIO) -> None:
        """Make an empty sheet.

        Args:
            title: its name.
            columns: what its cells are.
            spool: where its rows wait: items bring rows for all sheets, and the package holds one
                sheet after the other.
        """
        self.title = title
        self.columns = columns
        self.last = 1
        self.links: list[str] = []
        self.spool = spool

    def add(self, rows: Iterable[bytes]) -> None:
        """Write rows with their numbers."""
        numbered = [
            row.replace(_ROW, b"%d" % number) for number, row in enumerate(rows, self.last + 1)
        ]
        self.spool.write(b"".join(numbered))
        self.last += len(numbered)


class _MergedSheets:
    """The sheets with the rows that were merged so far."""

    def __init__(self, export: Export[RenderOptions], spools: ExitStack) -> None:
        self.directions: set[bool] = set()
        """The directions of the items so far: True is right to left."""
        self._spools = spools
        self._scratch_file = export.scratch_file
        self._parts = [SHEETS[name] for name in export.options.part_names()]
        self._overview = self._new_rows(
            OVERVIEW_TITLE,
            (
                *OVERVIEW_COLUMNS,
                *(
                    Column(sheet.title, len(sheet.title) + 5, CellFormat.LINK)
                    for sheet in self._parts
                ),
            ),
        )
        self._sheets: dict[str, list[_Rows]] = {sheet.part: [] for sheet in self._parts}

    def sheets(self) -> list[_Rows]:
        """The overview, and every sheet that has rows."""
        return [self._overview, *(rows for sheets in self._sheets.values() for rows in sheets)]

    def add(self, fragment: ItemFragment) -> None:
        """Write the rows of an item."""
        self.directions.add(fragment.right_to_left)
        row = self._overview.last + 1
        counts: list[str] = []
        letters = ascii_uppercase[len(OVERVIEW_COLUMNS) :]
        for column, sheet in zip(letters, self._parts, strict=False):
            rows = fragment.parts.get(sheet.part, [])
            target = self._add_rows(sheet, rows)
            shown = CellFormat.NUMBER
            if target and len(self._overview.links) < LINKS_MAX:
                shown = CellFormat.LINK
                link = f'<hyperlink ref="{column}{row}" location="{target}"/>'
                self._overview.links.append(link)
            counts.append(cell(column, shown, len(rows)))
        first, *others = fragment.overview
        first = first.removesuffix(ROW_END) + "".join(counts).encode() + ROW_END
        self._overview.add([first, *others])

    def _add_rows(self, sheet: Sheet, rows: list[bytes]) -> str:
        """Write rows, in a further sheet when the last one is full.

        Returns:
            Where the first of them is, or nothing for no rows.
        """
        sheets = self._sheets[sheet.part]
        target = ""
        while rows:
            if not sheets or sheets[-1].last == ROWS_MAX:
                number = f" ({len(sheets) + 1})" if sheets else ""
                sheets.append(self._new_rows(sheet.title + number, (*ITEM_COLUMNS, *sheet.columns)))
            written = sheets[-1]
            target = target or f"'{written.title}'!A{written.last + 1}"
            room = ROWS_MAX - written.last
            written.add(rows[:room])
            rows = rows[room:]
        return target

    def _new_rows(self, title: str, columns: tuple[Column, ...]) -> _Rows:
        return _Rows(title, columns, self._spools.enter_context(self._scratch_file()))


def _write_package(
    package: Package, merged: _MergedSheets, export: Export[RenderOptions], report: Report
) -> None:
    sheets = merged.sheets()
    outlines = [
        SheetOutline(rows.title, rows.columns, rows.last, "".join(rows.links)) for rows in sheets
    ]
    template = workbook_template(outlines, right_to_left=merged.directions == {True})
    # First, because programs tell the kind of a file by its first members.
    for name in ("[Content_Types].xml", "_rels/.rels"):
        package.write(name, template.others.pop(name))
    package.write("docProps/core.xml", core_properties(export.title, export.snapshot_time))
    for name, data in template.others.items():
        package.write(name, data)
    for rows, (name, sheet) in zip(sheets, template.sheets.items(), strict=True):
        with package.open(name) as member:
            member.write(sheet.prologue)
            rows.spool.seek(0)
            while data := rows.spool.read(_COPY_BYTES):
                report.check_cancelled()
                member.write(data)
            member.write(sheet.epilogue)
