"""The styles of the document, by which a user restyles all of it.

Everything that the renderer writes names one of these. The few properties that it sets
directly belong to the content: a list's depth, a column's alignment, a script's direction.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import CALLOUTS, TOKENS
from activities.formats.docx.design import (
    ACCENT,
    ACCENT_TINT,
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
from activities.formats.docx.style import Style, character
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
_NUMBER_ROOM: Final = twips(28)


def table_text_style(points: float) -> str:
    """The id of the style of text of this size in tables."""
    return "TableText" if points == TABLE_TEXT_SIZES[0] else f"TableText{points:g}"


def _indent(left: int, hanging: int = 0, right: int = 0) -> str:
    hang = f' w:hanging="{hanging}"' if hanging else ""
    end = f' w:right="{right}"' if right else ""
    return f'<w:ind w:left="{left}"{end}{hang}/>'


def _opener() -> Iterator[Style]:
    """A unit's label, title and lead: one tinted band, as their borders are alike."""
    line = f"<w:pBdr>{border('bottom', ACCENT, _RULES.opener, 2 * _UNIT)}</w:pBdr>"
    band = line + shade(ACCENT_TINT)
    yield Style(
        "UnitLabel",
        "Unit Label",
        following="Heading1",
        paragraph=f"<w:keepNext/><w:keepLines/><w:pageBreakBefore/>{band}"
        f"{spacing(_TYPE['unit_label'])}{_TO_SIDE}",
        run=run(_TYPE["unit_label"]),
        custom=True,
    )
    for style_id, name, kind in (
        ("Heading1", "heading 1", _TYPE["heading_1"]),
        ("Heading1Long", "Heading 1 Long", _TYPE["heading_1_long"]),
    ):
        yield Style(
            style_id,
            name,
            following="Lead",
            paragraph=f"<w:keepNext/><w:keepLines/>{band}{spacing(kind)}{_TO_SIDE}"
            '<w:outlineLvl w:val="0"/>',
            run=run(kind),
            custom=style_id != "Heading1",
        )
    yield Style(
        "Lead",
        "Lead",
        following="Normal",
        paragraph=f"<w:keepLines/>{band}{spacing(_TYPE['lead'], exact=False, after=0)}{_TO_SIDE}",
        run=run(_TYPE["lead"]),
        custom=True,
    )
    yield Style(
        "AfterOpener",
        "After Opener",
        paragraph=f'<w:spacing w:before="0" w:after="0" w:line="{twips(_TYPE["lead"].after)}"'
        ' w:lineRule="exact"/>',
        custom=True,
    )


def _headings() -> Iterator[Style]:
    rule = f"<w:pBdr>{border('top', ACCENT, _RULES.part, _UNIT)}</w:pBdr>"
    for level in range(2, _WORD_HEADINGS + 1):
        kind = _TYPE[f"heading_{min(level, 6)}"]
        place = _TO_SIDE if level == 2 else _indent(0, HANG if level == 3 else 0)
        yield Style(
            f"Heading{level}",
            f"heading {level}",
            following="Normal",
            paragraph=f"<w:keepNext/><w:keepLines/>{rule if level == 2 else ''}"
            f'{spacing(kind)}{place}<w:outlineLvl w:val="{level - 1}"/>',
            run=run(kind),
        )


def _contents(page: Page) -> Iterator[Style]:
    kind = _TYPE["back_matter"]
    yield Style(
        "TOCHeading",
        "TOC Heading",
        following="Normal",
        paragraph=f"<w:keepNext/>{spacing(kind)}{_TO_SIDE}",
        run=run(kind),
    )
    title = _TYPE["contents_unit"]
    end = f'<w:tab w:val="right"{{}} w:pos="{page.text_width}"/>'
    number = twips(34)
    yield Style(
        "TOC1",
        "toc 1",
        following="Normal",
        paragraph=f'<w:keepNext/><w:tabs><w:tab w:val="left" w:pos="{number - HANG}"/>'
        f"{end.format('')}</w:tabs>{spacing(title, before=2 * _UNIT)}"
        f"{_indent(number - HANG, number, 567)}",
        run=run(title),
    )
    part = _TYPE["contents_part"]
    dots = end.format(' w:leader="dot"')
    yield Style(
        "TOC2",
        "toc 2",
        following="Normal",
        paragraph=f"<w:tabs>{dots}</w:tabs>{spacing(part)}{_indent(number - HANG, 0, 567)}",
        run=run(part),
    )


