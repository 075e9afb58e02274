"""Fragments become the file: rows are numbered, linked and written between the frames."""

from collections.abc import Iterable
from contextlib import ExitStack
from string import ascii_uppercase
from typing import BinaryIO

from activities.documents.book_labels import book_labels
from activities.documents.colophon import shown_day
from activities.documents.design.design import Design
from activities.documents.design.subjects import most_frequent
from activities.documents.design.tokens import AccentName
from activities.documents.labels import UNKNOWN_LANGUAGE, primary_language
from activities.formats.protocol import Export
from activities.formats.shared.ooxml import core_properties
from activities.formats.shared.xml_escaping import xml_attribute
from activities.formats.shared.zip_package import Package
from activities.formats.xlsx.cells import ROW, UNIT_NUMBER, cell
from activities.formats.xlsx.rows import COUNTS, ItemFragment
from activities.formats.xlsx.sheets import (
    ITEM_ID,
    OVERVIEW_COLUMNS,
    SHEETS,
    CellFormat,
    Column,
    Sheet,
)
from activities.formats.xlsx.words import SheetWords
from activities.formats.xlsx.workbook_template import (
    HEAD_ROW,
    SheetOutline,
    WorkbookFrame,
    workbook_template,
)
from activities.model.options import DocumentOptions
from activities.model.warnings import Report

ROWS_MAX = 1_048_576
"""The most rows that Excel takes in a sheet."""

LINKS_MAX = 65_530
"""The most links that Excel takes in a sheet; it repairs a file with more."""

OVERVIEW = "overview"
"""Stands for the name of a part."""
_COUNT_WIDTH = 14
_MANY_LANGUAGES = "en"
"""Writes the day where items have several languages."""
_SHEET_NAME_MAX = 31
_COPY_BYTES = 256 * 1024
_ROW, _UNIT, _COUNTS = ROW.encode(), UNIT_NUMBER.encode(), COUNTS.encode()


