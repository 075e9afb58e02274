"""Formulas in HTML, as editors and converters store them."""

import pytest

from activities.documents.model import MathBlock, Paragraph, Run
from tests.unit.documents.html.reading import html


@pytest.mark.parametrize(
    "source",
    [
        r"<p>\(\frac{a}{b}\)</p>",
        r'<p><span class="math-tex">\(\frac{a}{b}\)</span></p>',
        (
            r'<p><img class="equation_image" src="/equation_images/%255Cfrac" alt="LaTeX: x" '
            r'data-equation-content="\frac{a}{b}"></p>'
        ),
        r'<p><img class="texrender" alt="\frac{a}{b}" src="/filter/tex/pix.php/1.gif"></p>',
        r'<script type="math/tex">\frac{a}{b}</script>',
        (
            r'<math><semantics><mi>x</mi><annotation encoding="application/x-tex">\frac{a}{b}'
            r"</annotation></semantics></math>"
        ),
        "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
        (
            r'<span class="katex"><span class="katex-mathml"><math><semantics><annotation '
            r'encoding="application/x-tex">\frac{a}{b}</annotation></semantics></math></span>'
            r'<span class="katex-html" aria-hidden="true">ab</span></span>'
        ),
    ],
)
def test_a_formula_within_a_line(source: str) -> None:
    assert html(source) == (Paragraph((Run(r"\frac{a}{b}", math=True),)),)


@pytest.mark.parametrize(
    "source",
    [
        "<p>$$x^2$$</p>",
        r"<p>\[x^2\]</p>",
        '<script type="math/tex; mode=display">x^2</script>',
        '<math display="block"><msup><mi>x</mi><mn>2</mn></msup></math>',
    ],
)
def test_a_formula_that_stands_alone(source: str) -> None:
    [block] = html(source)
    assert isinstance(block, MathBlock)
    assert block.tex in {"x^2", "x^{2}"}


def test_prices_and_code_are_no_formulas() -> None:
    assert html("<p>The kit is $5 and the lamp is $10.</p>") == (
        Paragraph((Run("The kit is $5 and the lamp is $10."),)),
    )
    assert html(r"<p><code>\(x\)</code></p>") == (Paragraph((Run(r"\(x\)", code=True),)),)


@pytest.mark.parametrize(
    ("mathml", "tex"),
    [
        ("<msub><mi>x</mi><mn>1</mn></msub>", "x_{1}"),
        ("<msup><mi>f</mi><mo>\u2032</mo></msup>", "f'"),
        ("<msubsup><mi>f</mi><mn>1</mn><mo>'</mo></msubsup>", "f'_{1}"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", r"\sqrt{x + 1}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        (
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>",
            r"\sum_{i = 1}^{n}",
        ),
        ("<mover><mi>v</mi><mo>→</mo></mover>", r"\vec{v}"),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", r"\sin x"),
        ("<mi mathvariant='double-struck'>R</mi>", r"\mathbb{R}"),
        ("<mtext>if 50%</mtext>", r"\text{if 50\%}"),
        ("<mo>{</mo><mi>x</mi><mo>}</mo>", r"\{ x \}"),
        (
            (
                "<mrow><mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>"
                "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr></mtable><mo>)</mo></mrow>"
            ),
            r"\left( \begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix} \right)",
        ),
        ("<mfenced open='[' close=']'><mi>a</mi><mi>b</mi></mfenced>", r"\left[ a, b \right]"),
        (
            (
                "<mmultiscripts><mi>C</mi><none/><none/><mprescripts/><mn>6</mn><mn>14</mn>"
                "</mmultiscripts>"
            ),
            r"{}_{6}^{14}C",
        ),
        ("<menclose notation='updiagonalstrike'><mn>6</mn></menclose>", r"\cancel{6}"),
        ("<mi>α</mi><mo>≤</mo><mi>β</mi>", "α ≤ β"),
    ],
)
def test_mathml_becomes_tex(mathml: str, tex: str) -> None:
    assert html(f"<math>{mathml}</math>") == (Paragraph((Run(tex, math=True),)),)
