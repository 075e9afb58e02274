"""The styles of what makes a book of units: cover, contents, openers, heads and feet."""

from collections.abc import Iterator
from typing import Final

from activities.documents.design.tokens import TOKENS
from activities.formats.docx.design import (
    G600,
    border,
    run,
    shade,
    spacing,
    twips,
)
from activities.formats.docx.page import Page
from activities.formats.docx.palette import palette_of
from activities.formats.docx.style import Style, indent

_RULES = TOKENS.rules
_UNIT: Final = TOKENS.gaps.unit


def _opener(page: Page) -> Iterator[Style]:
    """A unit's label, title and lead: one tinted band, as their borders are alike."""
    types, palette, side = page.types, palette_of(page.look_name), indent(-page.hang)
    line = f"<w:pBdr>{border('bottom', palette.rule, _RULES.opener, 2 * _UNIT)}</w:pBdr>"
    band = line + shade(palette.head)
    yield Style(
        "UnitLabel",
        "Unit Label",
        following="Heading1",
        paragraph=f"<w:keepNext/><w:keepLines/><w:pageBreakBefore/>{band}"
        f"{spacing(types['unit_label'])}{side}",
        run=run(types["unit_label"]),
        custom=True,
    )
    for style_id, name, kind in (
        ("Heading1", "heading 1", types["heading_1"]),
        ("Heading1Long", "Heading 1 Long", types["heading_1_long"]),
    ):
        yield Style(
            style_id,
            name,
            following="Lead",
            paragraph=f"<w:keepNext/><w:keepLines/>{band}{spacing(kind)}{side}"
            '<w:outlineLvl w:val="0"/>',
            run=run(kind),
            custom=style_id != "Heading1",
        )
    yield Style(
        "Lead",
        "Lead",
        following="Normal",
        paragraph=f"<w:keepLines/>{band}{spacing(types['lead'], exact=False, after=0)}{side}",
        run=run(types["lead"]),
        custom=True,
    )
    yield Style(
        "AfterOpener",
        "After Opener",
        paragraph=f'<w:spacing w:before="0" w:after="0" w:line="{twips(types["lead"].after)}"'
        ' w:lineRule="exact"/>',
        custom=True,
    )


def _contents(page: Page) -> Iterator[Style]:
    types, hang, side = page.types, page.hang, indent(-page.hang)
    kind = types["back_matter"]
    yield Style(
        "TOCHeading",
        "TOC Heading",
        following="Normal",
        paragraph=f"<w:keepNext/>{spacing(kind)}{side}",
        run=run(kind),
    )
    title = types["contents_unit"]
    number = twips(34)
    yield Style(
        "TOC1",
        "toc 1",
        following="Normal",
        paragraph=f'<w:tabs><w:tab w:val="left" w:pos="{number - hang}"/>'
        f'<w:tab w:val="right" w:pos="{page.text_width}"/></w:tabs>'
        f"{spacing(title, before=2 * _UNIT)}"
        f"{indent(number - hang, number, 567)}",
        run=run(title),
    )


def _furniture(page: Page) -> Iterator[Style]:
    types, side, line = page.types, indent(-page.hang), palette_of(page.look_name).line
    head = types["running"]
    rule = border("bottom", line, page.rule(_RULES.hairline), _UNIT)
    yield Style(
        "Header",
        "header",
        paragraph=f"<w:pBdr>{rule}</w:pBdr>"
        f'<w:tabs><w:tab w:val="right" w:pos="{page.text_width}"/></w:tabs>'
        f"{spacing(head)}{side}",
        run=run(head),
    )
    folio = types["folio"]
    yield Style(
        "Footer",
        "footer",
        paragraph=f'{spacing(folio)}{side}<w:jc w:val="right"/>',
        run=run(folio),
    )


def _cover(page: Page) -> Iterator[Style]:
    types = page.types
    start = twips(TOKENS.papers["a4"].start)
    place = f'{indent(start, right=3 * start)}<w:jc w:val="left"/>'
    for style_id, name, token in (
        ("Title", "Title", "cover_title"),
        ("TitleLong", "Title Long", "cover_title_long"),
        ("TitleLongest", "Title Longest", "cover_title_longest"),
        ("Subtitle", "Subtitle", "cover_subtitle"),
    ):
        kind = types[token]
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
    foot = types["callout"]
    yield Style(
        "CoverFoot",
        "Cover Foot",
        paragraph=spacing(foot, after=0) + place,
        run=run(types["caption"], G600),
        custom=True,
    )


def book_styles(page: Page) -> Iterator[Style]:
    """The styles of cover, contents, openers, heads and feet."""
    yield from _cover(page)
    yield from _opener(page)
    yield from _contents(page)
    yield from _furniture(page)
