"""Sections of Word: pages with margins, heads and feet of their own, one a unit."""

from functools import cache
from typing import Final, Literal

from docx.oxml.ns import nsdecls

from activities.documents.design.tokens import TOKENS
from activities.formats.docx.design import twips
from activities.formats.docx.page import Page
from activities.formats.docx.runs import plain_run
from activities.formats.docx.tables import GAP
from activities.formats.shared.ooxml import XML_DECLARATION
from activities.formats.shared.xml_escaping import xml_text

_Start = Literal["oddPage", "continuous", ""]
"""Where a section begins; empty for the next page."""

FRONT: Final = 0
"""The number of the head of pages that belong to no unit."""
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_NAMESPACES: Final = nsdecls("w", "r")
_FOOT: Final = "foot"
_AFTER_TABLE: Final = GAP.encode()
_GAP: Final = "\u2003\u2003"
"""Between a line and the page's number."""
_TITLE_MAX: Final = 90
"""Characters of a title in a head; longer ones are cut."""


def cut_title(title: str) -> str:
    """A title as a head has room for it."""
    return title if len(title) <= _TITLE_MAX else title[: _TITLE_MAX - 1].rstrip() + "…"


def section(
    page: Page,
    head: int,
    *,
    right_to_left: bool,
    opens_unit: bool = False,
    odd: bool = False,
    goes_on: bool = False,
) -> str:
    """The properties of a section, which stand at its end.

    Args:
        page: its paper.
        head: the number of its head.
        right_to_left: on which side the column for numbers is.
        opens_unit: whether its first page has no head.
        odd: whether it begins on a right page.
        goes_on: whether it begins on the page of the one before.
    """
    start: _Start = "oddPage" if odd else "continuous" if goes_on else ""
    reference = f'<w:headerReference w:type="default" r:id="{_head(head)}"/>'
    return f"<w:sectPr>{reference}{_pages(page, right_to_left, opens_unit, start)}</w:sectPr>"


@cache
def _pages(page: Page, right_to_left: bool, opens_unit: bool, start: _Start) -> str:
    """The properties of sections that all of the same kind have."""
    paper = page.paper
    left, right = (page.end, page.start) if right_to_left else (page.start, page.end)
    running = TOKENS.type["running"]
    feet = ("default", "first") if opens_unit else ("default",)
    return (
        "".join(f'<w:footerReference w:type="{kind}" r:id="{_FOOT}"/>' for kind in feet)
        + (f'<w:type w:val="{start}"/>' if start else "")
        + f'<w:pgSz w:w="{page.width}" w:h="{page.height}"/>'
        f'<w:pgMar w:top="{page.top}" w:right="{right}" w:bottom="{page.bottom}"'
        f' w:left="{left}" w:header="{twips(paper.head - running.size)}"'
        f' w:footer="{twips(paper.foot - running.leading / 4)}" w:gutter="0"/>'
        + ("<w:titlePg/>" if opens_unit else "")
        + ("<w:bidi/>" if right_to_left else "")
    )


def bare_section(page: Page) -> str:
    """The properties of a section without margins, head and foot."""
    return (
        f'<w:sectPr><w:pgSz w:w="{page.width}" w:h="{page.height}"/>'
        '<w:pgMar w:top="0" w:right="0" w:bottom="0" w:left="0" w:header="0" w:footer="0"'
        ' w:gutter="0"/></w:sectPr>'
    )


def ended(xml: bytes, properties: str) -> bytes:
    """The text of a section, whose last paragraph has the properties."""
    start, mark, last = lowered(xml).rpartition(b"<w:p>")
    written = properties.encode()
    if last.startswith(b"<w:pPr>"):
        own, end, rest = last.partition(b"</w:pPr>")
        return start + mark + own + written + end + rest
    return start + mark + b"<w:pPr>" + written + b"</w:pPr>" + last


def lowered(xml: bytes) -> bytes:
    """The text of a section, in which what follows a table at its end is as low as can be, so that
    it does not need a page of its own.
    """
    text = xml.removesuffix(_AFTER_TABLE)
    return xml if text == xml else text + end_of_section("").encode()


def end_of_section(properties: str) -> str:
    """An empty paragraph, as low as one can be, that ends a section."""
    return f'<w:p><w:pPr><w:pStyle w:val="SectionEnd"/>{properties}</w:pPr></w:p>'


def _head(number: int) -> str:
    return f"head{number}"


def head(title: str, unit: str, line: str, *, right_to_left: bool) -> str:
    """The part with the head of a section: the title of the file, or a line in its place, and, as
    runs, the title of the unit.
    """
    direction = "<w:bidi/>" if right_to_left else ""
    named = f"<w:r><w:tab/></w:r>{unit}" if unit else ""
    of_file = plain_run(line) if line else _field("TITLE", xml_text(cut_title(title)))
    return (
        f'{XML_DECLARATION}<w:hdr {_NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Header"/>'
        f"{direction}</w:pPr>{of_file}{named}</w:p></w:hdr>"
    )


def foot(line: str, *, right_to_left: bool) -> str:
    """The part with the foot of all sections: a line, the page and the number of pages."""
    direction = "<w:bidi/>" if right_to_left else ""
    return (
        f'{XML_DECLARATION}<w:ftr {_NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/>'
        f"{direction}</w:pPr>{plain_run(f'{line}{_GAP}', 'PageCount') if line else ''}"
        f"{_field('PAGE', '1')}{plain_run(' / ', 'PageCount')}"
        f"{_field('NUMPAGES', '1', 'PageCount')}</w:p></w:ftr>"
    )


def _field(instruction: str, result: str, style: str = "") -> str:
    named = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    return (
        f'<w:fldSimple w:instr=" {instruction} "><w:r>{named}<w:t xml:space="preserve">{result}'
        "</w:t></w:r></w:fldSimple>"
    )


def members(heads: int) -> list[str]:
    """The names of the parts with heads, by their numbers, and of that with the foot."""
    return [*(f"word/header{number}.xml" for number in range(heads)), "word/footer.xml"]


def content_types(heads: int) -> str:
    """The types of these parts."""
    return "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPES}.{name[5:11]}+xml"/>'
        for name in members(heads)
    )


def relationships(heads: int) -> dict[str, str]:
    """The `Relationship` elements of these parts by id."""
    ids = [*map(_head, range(heads)), _FOOT]
    return {
        key: f'<Relationship Id="{key}" Type="{_RELATIONSHIPS}/{name[5:11]}" Target="{name[5:]}"/>'
        for key, name in zip(ids, members(heads), strict=True)
    }
