"""Which face draws what: text in the faces of the design, and what these have not."""

import io
from itertools import pairwise

import pikepdf
import pypdf
import pytest

from activities.documents.design.tokens import TOKENS
from activities.formats.fonts import find_font
from activities.formats.pdf.text.faces import FontStyle
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.unit.formats.pdf.placed_characters import placed_characters

pytestmark = pytest.mark.skipif(
    find_font("korean") is None, reason="python -m activities.formats.fonts fetches the fonts"
)

Shown = list[tuple[str, str, float, float]]
"""Texts with their fonts, sizes and heights on the page."""


def shown(guide: str, language: str = "en") -> Shown:
    """What the pages of a study guide show, in its order."""
    data, _ = render("pdf", [item(title="A", language=language, study_guide=guide)])
    found: Shown = []

    def note(text: str, _: object, matrix: list[float], font: dict[str, str], size: float) -> None:
        if text.strip():
            name = font["/BaseFont"].rpartition("+")[2]
            found.append((text.strip(), name, size * matrix[3], matrix[5]))

    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        page.extract_text(visitor_text=note)
    return found


def font_of(text: str, pieces: Shown) -> str:
    return next(font for piece, font, *_ in pieces if text in piece)


@pytest.mark.parametrize(
    ("style", "font"),
    [
        (FontStyle(), "serif"),
        (FontStyle().run(strong=True), "serif-bold"),
        (FontStyle().run(emphasis=True), "serif-italic"),
        (FontStyle("sans").run(strong=True), "sans-semibold"),
        (FontStyle("sans", 600).run(strong=True), "sans-bold"),
        (FontStyle("sans", 700).run(strong=True, emphasis=True), "sans-bold-italic"),
        (FontStyle("sans", 700).run(code=True), "mono-semibold"),
        (FontStyle("legible").run(emphasis=True), "legible-bold"),
        (FontStyle("serif", 600), "serif-bold"),
    ],
)
def test_every_style_has_a_font_of_its_face(style: FontStyle, font: str) -> None:
    assert style.font == font
    assert find_font(font)


def test_a_word_with_a_letter_that_its_face_has_not_is_of_one_font() -> None:
    pieces = shown("Plain Ɓàmbárá words")
    assert font_of("Ɓàmbárá", pieces) == "NotoSans-Regular"
    assert font_of("Plain", pieces) == "SourceSerif4-Regular"
    assert font_of("words", pieces) == "SourceSerif4-Regular"


def test_a_sign_that_its_face_has_not_changes_no_letter() -> None:
    pieces = shown("Na⁺ x≡y")
    assert font_of("⁺", pieces) == font_of("≡", pieces) == "STIXTwoMath-Regular"
    assert {font for text, font, *_ in pieces if text in {"Na", "x", "y"}} == {
        "SourceSerif4-Regular"
    }


def test_arabic_has_a_face_for_reading_and_one_for_headings() -> None:
    pieces = shown("## الضوء\n\nالطاقة")
    fonts = {font for _, font, *_ in pieces}
    assert {"NotoSansArabic-Bold", "NotoNaskhArabic-Regular"} <= fonts


_OTHERS = ("الطاقة", "ऊर्जा", "植物")


@pytest.mark.parametrize(
    ("word", "size", "leading"),
    [
        ("light", 1.0, 1.0),
        ("الطاقة", TOKENS.sizes.arabic, TOKENS.sizes.arabic_leading),
        ("ऊर्जा", TOKENS.sizes.other_scripts, 1.1),
        ("植物", 1.0, TOKENS.sizes.han_leading),
    ],
)
def test_other_scripts_have_their_size_and_leading(word: str, size: float, leading: float) -> None:
    body = TOKENS.type["body"]
    data, _ = render("pdf", [item(title="A", study_guide=f"{word} " * 120)])
    heights: list[float] = []
    sizes: set[float] = set()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            for instruction in pikepdf.parse_content_stream(page):
                operator, operands = str(instruction.operator), list(instruction.operands)
                if operator == "TL":
                    leads = float(operands[0])
                elif operator == "Tf":
                    sizes.add(round(float(operands[1]), 3))
                elif operator == "T*":
                    heights.append(leads)
    assert round(size, 3) in sizes
    assert max(heights) == pytest.approx(body.leading / body.size * leading, abs=0.01)


@pytest.mark.parametrize(
    ("word", "ratio"),
    [("light", 1.0), *[(word, TOKENS.sizes.other_scripts_leading) for word in _OTHERS]],
)
@pytest.mark.parametrize("kind", ["cell", "heading_3"])
def test_so_do_cells_and_titles_of_several_lines(word: str, ratio: float, kind: str) -> None:
    sources = {"cell": f"| a |\n|---|\n| {f'{word} ' * 60} |", "heading_3": f"# {f'{word} ' * 40}"}
    data, _ = render("pdf", [item(title="A", study_guide=sources[kind])])
    style = TOKENS.type[kind]
    baselines = sorted(
        {
            round(char.matrix[5], 2)
            for char in placed_characters(data)
            if char.get_text() in word and char.matrix[0] == pytest.approx(style.size, rel=0.2)
        }
    )
    apart = {round(above - below, 1) for below, above in pairwise(baselines)}
    # Letters of the words stand in titles and heads, too.
    assert len(baselines) > 2
    assert min(apart) == round(style.leading * ratio, 1)
