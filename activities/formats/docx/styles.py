"""The styles of the document, by which a user restyles all of it.

Everything that the renderer writes names one of these. The few properties that it sets
directly belong to the content: a list's depth, a column's alignment, a script's direction.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Literal

import msgspec

from activities.documents.callouts import CalloutKind

CONTENTS_LEVELS = 3
"""Headings of the table of contents."""
LIST_LEVELS = 9
"""Levels of a list in Word; deeper lists stay at the last."""
LIST_STYLE_LEVELS = 5
"""Word knows List Bullet to List Bullet 5, and as many for numbers and continuations."""
LIST_INDENT = 397
"""The indentation of each level of a list: 7 mm, in twips."""
BULLET_LIST = 1
"""`w:numId` of every bulleted list; they need no restart."""
NUMBERED_LIST = 2
"""`w:numId` in the styles; each numbered list of the text has one of its own instead."""

CALLOUT_STYLES: MappingProxyType[CalloutKind, str] = MappingProxyType(
    {
        "note": "CalloutNote",
        "tip": "CalloutTip",
        "important": "CalloutImportant",
        "warning": "CalloutWarning",
        "caution": "CalloutCaution",
        "details": "CalloutDetails",
    }
)
"""The styles of the tables that callouts are."""

MARK_SHADE = '<w:shd w:val="clear" w:color="auto" w:fill="FFF2A8"/>'
KEY_BORDER = '<w:bdr w:val="single" w:sz="4" w:space="0" w:color="7F7F7F"/>'

_ACCENT = "1F4E79"
_MUTED = "595959"
_HAIRLINE = "BFBFBF"
_SHADE = "F2F2F2"
_CALLOUT_COLORS: MappingProxyType[CalloutKind, str] = MappingProxyType(
    {
        "note": _ACCENT,
        "tip": "2E7D32",
        "important": "6A1B9A",
        "warning": "B26A00",
        "caution": "B3261E",
        "details": _HAIRLINE,
    }
)
_HEADING_FONT = (
    '<w:rFonts w:asciiTheme="majorHAnsi" w:eastAsiaTheme="majorEastAsia"'
    ' w:hAnsiTheme="majorHAnsi" w:cstheme="majorBidi"/>'
)
_CODE_FONT = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Courier New"/>'
_BOLD = "<w:b/><w:bCs/>"
_ITALIC = "<w:i/><w:iCs/>"
_HEADING_SIZES = (36, 28, 25, 23, 22, 22, 22, 22, 22)
"""The sizes of headings by level, in half points."""


class Style(msgspec.Struct, frozen=True):
    """One style (ECMA-376 part 1, 17.7.4); properties are in the order of the schema."""

    id: str
    name: str
    kind: Literal["paragraph", "character", "table"] = "paragraph"
    based_on: str = "Normal"
    following: str = ""
    paragraph: str = ""
    run: str = ""
    table: str = ""
    custom: bool = False
    """True if Word does not know the style by its name."""

    def xml(self) -> str:
        """The `w:style` element, its namespace left to the surrounding part."""
        pieces = [
            f'<w:style w:type="{self.kind}"',
            ' w:customStyle="1"' if self.custom else "",
            f' w:styleId="{self.id}"><w:name w:val="{self.name}"/>',
            f'<w:basedOn w:val="{self.based_on}"/>',
            f'<w:next w:val="{self.following}"/>' if self.following else "",
            '<w:uiPriority w:val="10"/><w:qFormat/>',
            f"<w:pPr>{self.paragraph}</w:pPr>" if self.paragraph else "",
            f"<w:rPr>{self.run}</w:rPr>" if self.run else "",
            self.table,
            "</w:style>",
        ]
        return "".join(pieces)


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"/>'


def _color(rgb: str) -> str:
    return f'<w:color w:val="{rgb}"/>'


def _character(style_id: str, name: str, run: str, *, custom: bool = False) -> Style:
    return Style(
        style_id,
        name,
        kind="character",
        based_on="DefaultParagraphFont",
        run=run,
        custom=custom,
    )


def _headings() -> Iterator[Style]:
    for level in range(1, len(_HEADING_SIZES) + 1):
        new_page = "<w:pageBreakBefore/>" if level == 1 else ""
        before = 0 if level == 1 else 320 if level == 2 else 240
        yield Style(
            f"Heading{level}",
            f"heading {level}",
            following="Normal",
            paragraph=f"<w:keepNext/><w:keepLines/>{new_page}{_spacing(before, 100)}"
            f'<w:outlineLvl w:val="{level - 1}"/>',
            run=_HEADING_FONT
            + (_BOLD if level > 1 else "")
            + (_ITALIC if level > 4 else "")
            + _color(_ACCENT)
            + _size(_HEADING_SIZES[level - 1]),
        )


def _contents(text_width: int) -> Iterator[Style]:
    yield Style(
        "TOCHeading",
        "TOC Heading",
        following="Normal",
        paragraph=f"<w:keepNext/>{_spacing(360, 120)}",
        run=_HEADING_FONT + _color(_ACCENT) + _size(28),
    )
    for level in range(1, CONTENTS_LEVELS + 1):
        yield Style(
            f"TOC{level}",
            f"toc {level}",
            following="Normal",
            paragraph=f'<w:tabs><w:tab w:val="right" w:pos="{text_width}"/></w:tabs>'
            + _spacing(80 if level == 1 else 0, 20)
            + f'<w:ind w:left="{(level - 1) * 284}" w:right="567"/>',
            run=_BOLD if level == 1 else "",
        )


def _lists() -> Iterator[Style]:
    for level in range(LIST_STYLE_LEVELS):
        suffix = str(level + 1) if level else ""
        indent = LIST_INDENT * (level + 1)
        for style_id, name, list_id in (
            ("ListBullet", "List Bullet", BULLET_LIST),
            ("ListNumber", "List Number", NUMBERED_LIST),
        ):
            depth = f'<w:ilvl w:val="{level}"/>' if level else ""
            yield Style(
                style_id + suffix,
                f"{name} {suffix}".rstrip(),
                paragraph=f'<w:numPr>{depth}<w:numId w:val="{list_id}"/></w:numPr>'
                + _spacing(0, 60)
                + f'<w:ind w:left="{indent}" w:hanging="{LIST_INDENT}"/>',
            )
        yield Style(
            f"TaskList{suffix}",
            f"Task List {suffix}".rstrip(),
            paragraph=_spacing(0, 60) + f'<w:ind w:left="{indent}" w:hanging="{LIST_INDENT}"/>',
            custom=True,
        )
        yield Style(
            f"ListContinue{suffix}",
            f"List Continue {suffix}".rstrip(),
            paragraph=_spacing(0, 60) + f'<w:ind w:left="{indent}"/>',
        )


TEXT_GAP = 120
"""Below a paragraph of text, in twips."""

CELL_MARGIN, CELL_MARGIN_ABOVE = 108, 57
"""Left and right of the text in a cell, and above and below it, in twips."""
FRAME_MARGIN = 220
"""Between the bar of a frame and its text, in twips, and on the other side: programs disagree on
which of the two is the left one of a table from right to left."""
TABLE_TEXT_SIZES = (11, 10, 9, 8, 7)
"""The sizes of text in tables, in points: the usual one, and smaller ones for wide tables."""


def cell_margins(above: int, beside: int) -> str:
    """What is left free around the text of each cell, in twips."""
    sides = {"top": above, "left": beside, "bottom": above, "right": beside}
    edges = "".join(f'<w:{side} w:w="{size}" w:type="dxa"/>' for side, size in sides.items())
    return f"<w:tblCellMar>{edges}</w:tblCellMar>"


def table_text_style(size: int) -> str:
    """The id of the style of text of this size in tables."""
    return "TableText" if size == TABLE_TEXT_SIZES[0] else f"TableText{size}"


def _border(side: str, color: str = _HAIRLINE, size: int = 4, space: int = 0) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'


def _tables() -> Iterator[Style]:
    borders = "".join(map(_border, ("top", "left", "bottom", "right", "insideH", "insideV")))
    margins = cell_margins(CELL_MARGIN_ABOVE, CELL_MARGIN)
    shade = f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/></w:tcPr>'
    for style_id, name, part in (
        ("ContentTable", "Content Table", "firstRow"),
        ("FactsTable", "Facts Table", "firstCol"),
    ):
        yield Style(
            style_id,
            name,
            kind="table",
            based_on="TableNormal",
            table=f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders>{margins}</w:tblPr>"
            f'<w:tblStylePr w:type="{part}"><w:rPr>{_BOLD}</w:rPr>{shade}</w:tblStylePr>',
            custom=True,
        )
    bar = _border("left", _ACCENT, 18)
    yield Style(
        "QuoteFrame",
        "Quote Frame",
        kind="table",
        based_on="TableNormal",
        table=f"<w:tblPr><w:tblBorders>{bar}</w:tblBorders>{cell_margins(0, FRAME_MARGIN)}"
        "</w:tblPr>",
        custom=True,
    )


def _callouts() -> Iterator[Style]:
    margins = cell_margins(57, FRAME_MARGIN)
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>'
    for kind, style_id in CALLOUT_STYLES.items():
        border = _border("left", _CALLOUT_COLORS[kind], 24)
        yield Style(
            style_id,
            f"Callout {kind.title()}",
            kind="table",
            based_on="TableNormal",
            table=f"<w:tblPr><w:tblBorders>{border}</w:tblBorders>{margins}</w:tblPr>"
            f"<w:tcPr>{shade}</w:tcPr>",
            custom=True,
        )


def _characters() -> Iterator[Style]:
    yield _character("Strong", "Strong", _BOLD)
    yield _character("Emphasis", "Emphasis", _ITALIC)
    yield _character("StrongEmphasis", "Strong Emphasis", _BOLD + _ITALIC, custom=True)
    yield _character("Strikethrough", "Strikethrough", "<w:strike/>", custom=True)
    superscript = '<w:vertAlign w:val="superscript"/>'
    subscript = '<w:vertAlign w:val="subscript"/>'
    yield _character("Superscript", "Superscript", superscript, custom=True)
    yield _character("Subscript", "Subscript", subscript, custom=True)
    yield _character("Underline", "Underline", '<w:u w:val="single"/>', custom=True)
    yield _character("Mark", "Mark", MARK_SHADE, custom=True)
    key = f"{_CODE_FONT}<w:noProof/>{_size(20)}{KEY_BORDER}"
    yield _character("Keyboard", "Keyboard", key, custom=True)
    yield _character(
        "VerbatimChar",
        "Verbatim Char",
        f'{_CODE_FONT}<w:noProof/>{_size(20)}<w:shd w:val="clear" w:color="auto"'
        f' w:fill="{_SHADE}"/>',
        custom=True,
    )
    yield _character(
        "VerbatimCharSmall",
        "Verbatim Char Small",
        f'{_CODE_FONT}<w:noProof/><w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>',
        custom=True,
    )
    yield _character("FormulaSource", "Formula Source", f"{_CODE_FONT}<w:noProof/>", custom=True)
    yield _character("Hyperlink", "Hyperlink", _color("0563C1") + '<w:u w:val="single"/>')
    yield _character("FootnoteReference", "footnote reference", superscript)
    yield _character("QuestionNumber", "Question Number", _color(_ACCENT), custom=True)


def _paragraphs() -> Iterator[Style]:
    yield Style(
        "Title",
        "Title",
        following="Subtitle",
        paragraph='<w:spacing w:before="1200" w:after="120" w:line="240" w:lineRule="auto"/>',
        run=_HEADING_FONT + _color(_ACCENT) + _size(56),
    )
    yield Style(
        "Subtitle",
        "Subtitle",
        following="Normal",
        paragraph=_spacing(0, 240),
        run=_color(_MUTED) + _size(26),
    )
    yield Style("Summary", "Summary", run=_ITALIC + _color(_MUTED), custom=True)
    yield Style("Note", "Note", run=_color(_MUTED) + _size(20), custom=True)
    yield Style("Quote", "Quote")
    yield Style(
        "SourceCode",
        "Source Code",
        paragraph=f"<w:pBdr>{''.join(_border(side, _SHADE, 4, 4) for side in _BOX)}</w:pBdr>"
        f'<w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>'
        '<w:spacing w:before="60" w:after="160" w:line="240" w:lineRule="auto"/>'
        '<w:ind w:left="113" w:right="113"/><w:jc w:val="left"/>',
        run=f"{_CODE_FONT}<w:noProof/>{_size(19)}",
        custom=True,
    )
    yield Style(
        "Formula", "Formula", paragraph=_spacing(60, 160) + '<w:jc w:val="center"/>', custom=True
    )
    yield Style(
        "Figure", "Figure", paragraph=_spacing(60, 160) + '<w:jc w:val="center"/>', custom=True
    )
    yield Style(
        "Caption",
        "caption",
        paragraph=_spacing(0, 160) + '<w:jc w:val="center"/>',
        run=_ITALIC + _color(_MUTED) + _size(20),
    )
    frame = "".join(_border(side, space=6) for side in ("top", "left", "bottom", "right"))
    yield Style(
        "MissingPicture",
        "Missing Picture",
        following="Normal",
        paragraph=f"<w:pBdr>{frame}</w:pBdr>{_spacing(120, 200)}",
        run=_ITALIC + _color(_MUTED),
        custom=True,
    )
    yield Style(
        "Rule",
        "Rule",
        following="Normal",
        paragraph=f"<w:pBdr>{_border('bottom', _HAIRLINE, 6, 1)}</w:pBdr>{_spacing(0, 240)}",
        run=_size(12),
        custom=True,
    )
    yield Style(
        "ObjectivesHeading",
        "Objectives Heading",
        following="ListBullet",
        paragraph=f"<w:keepNext/>{_spacing(120, 60)}",
        run=_BOLD,
        custom=True,
    )
    yield Style(
        "CalloutTitle",
        "Callout Title",
        following="Normal",
        paragraph=f"<w:keepNext/>{_spacing(0, 60)}",
        run=_BOLD,
        custom=True,
    )
    yield Style(
        "DefinitionTerm",
        "Definition Term",
        following="Definition",
        paragraph=f"<w:keepNext/>{_spacing(60, 20)}",
        run=_BOLD,
        custom=True,
    )
    yield Style(
        "Definition",
        "Definition",
        paragraph=f'{_spacing(0, 80)}<w:ind w:left="{LIST_INDENT}"/>',
        custom=True,
    )
    yield from _questions()
    yield Style("TableText", "Table Text", paragraph=_spacing(0, 20), custom=True)
    for size in TABLE_TEXT_SIZES[1:]:
        yield Style(
            table_text_style(size),
            f"Table Text {size}",
            based_on="TableText",
            run=_size(2 * size),
            custom=True,
        )
    yield Style(
        "TableCaption",
        "Table Caption",
        based_on="Caption",
        following="Normal",
        paragraph=f"<w:keepNext/>{_spacing(120, 60)}" + '<w:jc w:val="left"/>',
        custom=True,
    )
    yield Style(
        "TableEnd",
        "Table End",
        paragraph='<w:spacing w:before="0" w:after="0" w:line="160" w:lineRule="exact"/>',
        run=_size(8),
        custom=True,
    )
    yield Style(
        "CardTags", "Card Tags", based_on="TableText", run=_color(_MUTED) + _size(18), custom=True
    )
    yield Style("Header", "header", paragraph=_spacing(0, 0), run=_color(_MUTED) + _size(18))
    yield Style(
        "Footer",
        "footer",
        paragraph=_spacing(0, 0) + '<w:jc w:val="center"/>',
        run=_color(_MUTED) + _size(18),
    )
    yield Style(
        "FootnoteText",
        "footnote text",
        paragraph='<w:spacing w:before="0" w:after="40" w:line="240" w:lineRule="auto"/>',
        run=_size(19),
    )


_BOX = ("top", "left", "bottom", "right")


def _questions() -> Iterator[Style]:
    hanging = '<w:tabs><w:tab w:val="left" w:pos="510"/></w:tabs>{}<w:ind w:left="510"{}/>'
    yield Style(
        "Question",
        "Question",
        following="Answer",
        paragraph="<w:keepNext/><w:keepLines/>"
        + hanging.format(_spacing(200, 60), ' w:hanging="510"'),
        run=_BOLD,
        custom=True,
    )
    yield Style(
        "QuestionContinue",
        "Question Continue",
        based_on="Question",
        paragraph='<w:spacing w:before="0" w:after="60"/><w:ind w:left="0" w:firstLine="0"/>',
        custom=True,
    )
    yield Style(
        "Answer",
        "Answer",
        paragraph=_spacing(0, 120),
        custom=True,
    )
    yield Style(
        "AnswerLine",
        "Answer Line",
        paragraph=f"<w:pBdr>{_border('bottom')}{_border('between')}</w:pBdr>"
        '<w:spacing w:before="0" w:after="0" w:line="480" w:lineRule="exact"/>',
        custom=True,
    )


def styles(text_width: int) -> Iterator[Style]:
    """All styles beside the four defaults that Word cannot do without.

    Args:
        text_width: the width from margin to margin, in twips.
    """
    yield from _paragraphs()
    yield from _headings()
    yield from _contents(text_width)
    yield from _lists()
    yield from _characters()
    yield from _tables()
    yield from _callouts()
