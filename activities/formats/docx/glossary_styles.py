"""The styles of the glossary."""

from collections.abc import Iterator
from typing import Final

from activities.documents.design.tokens import TOKENS
from activities.formats.docx.design import ACCENT, border, run, spacing
from activities.formats.docx.page import Page
from activities.formats.docx.palette import palette_of
from activities.formats.docx.style import Style, indent

_UNIT: Final = TOKENS.gaps.unit


def glossary_styles(page: Page) -> Iterator[Style]:
    """The styles of letters, of terms, where these are from, and of what they mean."""
    types, palette = page.types, palette_of(page.look_name)
    letter = types["heading_4"]
    line = border("bottom", palette.edge, page.rule(TOKENS.rules.hairline), 1)
    yield Style(
        "GlossaryLetter",
        "Glossary Letter",
        following="GlossaryTerm",
        paragraph=f"<w:keepNext/><w:keepLines/><w:pBdr>{line}</w:pBdr>{spacing(letter)}"
        f"{indent(-page.hang)}",
        run=run(letter, ACCENT),
        custom=True,
    )
    for style_id, name, kind in (
        ("GlossaryTerm", "Glossary Term", types["faq"]),
        ("GlossaryMeaning", "Glossary Meaning", types["callout"]),
        ("GlossaryUnit", "Glossary Unit", types["caption"]),
    ):
        yield Style(
            style_id,
            name,
            paragraph=spacing(kind, exact=False, before=0, after=_UNIT / 2)
            + '<w:jc w:val="left"/>',
            run=run(kind),
            custom=True,
        )