def write_workbook(
    fragments: Iterable[ItemFragment],
    export: Export[DocumentOptions],
    out: BinaryIO,
    report: Report,
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
    """The rows of one sheet so far, below its title and the headings."""

    def __init__(
        self, part: str, number: int, columns: tuple[Column, ...], spool: BinaryIO
    ) -> None:
        """Make an empty sheet.

        Args:
            part: what it holds: the name of a part, or `overview`.
            number: from 1, of the sheets for this part.
            columns: what its cells are.
            spool: where its rows wait: items bring rows for all sheets, and the package holds one
                sheet after the other.
        """
        self.part = part
        self.number = number
        self.columns = columns
        self.last = HEAD_ROW
        self.links: list[tuple[str, _Rows, int]] = []
        """Cells, and the sheets and rows to which they lead."""
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

    def __init__(self, export: Export[DocumentOptions], spools: ExitStack) -> None:
        self.directions: set[bool] = set()
        """The directions of the items so far: True is right to left."""
        self.languages: set[str] = set()
        """Their primary languages."""
        self.accents: list[AccentName] = []
        """One an item."""
        self.first_title = ""
        self._spools = spools
        self._scratch_file = export.scratch_file
        self._parts = [SHEETS[name] for name in export.options.part_names()]
        self._overview = self._new_rows(
            OVERVIEW,
            1,
            (
                *OVERVIEW_COLUMNS,
                *(Column(sheet.part, _COUNT_WIDTH, CellFormat.LINK) for sheet in self._parts),
                ITEM_ID,
            ),
        )
        self._sheets: dict[str, list[_Rows]] = {sheet.part: [] for sheet in self._parts}

    def sheets(self) -> list[_Rows]:
        """The overview, and every sheet that has rows."""
        return [self._overview, *(rows for sheets in self._sheets.values() for rows in sheets)]

    def add(self, fragment: ItemFragment) -> None:
        """Write the rows of an item."""
        self.directions.add(fragment.right_to_left)
        self.languages.add(primary_language(fragment.language))
        self.first_title = self.first_title or fragment.title
        self.accents.append(fragment.accent)
        unit = b"%d" % len(self.accents)
        row = self._overview.last + 1
        counts: list[str] = []
        letters = ascii_uppercase[len(OVERVIEW_COLUMNS) :]
        for column, sheet in zip(letters, self._parts, strict=False):
            rows = [each.replace(_UNIT, unit) for each in fragment.parts.get(sheet.part, [])]
            target = self._add_rows(sheet, rows)
            shown = CellFormat.NUMBER
            if target and len(self._overview.links) < LINKS_MAX:
                shown = CellFormat.LINK
                self._overview.links.append((f"{column}{row}", *target))
            counts.append(cell(column, shown, len(rows)))
        first, *others = fragment.overview
        filled = [first.replace(_COUNTS, "".join(counts).encode())]
        filled += [other.replace(_COUNTS, b"") for other in others]
        self._overview.add([each.replace(_UNIT, unit) for each in filled])

    def _add_rows(self, sheet: Sheet, rows: list[bytes]) -> tuple[_Rows, int] | None:
        """Write rows, in a further sheet when the last one is full.

        Returns:
            The sheet and row of the first of them, or None for no rows.
        """
        sheets = self._sheets[sheet.part]
        target = None
        while rows:
            if not sheets or sheets[-1].last == ROWS_MAX:
                sheets.append(self._new_rows(sheet.part, len(sheets) + 1, sheet.all_columns))
            written = sheets[-1]
            target = target or (written, written.last + 1)
            room = ROWS_MAX - written.last
            written.add(rows[:room])
            rows = rows[room:]
        return target

    def _new_rows(self, part: str, number: int, columns: tuple[Column, ...]) -> _Rows:
        return _Rows(part, number, columns, self._spools.enter_context(self._scratch_file()))


def _heading(words: SheetWords, name: str) -> str:
    """The words for a column, or for the sheet that it counts the rows of."""
    return words.sheet(name) if name in SHEETS else words.head(name)


def _sheet_name(words: SheetWords, rows: _Rows) -> str:
    """The name of a sheet, as short as Excel wants it."""
    number = f" ({rows.number})" if rows.number > 1 else ""
    return _heading(words, rows.part)[: _SHEET_NAME_MAX - len(number)] + number


def _quoted(name: str) -> str:
    """The name of a sheet within the address of a cell, as an attribute."""
    return xml_attribute("'" + name.replace("'", "''") + "'")


def _write_package(
    package: Package, merged: _MergedSheets, export: Export[DocumentOptions], report: Report
) -> None:
    sheets = merged.sheets()
    common = next(iter(merged.languages)) if len(merged.languages) == 1 else ""
    if common == UNKNOWN_LANGUAGE:
        common = ""
    language = export.options.language or common
    words = SheetWords(language)
    names = {id(rows): _sheet_name(words, rows) for rows in sheets}
    outlines = [
        SheetOutline(
            names[id(rows)],
            _heading(words, rows.part),
            tuple((_heading(words, column.name), column) for column in rows.columns),
            rows.last,
            "".join(
                f'<hyperlink ref="{cell}" location="{_quoted(names[id(to)])}!A{row}"/>'
                for cell, to, row in rows.links
            ),
        )
        for rows in sheets
    ]
    single = export.items_total == 1 and export.options.title is None
    units = book_labels(language).units.format(len(merged.accents))
    day = shown_day(export.snapshot_time, language or _MANY_LANGUAGES)
    frame = WorkbookFrame(
        title=merged.first_title if single else export.title,
        about=[*([units] if export.items_total > 1 else []), day],
        accent=Design(report.theme).accent(most_frequent(merged.accents)),
        right_to_left=merged.directions == {True},
    )
    template = workbook_template(outlines, frame)
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
