"""Commands of packages, environments and words, as what a reader sees of them."""

from xml.etree.ElementTree import Element

import pytest

from activities.documents.formulas.readable import readable_formula
from activities.documents.formulas.tex import convert_tex


def mathml(tex: str) -> Element:
    found = convert_tex(tex, lambda element: element, displayed=True)
    assert found is not None, tex
    return found


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("2H2 + O2 -> 2H2O", "2 H₂ + O₂ ⟶ 2 H₂O"),
        ("SO4^2- + Ba^2+ -> BaSO4 v", "SO₄²⁻ + Ba²⁺ ⟶ BaSO₄ ↓"),
        ("CO2 ^", "CO₂ ↑"),
        ("[AgCl2]-", "[AgCl₂]⁻"),
        ("Na+ + e-", "Na⁺ + e⁻"),
        ("^{227}_{90}Th+", "₉₀²²⁷Th⁺"),
        ("H2O(l)", "H₂O(l)"),
        ("CO3^2-(aq)", "CO₃²⁻(aq)"),
        ("KCr(SO4)2*12H2O", "KCr(SO₄)₂·12 H₂O"),
        ("KCr(SO4)2.12H2O", "KCr(SO₄)₂·12 H₂O"),
        ("CuSO4.5H2O", "CuSO₄·5 H₂O"),
        ("CaSO4.0.5H2O", "CaSO₄·0.5 H₂O"),
        ("MgCl2 . 6(H2O)", "MgCl₂ ·6 (H₂O)"),
        ("YBa2Cu3O6.5", "YBa₂Cu₃O_(6.5)"),
        ("1/2H2O", "1/2 H₂O"),
        ("x Na(NH4)HPO4", "x Na(NH₄)HPO₄"),
        ("C6H5-CHO", "C₆H₅−CHO"),
        ("CH2=CH2", "CH₂=CH₂"),
        ("A + B <=> C", "A + B ⇌ C"),
        ("A <=>> B", "A ⇌ B"),
        ("A <<=> B", "A ⇋ B"),
        ("A <- B", "A ⟵ B"),
        ("OCO^{.-}", "OCO^(•−)"),
        ("$n$ H2O", "n H₂O"),
        ("Fe^{III}", "Fe^(III)"),
    ],
)
def test_chemistry(formula: str, expected: str) -> None:
    shown = readable_formula(rf"\ce{{{formula}}}")
    assert shown.replace("\u00a0", " ") == expected


def test_arrows_of_reactions_have_labels_above_and_below() -> None:
    arrow = mathml(r"\ce{A ->[H2O][\Delta] B}").find(".//munderover")
    assert arrow is not None
    _, below, above = ("".join(part.itertext()) for part in arrow)
    assert (above, below) == ("H2O", "Δ")


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\SI{5}{\meter\per\second\squared}", "5 m s⁻²"),
        (r"\qty{10}{\kilo\gram}", "10 kg"),
        (r"\si{kg.m/s^2}", "kg m/s²"),
        (r"\unit{\micro\ohm}", "µΩ"),
        (r"\SI{20}{\degreeCelsius}", "20 °C"),
        (r"\SI{50}{\percent}", "50 %"),
        (r"\num{12345.678e-3}", "12 345.678 × 10⁻³"),
        (r"\num{1.5 +- 0.2}", "1.5 ± 0.2"),
        (r"\ang{45;30;15}", "45°30′15″"),
        (r"\SIrange{1}{2}{\km}", "1 km–2 km"),
        (r"\pu{123 kJ/mol}", "123 kJ/mol"),
    ],
)
def test_numbers_and_units(tex: str, expected: str) -> None:
    assert readable_formula(tex) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\abs{x} + \norm{y}", "|x| + ‖y‖"),
        (r"\dv{y}{x}", "dy/dx"),
        (r"\pdv[2]{f}{x}", "(∂²f)/(∂x²)"),
        (r"\pdv{f}{x}{y}", "(∂²f)/(∂x∂y)"),
        (r"\braket{a}{b}", "⟨a|b⟩"),
        (r"\ket{\psi}\bra{\phi}", "|ψ⟩⟨ϕ|"),
        (r"\ev{A}", "⟨A⟩"),
        (r"\comm{A}{B}", "[A, B]"),
        (r"\qty(a+b)", "(a + b)"),
        (r"x \in \R", "x ∈ ℝ"),
        (r"a \not\subset b", "a ⊄ b"),
        (r"a \bmod b", "a mod b"),
        (r"\newcommand{\R}{Q} \R", "Q"),
    ],
)
def test_commands_of_physics_and_braket(tex: str, expected: str) -> None:
    assert readable_formula(tex) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\text{50\%}", "50%"),
        (r"\text{R\&D, a\_b, \#1, \$5}", "R&D, a_b, #1, $5"),
        (r"\text{if $x>0$}", "if x > 0"),
        (r"\text{a \(y\) b}", "a y b"),
        (r"\text{gro\ss, \'etat, na\"ive}", "groß, état, naïve"),
        (r"\text{a -- b ``c''}", "a – b “c”"),
        (r"\text{nested \text{words} {too}}", "nested words too"),
        (r"\mbox{in $\text{all $z$}$}", "in all z"),
        (r"\text{so\ much,\ and more}", "so much, and more"),
        (r"\text{速度}", "速度"),
        (r"\text{السرعة}", "السرعة"),
    ],
)
def test_words_hold_escapes_formulas_and_every_script(tex: str, expected: str) -> None:
    assert readable_formula(tex) == expected


