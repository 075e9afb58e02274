"""The workbook around the rows, made by openpyxl: formats, headings, and what a sheet has
beside its cells.
"""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile

import msgspec
from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from activities.formats.xlsx.sheets import CellFormat, Column

_FONT = "Calibri"
_FROM_RIGHT = 2
"""Reading order (ECMA-376 part 1, 18.8.1)."""
_STYLES = {
    CellFormat.HEADER: NamedStyle(
        "Column Heading",
        font=Font(_FONT, 11, bold=True, color="FFFFFF"),
        fill=PatternFill("solid", fgColor="1F4E79"),
        alignment=Alignment(vertical="center", wrap_text=True),
    ),
    CellFormat.SHORT: NamedStyle(
        "Value", font=Font(_FONT, 11), alignment=Alignment(vertical="top")
    ),
    CellFormat.WRAPPED: NamedStyle(
        "Text", font=Font(_FONT, 11), alignment=Alignment(vertical="top", wrap_text=True)
    ),
    CellFormat.TIME: NamedStyle(
        "Time",
        font=Font(_FONT, 11),
        alignment=Alignment(horizontal="left", vertical="top"),
        number_format="yyyy-mm-dd hh:mm",
    ),
    CellFormat.LINK: NamedStyle(
        "Link",
        font=Font(_FONT, 11, color="0563C1", underline="single"),
        alignment=Alignment(horizontal="center", vertical="top"),
    ),
    CellFormat.NUMBER: NamedStyle(
        "Number", font=Font(_FONT, 11), alignment=Alignment(horizontal="center", vertical="top")
    ),
    CellFormat.FACT: NamedStyle(
        "Fact",
        font=Font(_FONT, 11),
        alignment=Alignment(horizontal="left", vertical="top", wrap_text=True),
    ),
    # Excel would go by a text's first letter, LibreOffice only by this.
    CellFormat.WRAPPED_FROM_RIGHT: NamedStyle(
        "Text from right",
        font=Font(_FONT, 11),
        alignment=Alignment(vertical="top", wrap_text=True, readingOrder=_FROM_RIGHT),
    ),
    CellFormat.FACT_FROM_RIGHT: NamedStyle(
        "Fact from right",
        font=Font(_FONT, 11),
        alignment=Alignment(
            horizontal="right", vertical="top", wrap_text=True, readingOrder=_FROM_RIGHT
        ),
    ),
}
_PARTS_OF_FONT = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign"),
    *("sz", "color", "name", "family", "charset", "scheme"),
)
"""In the order in which a font has to hold them (ECMA-376 part 1, 18.8.22)."""
_STYLES_PART = "xl/styles.xml"
_END_OF_CELLS = "</sheetData>"
_END = "</worksheet>"
_AFTER_LINKS = "<pageMargins"


class SheetOutline(msgspec.Struct, frozen=True):
    """A sheet before its cells are there."""

    title: str
    columns: tuple[Column, ...]
    rows: int
    """The number of rows, with that of the headings."""
    links: str
    """The `hyperlink` elements of the sheet, as XML."""


class SheetTemplate(msgspec.Struct, frozen=True):
    """The XML of a sheet before its second row, and after its last."""

    prologue: bytes
    epilogue: bytes


class WorkbookTemplate(msgspec.Struct, frozen=True):
    """The members of the package by name: sheets as templates, the others whole."""

    sheets: dict[str, SheetTemplate]
    others: dict[str, bytes]


def workbook_template(outlines: Sequence[SheetOutline], *, right_to_left: bool) -> WorkbookTemplate:
    """A workbook with these sheets.

    Args:
        outlines: the sheets in their order.
        right_to_left: True if the first column stands at the right.
    """
    workbook = Workbook()
    sheet = workbook.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("openpyxl made a workbook without a sheet")
    _register_styles(sheet["A1"])
    for number, outline in enumerate(outlines):
        if number:
            sheet = workbook.create_sheet()
        _lay_out(sheet, outline)
        sheet.sheet_view.rightToLeft = right_to_left
    out = BytesIO()
    workbook.save(out)
    with ZipFile(out) as package:
        members = {name: package.read(name) for name in package.namelist()}
    del members["docProps/core.xml"]
    members[_STYLES_PART] = _with_ordered_fonts(members[_STYLES_PART])
    sheets = {
        f"xl/worksheets/sheet{number}.xml": _sheet_template(
            members.pop(f"xl/worksheets/sheet{number}.xml").decode(), outline
        )
        for number, outline in enumerate(outlines, 1)
    }
    return WorkbookTemplate(sheets, members)


def _register_styles(cell: Cell) -> None:
    """Give each style its index: openpyxl counts them as cells take them."""
    for cell_format, style in sorted(_STYLES.items()):
        cell.style = style
        if cell.style_id != cell_format:
            raise ValueError(f"{cell_format!r} has become {cell.style_id}")


def _with_ordered_fonts(styles: bytes) -> bytes:
    """Styles as the schema has them: openpyxl writes what a font holds in an order of its own."""
    root = etree.fromstring(styles)
    for font in root.iter("{*}font"):
        font[:] = sorted(font, key=lambda part: _PARTS_OF_FONT.index(etree.QName(part).localname))
    return etree.tostring(root)


def _lay_out(sheet: Worksheet, outline: SheetOutline) -> None:
    sheet.title = outline.title
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(outline.columns))
    sheet.auto_filter.ref = f"A1:{last}{outline.rows}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for number, column in enumerate(outline.columns, 1):
        heading = sheet.cell(1, number, column.title)
        heading.style = _STYLES[CellFormat.HEADER].name
        sheet.column_dimensions[get_column_letter(number)].width = column.width


def _sheet_template(xml: str, outline: SheetOutline) -> SheetTemplate:
    prologue, _, epilogue = xml.partition(_END_OF_CELLS)
    last = get_column_letter(len(outline.columns))
    prologue = prologue.replace(f'ref="A1:{last}1"', f'ref="A1:{last}{outline.rows}"', 1)
    if outline.links:
        links = f"<hyperlinks>{outline.links}</hyperlinks>"
        epilogue = epilogue.replace(_AFTER_LINKS, links + _AFTER_LINKS, 1)
    # Texts such as "1.1" are meant as texts; without this Excel marks each of them.
    texts = f'<ignoredError sqref="A1:{last}{outline.rows}" numberStoredAsText="1"/>'
    epilogue = epilogue.replace(_END, f"<ignoredErrors>{texts}</ignoredErrors>{_END}")
    return SheetTemplate(prologue.encode(), (_END_OF_CELLS + epilogue).encode())
