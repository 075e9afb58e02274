"""What stands before the units: a cover, and the contents."""

from activities.documents.design.tokens import TOKENS, Accent
from activities.documents.direction import is_right_to_left
from activities.formats.docx.design import Slot, shade, twips
from activities.formats.docx.page import Page
from activities.formats.docx.runs import plain_run
from activities.formats.docx.sections import bare_section, end_of_section

_STRIP = twips(TOKENS.cover.strip)
_END = 80
"""What the paragraph below the cover takes, which Word wants behind a table."""
_STYLES = ((90, "TitleLongest"), (40, "TitleLong"), (0, "Title"))


def title_style(title: str) -> str:
    """The style of the title on the cover: the longer it is, the smaller."""
    return next(style for letters, style in _STYLES if len(title) >= letters)


def cover(title: str, subtitle: str, foot: str, page: Page, accent: Accent) -> str:
    """A page that is filled to its edges: a section of its own."""
    direction = "<w:bidi/>" if is_right_to_left(title, otherwise=False) else ""
    text = _paragraph(title_style(title), title, direction)
    ground = shade(Slot("accent1", accent.base.digits))
    below = _paragraph("CoverFoot", foot, direction)
    if subtitle:
        text += _paragraph("Subtitle", subtitle, direction)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="CoverTable"/><w:tblW w:w="{page.width}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0600" w:firstRow="0" w:lastRow="0"'
        ' w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{page.width}"/></w:tblGrid>'
        + _row(page.height - _STRIP - _END, page.width, ground, text)
        + _row(_STRIP, page.width, '<w:vAlign w:val="center"/>', below)
        + "</w:tbl>"
        + end_of_section(bare_section(page))
    )


def _paragraph(style: str, text: str, direction: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{direction}</w:pPr>{plain_run(text)}</w:p>'


def _row(height: int, width: int, properties: str, content: str) -> str:
    return (
        f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{height}" w:hRule="exact"/></w:trPr><w:tc>'
        f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content}</w:tc></w:tr>'
    )