@pytest.mark.parametrize("tex", ["f'", "f^{'}", r"f^\prime", r"f^{\prime}", "{f}'"])
def test_primes_are_read_in_every_spelling(tex: str) -> None:
    found = mathml(tex)
    assert "".join(found.itertext()) == "f′"
    assert len(list(found.iter("msup"))) == 1


def test_primes_in_braces_stand_beside_other_signs() -> None:
    assert "".join(mathml("x^{'2}").itertext()) == "x′2"
    assert "".join(mathml("f^{''}").itertext()) == "f″"
    assert [len(list(mathml(tex).iter("msup"))) for tex in ("x^{'2}", "f^{''}")] == [1, 1]


@pytest.mark.parametrize("size", ["big", "Big", "biggl", "Biggr", "bigm"])
@pytest.mark.parametrize(
    ("written", "sign"),
    [
        *((r"\{", "{"), (r"\rbrace", "}"), (r"\|", "‖"), (r"\lvert", "|"), (r"\langle ", "⟨")),
        *((r"\rfloor", "⌋"), (r"\uparrow", "↑"), (r"\backslash", "\\"), (">", "⟩"), (".", "")),
        *(("(", "("), ("]", "]"), ("|", "|"), ("/", "/")),
    ],
)
def test_delimiters_of_a_size_are_read(size: str, written: str, sign: str) -> None:
    assert "".join(mathml(rf"a \{size}{written} b").itertext()) == f"a{sign}b"


def test_words_keep_their_type() -> None:
    words = mathml(r"\text{a \textbf{b} \textit{c}}").iter("mtext")
    assert [(word.text, word.get("mathvariant")) for word in words] == [
        ("a ", None),
        ("b", "bold"),
        (" ", None),
        ("c", "italic"),
    ]


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{align} a &= b \\ c &= d \end{align}",
        r"\begin{alignat}{2} a &= b \\ c &= d \end{alignat}",
        r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}",
        r"\begin{equation}\begin{split} a &= b \\ c &= d \end{split}\end{equation}",
        r"a &= b \\ c &= d",
    ],
)
def test_aligned_equations_have_two_columns_and_no_numbers(tex: str) -> None:
    table = mathml(tex).find(".//mtable")
    assert table is not None
    assert [["".join(cell.itertext()) for cell in row] for row in table] == [
        ["a", "=b"],
        ["c", "=d"],
    ]


def test_a_tag_is_shown_once() -> None:
    shown = readable_formula(r"\begin{align} x &= y \tag{A} \\ u &= v \end{align}")
    assert shown.count("(A)") == 1
    assert "(1)" not in shown


def test_rules_of_arrays_are_kept_with_their_places() -> None:
    table = mathml(r"\begin{array}{|c|cc||}\hline a & b & c \\ \hline\hline \end{array}").find(
        ".//mtable"
    )
    assert table is not None
    assert table.get("columnlines") == "0 1 3 3"
    assert table.get("rowlines") == "0:0:-1 1:0:-1 1:0:-1"


def test_a_matrix_keeps_its_exponent() -> None:
    matrix = mathml(r"\begin{pmatrix} 1 & 2 \end{pmatrix}^T")
    assert "".join(matrix.itertext()) == "(12)T"


@pytest.mark.parametrize(
    "tex",
    [r"\text{open", r"\ev{" * 60 + "}" * 60, r"\ce{$x}", r"\begin{align} a", r"\foo", "\ue000 & a"],
)
def test_what_is_not_finished_or_grows_is_refused(tex: str) -> None:
    assert convert_tex(tex, lambda element: element, displayed=True) is None
