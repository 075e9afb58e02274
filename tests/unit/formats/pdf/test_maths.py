"""Formulas: how they are laid out, and what readers find of them in the file."""

import io
import re
import time
from typing import Any

import pikepdf
import pypdf
import pytest

from activities.formats.fonts import find_font
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.maths import lay_out
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.sample_items import LIMIT_NAMES
from tests.unit.formats.pdf.placed_characters import placed_characters

pytestmark = pytest.mark.skipif(
    find_font("math") is None, reason="python -m activities.formats.fonts fetches the fonts"
)


def laid_out(tex: str, displayed: bool = True) -> Formula:
    formula = lay_out(tex, displayed=displayed)
    assert formula is not None
    return formula


def texts(formula: Formula) -> str:
    return "".join(glyph.text for glyph in formula.glyphs)


def test_letters_keep_their_plain_text_for_copying() -> None:
    assert texts(laid_out("E = mc^2")) == "E=mc2"


def test_exponents_are_smaller_and_higher_and_indices_lower() -> None:
    base, upper, lower = (
        laid_out("x^2").glyphs[0],
        laid_out("x^2").glyphs[1],
        laid_out("x_2").glyphs[1],
    )
    assert upper.scale < base.scale
    assert upper.y > 0 > lower.y


def test_a_fraction_has_its_bar_between_numerator_and_denominator() -> None:
    formula = laid_out(r"\frac{a}{b}")
    (bar,) = formula.rules
    above, below = formula.glyphs
    assert below.y < bar.y < above.y
    assert bar.width > 300


def test_a_root_covers_what_is_under_it() -> None:
    formula = laid_out(r"\sqrt{a+b+c}")
    (bar,) = formula.rules
    assert bar.x + bar.width == pytest.approx(formula.width)


def test_brackets_grow_with_their_content_only() -> None:
    small = laid_out(r"\begin{pmatrix}a\\b\end{pmatrix}")
    beside_tall = laid_out(
        r"\begin{pmatrix}a\\b\end{pmatrix}\begin{bmatrix}1\\2\\3\\4\\5\end{bmatrix}"
    )
    assert small.height > 2 * laid_out("a").height
    assert beside_tall.glyphs[0].glyph == small.glyphs[0].glyph


def test_sums_carry_their_limits_above_and_below_when_displayed() -> None:
    displayed = {glyph.text: glyph for glyph in laid_out(r"\sum_{i}^{n}").glyphs}
    inline = {glyph.text: glyph for glyph in laid_out(r"\sum_{i}^{n}", displayed=False).glyphs}
    assert displayed["n"].x < inline["n"].x
    assert displayed["n"].y > inline["n"].y


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_operators_have_their_limits_below_when_displayed(name: str) -> None:
    *_, below = laid_out(f"{name}_n").glyphs
    *_, beside = laid_out(f"{name}_n", displayed=False).glyphs
    assert below.text == beside.text == "n"
    assert below.y < beside.y
    assert below.x < beside.x / 2


@pytest.mark.parametrize("relation", ["=", r"\ll", r"\perp", r"\mid", r"\supseteq", r"\parallel"])
def test_relations_stand_apart_from_both_sides(relation: str) -> None:
    before, shown, _ = laid_out(f"a {relation} b").glyphs
    assert shown.x - before.x == pytest.approx(laid_out("a").width + 278)


def test_a_line_of_parallels_does_not_grow_with_what_it_stands_beside() -> None:
    heights = {
        (glyph.glyph, glyph.scale)
        for tex in (r"a \parallel b", r"\frac{a}{b} \parallel c")
        for glyph in laid_out(tex).glyphs
        if glyph.text == "∥"
    }
    assert len(heights) == 1


@pytest.mark.parametrize(
    "tex", [r"\foo{x}", r"\frac{a", "", "{" * 900, r"\text{光}", r"\left(", "a & b", "x" * 5000]
)
def test_what_cannot_be_set_is_refused(tex: str) -> None:
    assert lay_out(tex, displayed=True) is None


def test_deep_nesting_takes_no_time() -> None:
    started = time.process_time()
    lay_out(r"\frac{1}{1+" * 40 + "x" + "}" * 40, displayed=True)
    lay_out(r"\sqrt{\frac{x^{2^{2}}}{" * 30 + "y" + "}}" * 30, displayed=True)
    assert time.process_time() - started < 2


def test_a_formula_is_read_out_as_its_source_and_copied_as_text() -> None:
    content = item(study_guide="Energy $E = mc^2$ is.\n\n$$\n\\frac{a}{b}\n$$")
    data, warnings = render("pdf", [content])
    assert warnings == []
    assert "E=mc2" in re.sub(r"\s", "", pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text())
    with pikepdf.open(io.BytesIO(data)) as pdf:
        formulas = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Formula"
        ]
        assert {str(formula.Alt) for formula in formulas} == {"E = mc^2", "\\frac{a}{b}"}


def test_a_formula_that_cannot_be_set_shows_its_source_with_a_warning() -> None:
    data, warnings = render("pdf", [item(study_guide="So $\\foo{x}$ it is.")])
    assert [warning.code for warning in warnings] == ["formula-unreadable"]
    assert r"\foo{x}" in pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()


@pytest.mark.parametrize("tex", ["\\text{\u200b}", r"x\hspace{-5em}", r"\hspace{-0.572em}1"])
def test_a_formula_that_takes_no_room_shows_its_source_with_a_warning(tex: str) -> None:
    data, warnings = render("pdf", [item(study_guide=f"$$\n{tex}\n$$\n\nThe end.")])
    assert [warning.code for warning in warnings] == ["formula-unreadable"]
    shown = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert tex.replace("\u200b", "") in shown.replace("\u200b", "")


def test_a_formula_higher_than_a_page_is_made_smaller() -> None:
    rows = r" \\ ".join(f"a_{{{n}}} &= b" for n in range(80))
    data, warnings = render(
        "pdf", [item(study_guide=f"$$\\begin{{aligned}}{rows}\\end{{aligned}}$$\n\nThe end.")]
    )
    assert warnings == []
    ends = [shown for shown in placed_characters(data) if shown.get_text() == "b"]
    assert len(ends) == 80
    assert all(50 < shown.y0 < shown.y1 < 841.89 - 50 for shown in ends)


def height_of_text(guide: str) -> float:
    """From the first to the last baseline of a page's words."""
    data, _ = render("pdf", [item(study_guide=guide)])
    baselines: list[float] = []

    def note(text: str, _cm: Any, matrix: list[float], *_: Any) -> None:
        if "word" in text:
            baselines.append(matrix[5])

    pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text(visitor_text=note)
    return max(baselines) - min(baselines)


def test_lines_make_room_for_tall_formulas() -> None:
    words = "word " * 100
    tall = words + r"$\begin{pmatrix}a\\b\\c\\d\end{pmatrix}$ " + words
    assert height_of_text(tall) - height_of_text(f"{words} x {words}") > 30
