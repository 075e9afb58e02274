"""The workbook around the rows, made by openpyxl: formats, headings, and what a sheet has
beside its cells.
"""

from collections.abc import Sequence
from colorsys import rgb_to_hls
from io import BytesIO
from zipfile import ZipFile

import msgspec
from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Color, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.theme import theme_xml

from activities.documents.control_characters import remove_control_characters
from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS, Accent
from activities.formats.shared.office_theme import SANS, with_theme
from activities.formats.xlsx.sheets import CellFormat, Column

HEAD_ROW = 4
"""The row of the headings, below the titles of file and sheet and one that is empty."""
_FONTS = {"majorFont": SANS, "minorFont": SANS}
_SWISS = 2
"""The family of the font (ECMA-376 part 1, 18.8.18)."""
_BODY, _TITLE, _SMALL = TOKENS.sizes.sheet, TOKENS.sizes.sheet_title, TOKENS.type["caption"].size
_FROM_RIGHT = 2
"""Reading order (ECMA-376 part 1, 18.8.1)."""
_DARK_1, _LIGHT_2, _DARK_2, _ACCENT = 1, 2, 3, 4
"""The places of colours in a theme, as cells name them."""
_TITLE_HEIGHT, _ABOUT_HEIGHT, _HEAD_HEIGHT = 27, 16, 20
_TITLE_MAX = 200
_SEPARATOR = " · "
_FILTER_BUTTON = 3
"""Characters that the button of a filter takes."""


def _theme(place: int, tint: float = 0.0) -> Color:
    return Color(theme=place, tint=tint)


def _grey(colour: Colour) -> Color:
    """A neutral as a lighter shade of the colour of text."""
    ink, own = (rgb_to_hls(*each.rgb)[1] for each in (TOKENS.neutrals.ink, colour))
    return _theme(_DARK_1, round(1 - (1 - own) / (1 - ink), 4))


def _font(size: float = _BODY, *, bold: bool = False, color: Color | None = None) -> Font:
    shown = color or _theme(_DARK_1)
    return Font(SANS, size, bold=bold, color=shown, family=_SWISS, scheme="minor")


_HAIR = Side("hair", _grey(TOKENS.neutrals.g300))


def _style(
    name: str,
    *,
    font: Font | None = None,
    horizontal: str | None = None,
    wrap: bool = False,
    from_right: bool = False,
    number_format: str = "General",
) -> NamedStyle:
    """The style of cells below the headings."""
    return NamedStyle(
        name,
        font=font or _font(),
        border=Border(bottom=_HAIR),
        alignment=Alignment(
            horizontal=horizontal,
            vertical="top",
            wrap_text=wrap,
            # Excel would go by a text's first letter, LibreOffice only by this.
            readingOrder=_FROM_RIGHT if from_right else 0,
        ),
        number_format=number_format,
    )


