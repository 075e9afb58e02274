"""The styles of what makes a book of units: cover, contents, openers, heads and feet."""

from collections.abc import Iterator
from typing import Final

from activities.documents.design.tokens import TOKENS
from activities.formats.docx.design import (
    ACCENT,
    ACCENT_TINT,
    G300,
    G600,
    border,
    run,
    shade,
    spacing,
    twips,
)
from activities.formats.docx.page import HANG, Page
from activities.formats.docx.style import Style, indent

_TYPE = TOKENS.type
_GAPS = TOKENS.gaps
_RULES = TOKENS.rules
_UNIT: Final = TOKENS.gaps.unit
_TO_SIDE: Final = f'<w:ind w:left="{-HANG}"/>'


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
        f"{indent(number - HANG, number, 567)}",
        run=run(title),
    )
    part = _TYPE["contents_part"]
    dots = end.format(' w:leader="dot"')
    yield Style(
        "TOC2",
        "toc 2",
        following="Normal",
        paragraph=f"<w:tabs>{dots}</w:tabs>{spacing(part)}{indent(number - HANG, 0, 567)}",
        run=run(part),
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
    place = f'{indent(start, right=3 * start)}<w:jc w:val="left"/>'
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


def book_styles(page: Page) -> Iterator[Style]:
    """The styles of cover, contents, openers, heads and feet."""
    yield from _cover()
    yield from _opener()
    yield from _contents(page)
    yield from _furniture(page)
