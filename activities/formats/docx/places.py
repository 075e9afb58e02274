"""Where blocks stand, and how the first paragraph of some begins."""

import msgspec
from msgspec.structs import replace

from activities.documents.model import ListItem
from activities.formats.docx.fragment import NUMBERED, literal_mark, mark
from activities.formats.docx.runs import plain_run
from activities.formats.docx.styles import (
    BULLET_LIST,
    LIST_LEVELS,
    LIST_STYLE_LEVELS,
)

TAB_RUN = "<w:r><w:tab/></w:r>"
_NO_NUMBERING = '<w:numPr><w:numId w:val="0"/></w:numPr>'


class Place(msgspec.Struct, frozen=True):
    """The surroundings of some blocks."""

    width: int
    """The width that is free for them, in twips."""
    style: str = ""
    """The id of the style of plain paragraphs; empty for the default."""
    list_level: int = -1
    """The level of the list around them, from 0; -1 is outside of lists."""
    hang: int = 0
    """The width that is free before them, in the side column."""
    list_step: int = 0
    """The indentation of each level of a list, in twips."""

    def within(self, width: int, style: str = "", list_level: int = -1) -> "Place":
        """That of blocks inside of others, which know no side column."""
        return replace(self, width=width, style=style, list_level=list_level, hang=0)

    @property
    def indent(self) -> int:
        """How far the list item that they belong to is indented, in twips."""
        return self.list_step * (self.list_level + 1)

    def frame_width(self, *, right_to_left: bool) -> int:
        """The width of a table or frame among them, in twips.

        LibreOffice indents tables at the left even when they begin at the right, so these leave as
        much free on both sides.
        """
        return self.width - (min(self.indent, self.width // 3) if right_to_left else 0)

    def indentation(self, style: str = "") -> str:
        """The XML that indents a paragraph as far, unless its style does."""
        if self.list_level < 0:
            return ""
        if self.list_level < LIST_STYLE_LEVELS and style.startswith("List"):
            return ""
        return f'<w:ind w:left="{self.indent}"/>'


class Lead(msgspec.Struct, frozen=True):
    """The properties in which the first paragraph of some blocks differs from the others."""

    style: str
    start: str
    """XML before its text."""
    numbering: str = ""
    """Properties that precede `w:bidi` in the schema."""
    layout: str = ""
    """Properties that follow it."""
    end: str = ""
    """XML behind its text."""


def number_run(number: str) -> str:
    """The run with the number of a section, which may hold the mark of its unit's."""
    return f'<w:r><w:rPr><w:rStyle w:val="SectionNumber"/></w:rPr><w:t>{number}</w:t></w:r>'


def _list_indentation(level: int, step: int) -> str:
    """The XML that indents the entries of a list as deep as no style is."""
    if level < LIST_STYLE_LEVELS:
        return ""
    return f'<w:ind w:left="{step * (level + 1)}" w:hanging="{step}"/>'


def numbered_lead(
    item: ListItem, suffix: str, level: int, step: int, list_number: int, marker: str
) -> Lead:
    """How an entry of a numbered list begins: the `list_number` is the item's own."""
    start = "" if item.checked is None else _check_box(item.checked) + plain_run(" ")
    style, layout = f"ListNumber{suffix}", _list_indentation(level, step)
    if level >= LIST_LEVELS:
        return Lead(style, plain_run(f"{marker}\t") + start, _NO_NUMBERING, layout)
    numbering = (
        f'<w:numPr><w:ilvl w:val="{level}"/>'
        f'<w:numId w:val="{mark(NUMBERED, list_number)}"/></w:numPr>'
    )
    return Lead(style, literal_mark(list_number, marker) + start, numbering, layout)


def bulleted_lead(item: ListItem, suffix: str, level: int, step: int) -> Lead:
    """How an entry of a list without numbers begins."""
    layout = _list_indentation(level, step)
    if item.checked is not None:
        return Lead(f"TaskList{suffix}", _check_box(item.checked) + TAB_RUN, "", layout)
    if level < LIST_STYLE_LEVELS:
        return Lead(f"ListBullet{suffix}", "")
    shown = min(level, LIST_LEVELS - 1)
    deeper = f'<w:numPr><w:ilvl w:val="{shown}"/><w:numId w:val="{BULLET_LIST}"/></w:numPr>'
    return Lead(f"ListBullet{suffix}", "", deeper, layout)


def _check_box(checked: bool) -> str:
    """A check box to click on, as Word makes them (content control, [MS-DOCX] 2.6.1.5)."""
    glyph = "☒" if checked else "☐"
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{int(checked)}"/>'
        '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
        '<w:sdtContent><w:r><w:rPr><w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic"'
        f' w:eastAsia="MS Gothic" w:hint="eastAsia"/></w:rPr><w:t>{glyph}</w:t></w:r>'
        "</w:sdtContent></w:sdt>"
    )
