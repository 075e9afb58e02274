"""Content of many short rows and little Markdown, and the usual way to write such rows."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle

from activities.content.model import Item, Scalar
from activities.documents.build import build
from activities.documents.model import Facts
from activities.formats.protocol import RenderOptions, Report

ROWS_AN_ITEM: Final = 1_000
_OPTIONS: Final = RenderOptions(include_metadata=True)
_BIRTH: Final = datetime(2024, 1, 1, tzinfo=UTC)


def row_items(count: int) -> Iterator[Item]:
    """Items of nothing but `ROWS_AN_ITEM` facts, half of which are numbers."""
    for number in range(count):
        facts: dict[str, Scalar | list[Scalar]] = {
            f"fact {row}": row * 1.5 if row % 2 else f"what is known of number {row}"
            for row in range(ROWS_AN_ITEM)
        }
        yield Item(
            id=f"rows-{number}",
            owner_id="teacher-1",
            title=f"Facts of item {number}",
            language="en",
            version=1,
            created_at=_BIRTH,
            updated_at=_BIRTH,
            metadata=facts,
        )


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
    for item in items:
        for part in build(item, _OPTIONS, report).parts:
            for block in part.blocks:
                if isinstance(block, Facts):
                    for fact in block.entries:
                        cells = []
                        for name, value in zip(styles, (item.id, item.title, *fact), strict=True):
                            cell = WriteOnlyCell(sheet, value)
                            cell.style = name
                            cells.append(cell)
                        sheet.append(cells)
    workbook.save(out)
