"""Formulas: how they are laid out, and what readers find of them in the file."""

import io
import re
import time
from typing import Any

import pikepdf
import pypdf
import pytest

from activities.documents.design.tokens import TOKENS
from activities.formats.fonts import find_font
from activities.formats.pdf.text.font_file import load_font
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.maths import lay_out, lay_out_lines
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.sample_items import LIMIT_NAMES
from tests.unit.formats.pdf.placed_characters import placed_characters

pytestmark = pytest.mark.skipif(
    find_font("maths") is None, reason="python -m activities.formats.fonts fetches the fonts"
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
    assert beside_tall.glyphs[0].ink == small.glyphs[0].ink


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


@pytest.mark.parametrize("displayed", [True, False])
@pytest.mark.parametrize(
    "name",
    [r"\lim_{x\to 0}", r"\max_i", r"\operatorname*{arg\,max}_x", r"\sin", r"\log_2", r"\sin^2"],
)
def test_the_name_of_a_function_stands_apart_from_what_it_is_of(name: str, displayed: bool) -> None:
    def width(tex: str) -> float:
        return laid_out(tex, displayed).width

    assert width(f"{name} f") > width(name) + width("f") - 1
    thin = 167 if displayed else 167 * TOKENS.sizes.formula
    assert width(f"{name}(f)") == pytest.approx(width(name) + width("(f)") - thin, abs=2)
    assert width(f"= {name} f") == pytest.approx(width("= g") + width(f"{name} f") - width("g"))


def test_primes_are_as_large_as_in_text() -> None:
    for tex in ("f'", "f''(x)", "y'_1", r"f^{\prime}", r"f^{\prime\prime}"):
        letter, prime, *_ = sorted(laid_out(tex).glyphs, key=lambda glyph: glyph.text not in "fy")
        prime = next(glyph for glyph in laid_out(tex).glyphs if glyph.text in "′″")
        assert (prime.scale, prime.y) == (letter.scale, 0), tex
    assert laid_out(r"\left(\frac{a}{b}\right)'").glyphs[-1].y > 0
    assert {glyph.scale for glyph in laid_out("x'^2").glyphs[1:]} != {1.0}


def test_a_line_of_parallels_does_not_grow_with_what_it_stands_beside() -> None:
    heights = {
        (glyph.ink, glyph.scale)
        for tex in (r"a \parallel b", r"\frac{a}{b} \parallel c")
        for glyph in laid_out(tex).glyphs
        if glyph.text == "∥"
    }
    assert len(heights) == 1


@pytest.mark.parametrize(
    "tex",
    [r"\foo{x}", r"\frac{a", "", "{" * 900, "\\text{\U00012000}", r"\left(", r"\hline", "x" * 5000],
)
def test_what_cannot_be_set_is_refused(tex: str) -> None:
    assert lay_out(tex, displayed=True) is None


def test_deep_nesting_takes_no_time() -> None:
    started = time.process_time()
    lay_out(r"\frac{1}{1+" * 40 + "x" + "}" * 40, displayed=True)
    lay_out(r"\sqrt{\frac{x^{2^{2}}}{" * 30 + "y" + "}}" * 30, displayed=True)
    assert time.process_time() - started < 2


def test_a_formula_is_read_out_in_words_and_copied_as_text() -> None:
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
        assert {str(formula.Alt) for formula in formulas} == {"E equals m c squared", "a over b"}


def test_a_formula_that_cannot_be_set_shows_its_source_with_a_warning() -> None:
    data, warnings = render("pdf", [item(study_guide="So $\\foo{x}$ it is.")])
    assert [warning.code for warning in warnings] == ["formula-as-source"]
    assert r"\foo{x}" in pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()


@pytest.mark.parametrize("tex", ["\\text{\u200b}", r"x\hspace{-5em}", r"\hspace{-0.572em}1"])
def test_a_formula_that_takes_no_room_shows_its_source_with_a_warning(tex: str) -> None:
    data, warnings = render("pdf", [item(study_guide=f"$$\n{tex}\n$$\n\nThe end.")])
    assert [warning.code for warning in warnings] == ["formula-as-source"]
    shown = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert tex in shown


def test_a_formula_higher_than_a_page_is_made_smaller() -> None:
    rows = r" \\ ".join(f"a_{{{n}}} &= b" for n in range(100))
    data, warnings = render(
        "pdf", [item(study_guide=f"$$\\begin{{aligned}}{rows}\\end{{aligned}}$$\n\nThe end.")]
    )
    assert [warning.code for warning in warnings] == ["formula-too-large"]
    ends = [shown for shown in placed_characters(data) if shown.get_text() == "b"]
    assert len(ends) == 100
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


def rules_and_strokes(tex: str) -> tuple[int, int]:
    formula = laid_out(tex)
    return len(formula.rules), len(formula.strokes)


@pytest.mark.parametrize(
    ("tex", "rules", "strokes"),
    [
        (r"\cancel{6}", 0, 1),
        (r"\bcancel{6}", 0, 1),
        (r"\xcancel{6}", 0, 2),
        (r"\sout{6}", 0, 1),
        (r"\boxed{6}", 4, 0),
        (r"\left[\begin{array}{cc|c} 1 & 0 & 2 \\ 0 & 1 & 3 \end{array}\right]", 1, 0),
        (r"\begin{array}{c|c} p & q \\ \hline T & F \end{array}", 2, 0),
        (r"\begin{array}{|c||c|}\hline p & q \\ \hline\hline T & F \\ \hline\end{array}", 8, 0),
    ],
)
def test_strikes_frames_and_rules_are_drawn(tex: str, rules: int, strokes: int) -> None:
    assert rules_and_strokes(tex) == (rules, strokes)


def test_a_bar_of_a_matrix_stands_between_its_columns_over_all_rows() -> None:
    formula = laid_out(r"\begin{array}{cc|c} 1 & 0 & 2 \\ 0 & 1 & 3 \end{array}")
    (bar,) = formula.rules
    columns = sorted({round(glyph.x) for glyph in formula.glyphs})
    assert columns[1] < bar.x < columns[2]
    assert bar.height > 0.9 * formula.height


@pytest.mark.parametrize(
    "tex",
    [
        r"A \overset{u}{\underset{d}{\rightleftharpoons}} B",
        r"A \underset{d}{\overset{u}{\rightleftharpoons}} B",
        r"A \xrightarrow[d]{u} B",
    ],
)
def test_labels_above_and_below_a_relation_are_both_drawn(tex: str) -> None:
    formula = laid_out(tex)
    heights = {glyph.text: glyph.y for glyph in formula.glyphs}
    assert heights["u"] > 0 > heights["d"]


@pytest.mark.parametrize(
    ("words", "font"),
    [("速度", "han"), ("السرعة", "naskh"), ("скорость", "serif"), ("שלום", "hebrew")],
)
def test_words_of_every_script_are_drawn_by_the_fonts_of_text(words: str, font: str) -> None:
    formula = laid_out(rf"\text{{{words}}} = v")
    assert font in {glyph.font for glyph in formula.glyphs}


def test_words_are_shaped_as_other_text_is() -> None:
    glyphs = laid_out(r"\text{गति}").glyphs
    # The vowel sign of the second syllable stands before its letter.
    assert [glyph.text for glyph in glyphs][:2] == ["ग", "ति"]


def test_exponents_below_a_rule_stand_lower_than_others() -> None:
    [free] = [glyph.y for glyph in laid_out("x^2").glyphs if glyph.text == "2"]
    [under_root] = [glyph.y for glyph in laid_out(r"\sqrt{x^2}").glyphs if glyph.text == "2"]
    assert under_root < free


def test_accents_stand_where_the_font_has_them() -> None:
    letter, accent = laid_out(r"\hat{f}").glyphs
    assert isinstance(letter.ink, int)
    maths = load_font(find_font("maths"))
    ink = maths.bounds(accent.ink)
    above = accent.x + (ink.left + ink.right) / 2
    # The upper end of the letter is far to the right of its middle.
    assert above > letter.x + maths.advance(letter.ink) * 0.65


def test_a_brace_lies_close_to_what_it_holds() -> None:
    maths = load_font(find_font("maths"))
    glyphs = laid_out(r"\overbrace{x+x}").glyphs
    [brace] = [glyph for glyph in glyphs if glyph.text == "⏞"]
    top = max(glyph.y + maths.bounds(glyph.ink).top for glyph in glyphs if glyph is not brace)
    assert 0 < brace.y + maths.bounds(brace.ink).bottom - top < 120


def test_letters_of_indices_are_drawn_stronger() -> None:
    base, index = laid_out("x_x").glyphs
    assert base.text == index.text
    assert base.ink != index.ink


def test_a_formula_in_a_line_is_of_the_size_of_its_text() -> None:
    assert laid_out("x", displayed=False).width == pytest.approx(
        laid_out("x").width * TOKENS.sizes.formula
    )


def test_bold_letters_have_shapes_of_their_own() -> None:
    plain, bold, script = (
        laid_out(tex).glyphs[0].ink for tex in (r"\beta", r"\boldsymbol{\beta}", r"\mathscr{B}")
    )
    assert len({plain, bold, script}) == 3


def test_a_long_formula_is_broken_before_signs_and_fits_the_line() -> None:
    tex = " + ".join(f"a_{{{n}}}x^{{{n}}}" for n in range(30))
    rows = lay_out_lines(tex, 40_000, displayed=True)
    (lines,) = rows
    assert len(lines) > 1
    assert all(line.width <= 40_000 for line in lines)
    assert all(line.text.startswith("+") for line in lines[1:])
    first, *others = [min(glyph.x for glyph in line.glyphs) for line in lines]
    assert all(start > first + 1_000 for start in others)
    inline = lay_out_lines(tex, 40_000, displayed=False)[0]
    assert all(line.text.endswith("+") for line in inline[:-1])
    assert "".join(line.text for line in lines) == texts(laid_out(tex))


def test_a_long_formula_has_no_small_letters_on_the_page() -> None:
    tex = " + ".join(f"a_{{{n}}}x^{{{n}}}" for n in range(60))
    data, warnings = render("pdf", [item(study_guide=f"$$f(x) = {tex}$$\n\nInline ${tex}$ too.")])
    assert warnings == []
    letters = [char for char in placed_characters(data) if char.get_text() in {"𝑥", "x", "a"}]
    assert letters
    assert min(char.size for char in letters) >= 7


def test_an_unbreakable_formula_that_is_far_too_wide_is_told_of() -> None:
    cells = " & ".join(f"a_{{{n}}}" for n in range(70))
    _, warnings = render(
        "pdf", [item(study_guide=f"$$\\begin{{pmatrix}}{cells}\\end{{pmatrix}}$$")]
    )
    assert [warning.code for warning in warnings] == ["formula-too-large"]


_ROOT = r"\sqrt{%s}"


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "- item\n  - {}",
        "> {}",
        "سلام {} هنا",
        "| head | other | more |\n|---|---|---|\n| {} | x | y |",
        "| {} |\n|---|" + "\n| row |" * 120,
        "# {}",
        "text[^1]\n\n[^1]: {}",
        "Term\n: {}",
    ],
)
def test_a_formula_in_a_line_that_gets_too_small_is_told_of(around: str) -> None:
    small, large = _ROOT % ("a" * 150), _ROOT % ("a" * 20)
    guide = around.replace("{}", f"see ${small}$ and ${large}$ here")
    _, warnings = render("pdf", [item(study_guide=guide)])
    assert [(each.code, each.count, each.part) for each in warnings] == [
        ("formula-too-large", 1, "study_guide")
    ]


def test_a_formula_in_a_line_that_stays_readable_is_not_told_of() -> None:
    guide = f"see ${_ROOT % ('a' * 70)}$ and\n\n| a |\n|---|\n| $\\frac{{a}}{{b^{{c^d}}}}$ |"
    assert render("pdf", [item(study_guide=guide)])[1] == []
    twice = f"${_ROOT % ('a' * 110)}$\n\n" * 2
    [warning] = render("pdf", [item(study_guide=twice)])[1]
    assert warning.count == 2


def test_bookmarks_read_as_text() -> None:
    data, _ = render("pdf", [item(study_guide="# $\\alpha$ and $\\frac{1}{2}$\n\nText.")])
    titles = [entry.title for entry in _flat(pypdf.PdfReader(io.BytesIO(data)).outline)]
    assert "α and 1/2" in titles


def _flat(outline: list[Any]) -> list[Any]:
    return [
        entry for part in outline for entry in (_flat(part) if isinstance(part, list) else [part])
    ]
