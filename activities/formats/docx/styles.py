"""The styles of the document, by which a user restyles all of it.

Everything that the renderer writes names one of these. The few properties that it sets
directly belong to the content: a list's depth, a column's alignment, a script's direction.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import CALLOUTS, TOKENS
from activities.formats.docx.book_styles import book_styles
from activities.formats.docx.design import (
    ACCENT,
    BOLD,
    CODE_FONT,
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
from activities.formats.docx.glossary_styles import glossary_styles
from activities.formats.docx.page import Page
from activities.formats.docx.palette import palette_of
from activities.formats.docx.question_styles import question_styles
from activities.formats.docx.style import Style, character, indent
from activities.formats.docx.table_styles import table_styles

LIST_LEVELS: Final = 9
"""Levels of a list in Word; deeper lists stay at the last."""
LIST_STYLE_LEVELS: Final = 5
"""Word knows List Bullet to List Bullet 5, and as many for numbers and continuations."""
BULLET_LIST: Final = 1
"""`w:numId` of every bulleted list; they need no restart."""
OBJECTIVES_LIST, POINTS_LIST = 3, 4
"""Those of what a unit teaches, with boxes to tick, and of what to remember."""
LISTS: Final = 5
"""Beyond these are the numbered lists of the text."""
_MARK_ROOM: Final = 1.4
"""What a box to tick takes before its text, in sizes of the text."""
_CARD_NUMBER_ROOM: Final = 1.3
"""Likewise the number of a card."""
NUMBERED_LIST: Final = 2
"""`w:numId` in the styles; each numbered list of the text has one of its own instead."""

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

_GAPS = TOKENS.gaps
_RULES = TOKENS.rules
_UNIT: Final = TOKENS.gaps.unit
_WORD_HEADINGS: Final = 9


def glance_indent(page: Page) -> int:
    """How far objectives and key points are indented beside their mark."""
    return twips(page.types["glance"].size * _MARK_ROOM)


def table_text_style(page: Page, points: float) -> str:
    """The id of the style of text of this size in tables."""
    return "TableText" if points == page.table_sizes[0] else f"TableText{points:g}"


def _headings(page: Page) -> Iterator[Style]:
    line = border("top", palette_of(page.look_name).rule, _RULES.part, _UNIT)
    rule, hang = f"<w:pBdr>{line}</w:pBdr>", page.hang
    for level in range(2, _WORD_HEADINGS + 1):
        kind = page.types[f"heading_{min(level, 6)}"]
        place = indent(-hang) if level == 2 else indent(0, hang if level == 3 else 0)
        yield Style(
            f"Heading{level}",
            f"heading {level}",
            following="Normal",
            paragraph=f"<w:keepNext/><w:keepLines/>{rule if level == 2 else ''}"
            f'{spacing(kind)}{place}<w:outlineLvl w:val="{level - 1}"/>',
            run=run(kind),
        )


def _lists(page: Page) -> Iterator[Style]:
    kind, step = spacing(page.types["list_item"], exact=False), page.list_indent
    for level in range(LIST_STYLE_LEVELS):
        suffix = str(level + 1) if level else ""
        depth = step * (level + 1)
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
                + indent(depth, step),
            )
        yield Style(
            f"TaskList{suffix}",
            f"Task List {suffix}".rstrip(),
            paragraph=kind + indent(depth, step),
            custom=True,
        )
        yield Style(
            f"ListContinue{suffix}",
            f"List Continue {suffix}".rstrip(),
            paragraph=kind + indent(depth),
        )


def _callouts(page: Page) -> Iterator[Style]:
    across, palette = twips(_GAPS.callout_across), palette_of(page.look_name)
    title, text = page.types["callout_title"], page.types["callout"]
    for kind in CALLOUTS:
        colours = palette.of_callout(kind)
        base = colours.base
        # Alike in all of a kind, so that Word draws one bar beside all of a callout.
        bar = border("left", base, colours.bar, _GAPS.callout_across - colours.bar)
        ground = f"<w:pBdr>{bar}</w:pBdr>{shade(colours.ground)}"
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


def _characters(page: Page) -> Iterator[Style]:
    types, palette = page.types, palette_of(page.look_name)
    # The letters of italics are the less easy to tell apart.
    emphasis = BOLD if page.look.face == "legible" else ITALIC
    yield character("Strong", "Strong", BOLD, custom=False)
    yield character("Emphasis", "Emphasis", emphasis, custom=False)
    both = BOLD if emphasis == BOLD else BOLD + ITALIC
    yield character("StrongEmphasis", "Strong Emphasis", both)
    yield character("Strikethrough", "Strikethrough", "<w:strike/>")
    superscript = '<w:vertAlign w:val="superscript"/>'
    yield character("Superscript", "Superscript", superscript)
    yield character("Subscript", "Subscript", '<w:vertAlign w:val="subscript"/>')
    yield character("Underline", "Underline", '<w:u w:val="single"/>')
    yield character("Mark", "Mark", MARK_SHADE)
    code = f"{CODE_FONT}<w:noProof/>"
    small = size(types["body"].size * TOKENS.sizes.inline_code)
    yield character("Keyboard", "Keyboard", f"{code}{small}{KEY_BORDER}")
    yield character("VerbatimChar", "Verbatim Char", f"{code}{small}{shade(palette.faint)}")
    yield character("VerbatimCharSmall", "Verbatim Char Small", f"{code}{shade(palette.faint)}")
    yield character("FormulaSource", "Formula Source", code)
    link = f'{colour(LINK)}<w:u w:val="single"/>'
    yield character("Hyperlink", "Hyperlink", link, custom=False)
    yield character("FootnoteReference", "footnote reference", superscript, custom=False)
    yield character("SectionNumber", "Section Number", colour(ACCENT))
    yield character("QuestionNumber", "Question Number", colour(ACCENT))
    number = types["label"]
    yield character("CardNumber", "Card Number", colour(ACCENT) + size(number.size))
    box = border("bdr", G300, _RULES.box)
    yield character(
        "Points", "Points", f"{MAJOR_FONT}{colour(G600)}{size(types['label'].size)}{box}"
    )
    yield character("PageCount", "Page Count", run(types["folio_total"]))


def _paragraphs(page: Page) -> Iterator[Style]:
    types, palette, step = page.types, palette_of(page.look_name), page.list_indent
    line, edge = palette.line, page.rule(_RULES.hairline)
    yield Style("Summary", "Summary", run=colour(G700), custom=True)
    note = types["caption"]
    yield Style("Note", "Note", run=run(note), custom=True)
    yield Style("Quote", "Quote", run=colour(G700))
    code, down = types["code"], _GAPS.code_down - 2
    box = "".join(border(side, palette.edge, edge, down) for side in _BOX)
    across = twips(_GAPS.code_across)
    yield Style(
        "SourceCode",
        "Source Code",
        paragraph=f"<w:pBdr>{box}</w:pBdr>{shade(palette.faint)}"
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
        run=size(types["body"].size * TOKENS.sizes.formula_displayed),
        custom=True,
    )
    yield Style("Figure", "Figure", paragraph=around, custom=True)
    caption = types["caption"]
    yield Style(
        "Caption",
        "caption",
        paragraph=spacing(caption, after=2 * _UNIT),
        run=run(caption),
    )
    frame = "".join(border(side, line, _RULES.box, _UNIT) for side in _BOX)
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
        paragraph=f"<w:pBdr>{border('bottom', line, _RULES.box, 1)}</w:pBdr>"
        f'<w:spacing w:before="0" w:after="{twips(3 * _UNIT)}" w:line="{twips(2 * _UNIT)}"'
        ' w:lineRule="exact"/>',
        custom=True,
    )
    yield Style(
        "ObjectivesHeading",
        "Objectives Heading",
        following="ListBullet",
        paragraph=f"<w:keepNext/>{spacing(types['label'], before=_UNIT, after=_UNIT / 2)}",
        run=run(types["label"]),
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
    yield Style("Definition", "Definition", paragraph=indent(step), custom=True)
    foot = types["footnote"]
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


def _cells(page: Page) -> Iterator[Style]:
    types = page.types
    cell = types["cell"]
    yield Style(
        "TableText",
        "Table Text",
        paragraph=spacing(cell),
        # Bold and colour of the text are those that its place in the table has.
        run=MAJOR_FONT + size(cell.size),
        custom=True,
    )
    for style_id, name, kind in (
        ("GlanceSection", "Glance Section", types["glance_title"]),
        ("GlanceText", "Glance Text", types["glance"]),
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
            + indent(glance_indent(page), glance_indent(page)),
            custom=True,
        )
    for points in sorted({*page.table_sizes} - {cell.size}, reverse=True):
        yield Style(
            table_text_style(page, points),
            f"Table Text {points:g}",
            based_on="TableText",
            run=size(points),
            custom=True,
        )
    caption = types["caption"]
    yield Style(
        "TableCaption",
        "Table Caption",
        based_on="Caption",
        following="Normal",
        paragraph=f"<w:keepNext/>{spacing(caption, after=_UNIT)}",
        custom=True,
    )
    front = types["card_front"]
    number = twips(front.size * _CARD_NUMBER_ROOM)
    yield Style(
        "CardFront",
        "Card Front",
        paragraph=spacing(front) + indent(number, number),
        run=run(front),
        custom=True,
    )
    back = types["card_back"]
    yield Style(
        "CardBack",
        "Card Back",
        paragraph=spacing(back, exact=False),
        run=run(back),
        custom=True,
    )
    tag = types["tag"]
    yield Style("CardTags", "Card Tags", paragraph=spacing(tag), run=run(tag), custom=True)


_EXACT: Final = MappingProxyType(
    {
        "UnitLabel": "unit_label",
        "Heading1": "heading_1",
        "Heading1Long": "heading_1_long",
        "CardFront": "card_front",
        "CardTags": "tag",
        "Caption": "caption",
        "TableCaption": "caption",
    }
    | {f"Heading{level}": f"heading_{min(level, 6)}" for level in range(2, _WORD_HEADINGS + 1)}
)


@cache
def exact_leadings(page: Page) -> Mapping[str, float]:
    """The distances of lines that stay the same whatever is in them, in points, by the style."""
    cells = {table_text_style(page, points): "cell" for points in page.table_sizes}
    return {style: page.types[kind].leading for style, kind in (_EXACT | cells).items()}


def styles(page: Page) -> Iterator[Style]:
    """All styles beside the four defaults that Word cannot do without, for pages of this size."""
    yield from book_styles(page)
    yield from _headings(page)
    yield from _paragraphs(page)
    yield from _lists(page)
    yield from _callouts(page)
    yield from _cells(page)
    yield from question_styles(page)
    yield from glossary_styles(page)
    yield from _characters(page)
    yield from table_styles(page)