def _lists() -> Iterator[Style]:
    kind = spacing(_TYPE["list_item"], exact=False)
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
                + kind
                + _indent(indent, LIST_INDENT),
            )
        yield Style(
            f"TaskList{suffix}",
            f"Task List {suffix}".rstrip(),
            paragraph=kind + _indent(indent, LIST_INDENT),
            custom=True,
        )
        yield Style(
            f"ListContinue{suffix}",
            f"List Continue {suffix}".rstrip(),
            paragraph=kind + _indent(indent),
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
            f"{_indent(across, right=across)}",
            run=run(title, base),
            custom=True,
        )
        yield Style(
            CALLOUT_STYLES[kind],
            f"Callout {kind.title()}",
            paragraph=f"<w:keepLines/>{ground}{spacing(text, exact=False, after=_UNIT)}"
            f"{_indent(across, right=across)}",
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
        f'{_indent(across, right=across)}<w:jc w:val="left"/>',
        run=f"{CODE_FONT}<w:noProof/>{size(code.size)}",
        custom=True,
    )
    around = f'<w:spacing w:before="{twips(_UNIT)}" w:after="{twips(2 * _UNIT)}"/>'
    yield Style(
        "Formula",
        "Formula",
        paragraph=around + _indent(twips(_GAPS.formula_indent)),
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
    yield Style("Definition", "Definition", paragraph=_indent(LIST_INDENT), custom=True)
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
            + _indent(GLANCE_INDENT, GLANCE_INDENT),
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
        paragraph=spacing(front) + _indent(_NUMBER_ROOM // 2, _NUMBER_ROOM // 2),
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


def _questions() -> Iterator[Style]:
    question = _TYPE["question"]
    tab = '<w:tabs><w:tab w:val="left" w:pos="{}"/></w:tabs>'
    gap = f'<w:spacing w:before="{twips(3 * _UNIT)}" w:after="{twips(_UNIT / 2)}"'
    line = f' w:line="{twips(question.leading)}" w:lineRule="atLeast"/>'
    yield Style(
        "Question",
        "Question",
        following="Answer",
        paragraph=f"<w:keepNext/><w:keepLines/>{gap}{line}{_indent(0, _NUMBER_ROOM)}",
        run=run(question),
        custom=True,
    )
    yield Style(
        "QuestionContinue",
        "Question Continue",
        based_on="Question",
        paragraph=f'<w:spacing w:before="0"/>{_indent(0)[:-2]} w:firstLine="0"/>',
        custom=True,
    )
    yield Style("Answer", "Answer", paragraph="<w:widowControl/>", custom=True)
    start = _NUMBER_ROOM - HANG
    yield Style(
        "Task",
        "Worksheet Question",
        based_on="Question",
        following="AnswerLine",
        paragraph=tab.format(start) + _indent(start, _NUMBER_ROOM),
        custom=True,
    )
    lines = border("bottom", G500, _RULES.hairline) + border("between", G500, _RULES.hairline)
    yield Style(
        "AnswerLine",
        "Answer Line",
        paragraph=f"<w:keepNext/><w:keepLines/><w:pBdr>{lines}</w:pBdr>"
        f'<w:spacing w:before="0" w:after="0" w:line="{twips(_GAPS.writing_line)}"'
        f' w:lineRule="exact"/>{_indent(start)}',
        custom=True,
    )


def _furniture(page: Page) -> Iterator[Style]:
    head = _TYPE["running"]
    rule = f"<w:pBdr>{border('bottom', G300, _RULES.hairline, _UNIT)}</w:pBdr>"
    yield Style(
        "Header",
        "header",
        paragraph=f'{rule}<w:tabs><w:tab w:val="right" w:pos="{page.text_width}"/></w:tabs>'
        f"{spacing(head)}{_TO_SIDE}",
        run=run(head),
    )
    folio = _TYPE["folio"]
    yield Style(
        "Footer",
        "footer",
        paragraph=f'{spacing(folio)}{_TO_SIDE}<w:jc w:val="right"/>',
        run=run(folio),
    )


def _cover() -> Iterator[Style]:
    start = twips(TOKENS.papers["a4"].start)
    place = f'{_indent(start, right=3 * start)}<w:jc w:val="left"/>'
    for style_id, name, token in (
        ("Title", "Title", "cover_title"),
        ("TitleLong", "Title Long", "cover_title_long"),
        ("TitleLongest", "Title Longest", "cover_title_longest"),
        ("Subtitle", "Subtitle", "cover_subtitle"),
    ):
        kind = _TYPE[token]
        yield Style(
            style_id,
            name,
            following="Subtitle",
            paragraph=spacing(
                kind,
                exact=False,
                before=0 if style_id == "Subtitle" else TOKENS.cover.title,
                after=2 * _UNIT,
            )
            + place,
            run=run(kind),
            custom=style_id not in {"Title", "Subtitle"},
        )
    foot = _TYPE["callout"]
    yield Style(
        "CoverFoot",
        "Cover Foot",
        paragraph=spacing(foot, after=0) + place,
        run=run(_TYPE["caption"], G600),
        custom=True,
    )


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
    yield from _cover()
    yield from _opener()
    yield from _headings()
    yield from _contents(page)
    yield from _paragraphs()
    yield from _lists()
    yield from _callouts()
    yield from _cells()
    yield from _questions()
    yield from _furniture(page)
    yield from _characters()
    yield from table_styles()
