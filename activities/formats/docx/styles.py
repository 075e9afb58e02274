"""The styles of the document, by which a user restyles all of it.

Everything that the renderer writes names one of these. The few properties that it sets
directly belong to the content: a list's depth, a column's alignment, a script's direction.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import CALLOUTS, TOKENS
from activities.formats.docx.book_styles import book_styles
from activities.formats.docx.design import (
    ACCENT,
    BOLD,
    CODE_FONT,
    G50,
    G200,
    G300,
    G500,
    G600,
    G700,
    ITALIC,
    LINK,
    MAJOR_FONT,
    border,
    callout_slots,
    colour,
    run,
    shade,
    size,
    spacing,
    twips,
)
from activities.formats.docx.page import HANG, Page
from activities.formats.docx.question_styles import NUMBER_ROOM, question_styles
from activities.formats.docx.style import Style, character, indent
from activities.formats.docx.table_styles import table_styles

CONTENTS_LEVELS: Final = 2
"""Headings of the table of contents."""
LIST_LEVELS: Final = 9
"""Levels of a list in Word; deeper lists stay at the last."""
LIST_STYLE_LEVELS: Final = 5
"""Word knows List Bullet to List Bullet 5, and as many for numbers and continuations."""
LIST_INDENT: Final = twips(TOKENS.gaps.list_indent)
"""The indentation of each level of a list, in twips."""
BULLET_LIST: Final = 1
"""`w:numId` of every bulleted list; they need no restart."""
OBJECTIVES_LIST, POINTS_LIST = 3, 4
"""Those of what a unit teaches, with boxes to tick, and of what to remember."""
LISTS: Final = 5
"""Beyond these are the numbered lists of the text."""
GLANCE_INDENT: Final = twips(14)
NUMBERED_LIST: Final = 2
"""`w:numId` in the styles; each numbered list of the text has one of its own instead."""
TEXT_GAP: Final = twips(TOKENS.type["body"].after)
"""Below a paragraph of text, in twips."""
TABLE_TEXT_SIZES: Final = (9.5, 8.5, 8)
"""The sizes of text in tables, in points: the usual one, and smaller ones for wide tables."""

CALLOUT_STYLES: Final[MappingProxyType[CalloutKind, str]] = MappingProxyType(
    {kind: f"Callout{kind.title()}" for kind in CALLOUTS}
)
"""The styles of the paragraphs that callouts are."""
CALLOUT_HEADINGS: Final[MappingProxyType[CalloutKind, str]] = MappingProxyType(
    {kind: f"CalloutHeading{kind.title()}" for kind in CALLOUTS}
)
"""The styles of their titles."""
MARK_SHADE: Final = shade(callout_slots("warning")[1])
KEY_BORDER: Final = border("bdr", G500, TOKENS.rules.hairline)

_TYPE = TOKENS.type
_GAPS = TOKENS.gaps
_RULES = TOKENS.rules
_UNIT: Final = TOKENS.gaps.unit
_WORD_HEADINGS: Final = 9
_TO_SIDE: Final = f'<w:ind w:left="{-HANG}"/>'


def table_text_style(points: float) -> str:
    """The id of the style of text of this size in tables."""
    return "TableText" if points == TABLE_TEXT_SIZES[0] else f"TableText{points:g}"


def _headings() -> Iterator[Style]:
    rule = f"<w:pBdr>{border('top', ACCENT, _RULES.part, _UNIT)}</w:pBdr>"
    for level in range(2, _WORD_HEADINGS + 1):
        kind = _TYPE[f"heading_{min(level, 6)}"]
        place = _TO_SIDE if level == 2 else indent(0, HANG if level == 3 else 0)
        yield Style(
            f"Heading{level}",
            f"heading {level}",
            following="Normal",
            paragraph=f"<w:keepNext/><w:keepLines/>{rule if level == 2 else ''}"
            f'{spacing(kind)}{place}<w:outlineLvl w:val="{level - 1}"/>',
            run=run(kind),
        )


def _lists() -> Iterator[Style]:
    kind = spacing(_TYPE["list_item"], exact=False)
    for level in range(LIST_STYLE_LEVELS):
        suffix = str(level + 1) if level else ""
        depth = LIST_INDENT * (level + 1)
        for style_id, name, list_id in (
            ("ListBullet", "List Bullet", BULLET_LIST),
            ("ListNumber", "List Number", NUMBERED_LIST),
        ):
            ilvl = f'<w:ilvl w:val="{level}"/>' if level else ""
            yield Style(
                style_id + suffix,
                f"{name} {suffix}".rstrip(),
                paragraph=f'<w:numPr>{ilvl}<w:numId w:val="{list_id}"/></w:numPr>'
                + kind
                + indent(depth, LIST_INDENT),
            )
        yield Style(
            f"TaskList{suffix}",
            f"Task List {suffix}".rstrip(),
            paragraph=kind + indent(depth, LIST_INDENT),
            custom=True,
        )
        yield Style(
            f"ListContinue{suffix}",
            f"List Continue {suffix}".rstrip(),
            paragraph=kind + indent(depth),
        )


def _callouts() -> Iterator[Style]:
    across = twips(_GAPS.callout_across)
    for kind in CALLOUTS:
        base, tint = callout_slots(kind)
        # Alike in all of a kind, so that Word draws one bar beside all of a callout.
        bar = border("left", base, _RULES.bar, _GAPS.callout_across - _RULES.bar)
        ground = f"<w:pBdr>{bar}</w:pBdr>{shade(tint)}"
        title, text = _TYPE["callout_title"], _TYPE["callout"]
        yield Style(
            CALLOUT_HEADINGS[kind],
            f"Callout Heading {kind.title()}",
            following=CALLOUT_STYLES[kind],
            paragraph=f"<w:keepNext/><w:keepLines/>{ground}{spacing(title, exact=False)}"
            f"{indent(across, right=across)}",
            run=run(title, base),
            custom=True,
        )
        yield Style(
            CALLOUT_STYLES[kind],
            f"Callout {kind.title()}",
            paragraph=f"<w:keepLines/>{ground}{spacing(text, exact=False, after=_UNIT)}"
            f"{indent(across, right=across)}",
            run=run(text),
            custom=True,
        )
        yield Style(
            f"CalloutTitle{kind.title()}",
            f"Callout Title {kind.title()}",
            following="Normal",
            paragraph=f"<w:keepNext/>{spacing(title, exact=False)}",
            run=run(title, base),
            custom=True,
        )


def _characters() -> Iterator[Style]:
    yield character("Strong", "Strong", BOLD, custom=False)
    yield character("Emphasis", "Emphasis", ITALIC, custom=False)
    yield character("StrongEmphasis", "Strong Emphasis", BOLD + ITALIC)
    yield character("Strikethrough", "Strikethrough", "<w:strike/>")
    superscript = '<w:vertAlign w:val="superscript"/>'
    yield character("Superscript", "Superscript", superscript)
    yield character("Subscript", "Subscript", '<w:vertAlign w:val="subscript"/>')
    yield character("Underline", "Underline", '<w:u w:val="single"/>')
    yield character("Mark", "Mark", MARK_SHADE)
    code = f"{CODE_FONT}<w:noProof/>"
    small = size(_TYPE["body"].size * TOKENS.sizes.inline_code)
    yield character("Keyboard", "Keyboard", f"{code}{small}{KEY_BORDER}")
    yield character("VerbatimChar", "Verbatim Char", f"{code}{small}{shade(G50)}")
    yield character("VerbatimCharSmall", "Verbatim Char Small", f"{code}{shade(G50)}")
    yield character("FormulaSource", "Formula Source", code)
    link = f'{colour(LINK)}<w:u w:val="single"/>'
    yield character("Hyperlink", "Hyperlink", link, custom=False)
    yield character("FootnoteReference", "footnote reference", superscript, custom=False)
    yield character("SectionNumber", "Section Number", colour(ACCENT))
    yield character("QuestionNumber", "Question Number", colour(ACCENT))
    number = _TYPE["label"]
    yield character("CardNumber", "Card Number", colour(ACCENT) + size(number.size))
    box = border("bdr", G300, _RULES.box)
    yield character(
        "Points", "Points", f"{MAJOR_FONT}{colour(G600)}{size(_TYPE['label'].size)}{box}"
    )
    yield character("PageCount", "Page Count", run(_TYPE["folio_total"]))


def _paragraphs() -> Iterator[Style]:
    yield Style("Summary", "Summary", run=colour(G700), custom=True)
    note = _TYPE["caption"]
    yield Style("Note", "Note", run=run(note), custom=True)
    yield Style("Quote", "Quote", run=colour(G700))
    code, down = _TYPE["code"], _GAPS.code_down - 2
    box = "".join(border(side, G200, _RULES.hairline, down) for side in _BOX)
    across = twips(_GAPS.code_across)
    yield Style(
        "SourceCode",
        "Source Code",
        paragraph=f"<w:keepLines/><w:pBdr>{box}</w:pBdr>{shade(G50)}"
        f'<w:spacing w:before="{twips(2 * _UNIT)}" w:after="{twips(3 * _UNIT)}"'
        f' w:line="{twips(code.leading)}" w:lineRule="exact"/>'
        f'{indent(across, right=across)}<w:jc w:val="left"/>',
        run=f"{CODE_FONT}<w:noProof/>{size(code.size)}",
        custom=True,
    )
    around = f'<w:spacing w:before="{twips(_UNIT)}" w:after="{twips(2 * _UNIT)}"/>'
    yield Style(
        "Formula",
        "Formula",
        paragraph=around + indent(twips(_GAPS.formula_indent)),
        run=size(_TYPE["body"].size * TOKENS.sizes.formula_displayed),
        custom=True,
    )
    yield Style("Figure", "Figure", paragraph=around, custom=True)
    caption = _TYPE["caption"]
    yield Style(
        "Caption",
        "caption",
        paragraph=spacing(caption, after=2 * _UNIT),
        run=run(caption),
    )
    frame = "".join(border(side, G300, _RULES.box, _UNIT) for side in _BOX)
    yield Style(
        "MissingPicture",
        "Missing Picture",
        following="Normal",
        paragraph=f"<w:pBdr>{frame}</w:pBdr>{around}",
        run=run(caption),
        custom=True,
    )
    yield Style(
        "Rule",
        "Rule",
        following="Normal",
        paragraph=f"<w:pBdr>{border('bottom', G300, _RULES.box, 1)}</w:pBdr>"
        f'<w:spacing w:before="0" w:after="{twips(3 * _UNIT)}" w:line="{twips(2 * _UNIT)}"'
        ' w:lineRule="exact"/>',
        custom=True,
    )
    yield Style(
        "ObjectivesHeading",
        "Objectives Heading",
        following="ListBullet",
        paragraph=f"<w:keepNext/>{spacing(_TYPE['label'], before=_UNIT, after=_UNIT / 2)}",
        run=run(_TYPE["label"]),
        custom=True,
    )
    yield Style(
        "DefinitionTerm",
        "Definition Term",
        following="Definition",
        paragraph="<w:keepNext/>",
        run=BOLD,
        custom=True,
    )
    yield Style("Definition", "Definition", paragraph=indent(LIST_INDENT), custom=True)
    foot = _TYPE["footnote"]
    yield Style(
        "FootnoteText",
        "footnote text",
        paragraph=spacing(foot, exact=False, after=2),
        run=run(foot),
    )
    yield Style(
        "TableEnd",
        "Table End",
        paragraph=f'<w:spacing w:before="0" w:after="0" w:line="{twips(2 * _UNIT)}"'
        ' w:lineRule="exact"/>',
        custom=True,
    )
    yield Style(
        "SectionEnd",
        "Section End",
        paragraph='<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>',
        custom=True,
    )


_BOX = ("top", "left", "bottom", "right")


def _cells() -> Iterator[Style]:
    cell = _TYPE["cell"]
    yield Style(
        "TableText",
        "Table Text",
        paragraph=spacing(cell),
        # Bold and colour of the text are those that its place in the table has.
        run=MAJOR_FONT + size(cell.size),
        custom=True,
    )
    for style_id, name, kind in (
        ("GlanceSection", "Glance Section", _TYPE["glance_title"]),
        ("GlanceText", "Glance Text", _TYPE["glance"]),
    ):
        yield Style(style_id, name, paragraph=spacing(kind), run=run(kind), custom=True)
    for style_id, name, mark in (
        ("GlanceObjective", "Glance Objective", OBJECTIVES_LIST),
        ("GlancePoint", "Glance Point", POINTS_LIST),
    ):
        yield Style(
            style_id,
            name,
            based_on="GlanceText",
            paragraph=f'<w:numPr><w:numId w:val="{mark}"/></w:numPr>'
            + indent(GLANCE_INDENT, GLANCE_INDENT),
            custom=True,
        )
    for points in TABLE_TEXT_SIZES[1:]:
        yield Style(
            table_text_style(points),
            f"Table Text {points:g}",
            based_on="TableText",
            run=size(points),
            custom=True,
        )
    caption = _TYPE["caption"]
    yield Style(
        "TableCaption",
        "Table Caption",
        based_on="Caption",
        following="Normal",
        paragraph=f"<w:keepNext/>{spacing(caption, after=_UNIT)}",
        custom=True,
    )
    front = _TYPE["card_front"]
    yield Style(
        "CardFront",
        "Card Front",
        paragraph=spacing(front) + indent(NUMBER_ROOM // 2, NUMBER_ROOM // 2),
        run=run(front),
        custom=True,
    )
    back = _TYPE["card_back"]
    yield Style(
        "CardBack",
        "Card Back",
        paragraph=spacing(back, exact=False),
        run=run(back),
        custom=True,
    )
    tag = _TYPE["tag"]
    yield Style("CardTags", "Card Tags", paragraph=spacing(tag), run=run(tag), custom=True)


EXACT_LEADINGS: Final = MappingProxyType(
    {
        "UnitLabel": _TYPE["unit_label"].leading,
        "Heading1": _TYPE["heading_1"].leading,
        "Heading1Long": _TYPE["heading_1_long"].leading,
        "CardFront": _TYPE["card_front"].leading,
        "CardTags": _TYPE["tag"].leading,
        "Caption": _TYPE["caption"].leading,
        "TableCaption": _TYPE["caption"].leading,
    }
    | {table_text_style(points): _TYPE["cell"].leading for points in TABLE_TEXT_SIZES}
    | {
        f"Heading{level}": _TYPE[f"heading_{min(level, 6)}"].leading
        for level in range(2, _WORD_HEADINGS + 1)
    }
)
"""The distances of lines that stay the same whatever is in them, in points, by the style's id."""


def styles(page: Page) -> Iterator[Style]:
    """All styles beside the four defaults that Word cannot do without, for pages of this size."""
    yield from book_styles(page)
    yield from _headings()
    yield from _paragraphs()
    yield from _lists()
    yield from _callouts()
    yield from _cells()
    yield from question_styles(page)
    yield from _characters()
    yield from table_styles()
