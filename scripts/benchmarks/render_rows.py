"""Other ways to write content of many short rows and little Markdown."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import BinaryIO, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle

from activities.documents.build import build
from activities.documents.model import Facts
from activities.documents.plain import format_fact
from activities.model.content import Item, Scalar
from activities.model.options import RenderOptions
from activities.model.warnings import Report

RUST_WRITER: Final = "rustpy_xlsxwriter"
"""A module that need not be there (https://pypi.org/project/rustpy-xlsxwriter/)."""
_COLUMNS: Final = ("Item ID", "Item", "Name", "Value")
_OPTIONS: Final = RenderOptions(include_metadata=True)


def openpyxl_styled_rows(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """XLSX of the facts with openpyxl's fastest mode, each cell with a named style."""
    workbook = openpyxl.Workbook(write_only=True)
    short = NamedStyle("Value", Font("Calibri", 11), alignment=Alignment(vertical="top"))
    wrapped = NamedStyle(
        "Text", Font("Calibri", 11), alignment=Alignment(vertical="top", wrap_text=True)
    )
    for style in (short, wrapped):
        workbook.add_named_style(style)
    sheet = workbook.create_sheet("Metadata")
    styles = (short.name, short.name, short.name, wrapped.name)
    for row in _rows(items, report):
        cells = []
        for name, value in zip(styles, row, strict=True):
            cell = WriteOnlyCell(sheet, value)
            cell.style = name
            cells.append(cell)
        sheet.append(cells)
    workbook.save(out)


def rust_rows(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """XLSX of the facts with a writer in Rust, each column with a format."""
    writer = import_module(RUST_WRITER)
    top, wrapped = (writer.Format().set_align("top") for _ in range(2))
    wrapped.set_text_wrap()
    formats = dict(zip(_COLUMNS, (top, top, top, wrapped), strict=True))
    records = (dict(zip(_COLUMNS, row, strict=True)) for row in _rows(items, report))
    writer.write_worksheet(records, out, sheet_name="Metadata", column_formats=formats)


def _rows(items: Iterable[Item], report: Report) -> Iterator[tuple[Scalar, ...]]:
    for item in items:
        for part in build(item, _OPTIONS, report).parts:
            for block in part.blocks:
                if isinstance(block, Facts):
                    for name, value in block.entries:
                        shown = format_fact(value) if isinstance(value, tuple) else value
                        yield item.id, item.title, name, shown
