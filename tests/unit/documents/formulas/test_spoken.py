"""Formulas are heard as words of the language around them."""

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from activities.documents.formulas import spoken
from activities.documents.formulas.spoken import spoken_formula
from activities.model.options import LabelLanguage

SAID = {
    (r"a^2+b^3=c^{n+1}", "en"): "a squared plus b cubed equals c to the power n plus 1 end power",
    (r"\frac12", "en"): "1 over 2",
    (r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}", "en"): "x equals fraction minus b plus or minus "
    "square root of b squared minus 4 a c end root over 2 a end fraction",
    (r"\sum_{i=0}^{n} x_i", "de"): "Summe von i gleich 0 bis n x Index i",
    (r"\lim_{x\to0} f(x)", "fr"): "lim x tend vers 0 f ( x )",
    (r"\sqrt[3]{8}\neq 1", "es"): "raíz de índice 3 de 8 fin de raíz distinto de 1",
    (r"\vec{F}", "el"): "F με βέλος από πάνω",
    (r"f''(x)", "ar"): "f شرطة شرطة ( x )",
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "he"): (
        "( טבלה עם 2 שורות: שורה 1: 1, 2; שורה 2: 3, 4 סוף טבלה )"
    ),
    (r"\begin{aligned}a&=b\\c&\le d\end{aligned}", "en"): (
        "table with 2 rows: row 1: a equals b; row 2: c is at most d end table"
    ),
    (r"\frac{a}{b}", "zh-TW"): "b 分之 a",
    (r"\ce{2H2 + O2 -> 2H2O}", "en"): "2 H sub 2 plus O sub 2 to 2 H sub 2 O",
    (r"\cancel{6}", "hi"): "काटा हुआ 6",
    (r"x \in A", "sw"): "x in A",
    (r"\foo{", "en"): r"\foo{",
}


@pytest.mark.parametrize(("tex", "language"), SAID)
def test_formulas_are_said(tex: str, language: str) -> None:
    assert spoken_formula(tex, language) == SAID[tex, language]


def test_every_language_has_the_same_signs_and_marks() -> None:
    table = tomllib.loads((Path(spoken.__file__).with_name("spoken.toml")).read_text("utf-8"))
    assert table.keys() == set(get_args(LabelLanguage))
    for name in ("signs", "marks"):
        assert len({frozenset(phrases[name]) for phrases in table.values()}) == 1
