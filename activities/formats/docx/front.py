"""What stands before the units: a cover, and the contents."""

from activities.documents.design.tokens import TOKENS, Accent
from activities.documents.direction import is_right_to_left
from activities.formats.docx.design import Slot, shade, twips
from activities.formats.docx.design import colour as text_colour
from activities.formats.docx.page import Page
from activities.formats.docx.runs import plain_run
from activities.formats.docx.sections import bare_section, end_of_section

_STRIP = twips(TOKENS.cover.strip)
_END = 80
"""What the paragraph below the cover takes, which Word wants behind a table."""
_AS_HIGH = '<w:spacing w:before="0" w:after="60" w:line="240" w:lineRule="auto"/>'
"""Of a line that is as high as its picture."""
_STYLES = ((90, "TitleLongest"), (40, "TitleLong"), (0, "Title"))


def title_style(title: str) -> str:
    """The style of the title on the cover: the longer it is, the smaller."""
    return next(style for letters, style in _STYLES if len(title) >= letters)


def cover(
    title: str,
    subtitle: str,
    foot: str,
    page: Page,
    accent: Accent,
    *,
    is_light: bool = False,
    logo: str = "",
) -> str:
    """A page that is filled to its edges: a section of its own.

    Args:
        title: of the file.
        subtitle: below it, if it is not empty.
        foot: at the foot of the page.
        page: its paper.
        accent: the colour of its ground.
        is_light: whether its ground is white, and its title dark.
        logo: the drawing of a logo, as a run; empty: none.
    """
    direction = "<w:bidi/>" if is_right_to_left(title, otherwise=False) else ""
    dark = Slot("text2", accent.dark.digits) if is_light else None
    text = _paragraph(title_style(title), title, direction, dark)
    ground = "" if is_light else shade(Slot("accent1", accent.base.digits))
    below = _paragraph("CoverFoot", foot, direction)
    if subtitle:
        text += _paragraph("Subtitle", subtitle, direction, dark)
    if logo:
        below = f'<w:p><w:pPr><w:pStyle w:val="CoverFoot"/>{_AS_HIGH}</w:pPr>{logo}</w:p>{below}'
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


def _paragraph(style: str, text: str, direction: str, slot: Slot | None = None) -> str:
    run = plain_run(text)
    if slot is not None:
        run = run.replace("<w:r>", f"<w:r><w:rPr>{text_colour(slot)}</w:rPr>", 1)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{direction}</w:pPr>{run}</w:p>'


def _row(height: int, width: int, properties: str, content: str) -> str:
    return (
        f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{height}" w:hRule="exact"/></w:trPr><w:tc>'
        f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content}</w:tc></w:tr>'
    )