_LINK_FONT = Font(
    SANS, _BODY, color=_theme(_ACCENT), underline="single", family=_SWISS, scheme="minor"
)
_STYLES = {
    CellFormat.HEADER: NamedStyle(
        "Column Heading",
        font=_font(bold=True, color=_theme(_DARK_2)),
        fill=PatternFill("solid", fgColor=_theme(_LIGHT_2)),
        border=Border(top=Side("medium", _theme(_ACCENT)), bottom=Side("thin", _theme(_ACCENT))),
        alignment=Alignment(vertical="center", wrap_text=True),
    ),
    CellFormat.SHORT: _style("Value"),
    CellFormat.WRAPPED: _style("Text", wrap=True),
    CellFormat.TIME: _style("Time", horizontal="left", number_format="yyyy-mm-dd hh:mm"),
    CellFormat.LINK: _style("Link", font=_LINK_FONT, horizontal="center"),
    CellFormat.NUMBER: _style("Number", horizontal="center"),
    CellFormat.FACT: _style("Fact", horizontal="left", wrap=True),
    CellFormat.WRAPPED_FROM_RIGHT: _style("Text from right", wrap=True, from_right=True),
    CellFormat.FACT_FROM_RIGHT: _style(
        "Fact from right", horizontal="right", wrap=True, from_right=True
    ),
    CellFormat.UNIT: _style(
        "Unit", font=_font(bold=True, color=_theme(_ACCENT)), horizontal="center"
    ),
    CellFormat.FILE_TITLE: NamedStyle(
        "File Title",
        font=_font(_TITLE, bold=True, color=_theme(_DARK_2)),
        alignment=Alignment(vertical="center"),
    ),
    CellFormat.SHEET_TITLE: NamedStyle(
        "Sheet Title",
        font=_font(_SMALL, color=_grey(TOKENS.neutrals.g600)),
        alignment=Alignment(vertical="center"),
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

    name: str
    title: str
    """What it holds."""
    columns: tuple[tuple[str, Column], ...]
    """With their heads."""
    rows: int
    """The number of rows, with those above the cells."""
    links: str
    """The `hyperlink` elements of the sheet, as XML."""


class WorkbookFrame(msgspec.Struct, frozen=True):
    """What all sheets have."""

    title: str
    about: list[str]
    """What stands behind the title of each sheet."""
    accent: Accent
    right_to_left: bool
    """Whether the first column stands at the right."""


class SheetTemplate(msgspec.Struct, frozen=True):
    """The XML of a sheet before the row below its headings, and after its last."""

    prologue: bytes
    epilogue: bytes


class WorkbookTemplate(msgspec.Struct, frozen=True):
    """The members of the package by name: sheets as templates, the others whole."""

    sheets: dict[str, SheetTemplate]
    others: dict[str, bytes]


def workbook_template(outlines: Sequence[SheetOutline], frame: WorkbookFrame) -> WorkbookTemplate:
    """A workbook with these sheets in their order."""
    workbook = Workbook()
    workbook.loaded_theme = with_theme(theme_xml.encode(), frame.accent, _FONTS)
    sheet = workbook.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("openpyxl made a workbook without a sheet")
    _register_styles(sheet["A1"])
    for number, outline in enumerate(outlines):
        if number:
            sheet = workbook.create_sheet()
        _lay_out(sheet, outline, frame)
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


def _lay_out(sheet: Worksheet, outline: SheetOutline, frame: WorkbookFrame) -> None:
    sheet.title = outline.name
    sheet.sheet_view.rightToLeft = frame.right_to_left
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = frame.accent.base.digits
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    last = get_column_letter(len(outline.columns))
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{outline.rows}"
    sheet.print_title_rows = f"1:{HEAD_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for row, text, cell_format, height in (
        (1, frame.title, CellFormat.FILE_TITLE, _TITLE_HEIGHT),
        (2, _SEPARATOR.join([outline.title, *frame.about]), CellFormat.SHEET_TITLE, _ABOUT_HEIGHT),
    ):
        _write(sheet.cell(row, 1), text, cell_format)
        sheet.row_dimensions[row].height = height
    sheet.row_dimensions[HEAD_ROW].height = _HEAD_HEIGHT
    for number, (head, column) in enumerate(outline.columns, 1):
        _write(sheet.cell(HEAD_ROW, number), head, CellFormat.HEADER)
        letter = get_column_letter(number)
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(column.width, len(head) + _FILTER_BUTTON)
        if column.is_id:
            dimension.outlineLevel = 1
            dimension.hidden = True
    beside = sheet.column_dimensions[get_column_letter(len(outline.columns) + 1)]
    beside.collapsed = True


def _write(cell: Cell | MergedCell, text: str, cell_format: CellFormat) -> None:
    """Write a text, whatever it begins with."""
    cell.value = remove_control_characters(text)[0][:_TITLE_MAX]
    cell.data_type = "s"
    cell.style = _STYLES[cell_format].name


def _sheet_template(xml: str, outline: SheetOutline) -> SheetTemplate:
    prologue, _, epilogue = xml.partition(_END_OF_CELLS)
    last = get_column_letter(len(outline.columns))
    used = f"A1:{last}{outline.rows}"
    prologue = prologue.replace(f'ref="A1:{last}{HEAD_ROW}"', f'ref="{used}"', 1)
    if outline.links:
        links = f"<hyperlinks>{outline.links}</hyperlinks>"
        epilogue = epilogue.replace(_AFTER_LINKS, links + _AFTER_LINKS, 1)
    # Texts such as "1.1" are meant as texts; without this Excel marks each of them.
    texts = f'<ignoredError sqref="{used}" numberStoredAsText="1"/>'
    epilogue = epilogue.replace(_END, f"<ignoredErrors>{texts}</ignoredErrors>{_END}")
    return SheetTemplate(prologue.encode(), (_END_OF_CELLS + epilogue).encode())
