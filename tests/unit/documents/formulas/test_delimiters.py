"""What of a text is a formula, and what stays text."""

import time

import pytest

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.model import Block, CodeBlock, ListBlock, MathBlock, Paragraph, Quote


def blocks(source: str) -> tuple[Block, ...]:
    return MarkdownReader(ConversionWarnings("content-1"), labels("en")).blocks(source, 3)


def shown(source: str) -> list[str]:
    """Paragraphs with their formulas in brackets, displayed formulas and code."""
    found: list[str] = []

    def walk(some: tuple[Block, ...]) -> None:
        for block in some:
            if isinstance(block, Paragraph):
                found.append("".join(f"[{r.text}]" if r.math else r.text for r in block.runs))
            elif isinstance(block, MathBlock):
                found.append(f"displayed {block.tex}")
            elif isinstance(block, CodeBlock):
                found.append(f"code {block.text}")
            elif isinstance(block, ListBlock):
                for entry in block.items:
                    walk(entry.blocks)
            elif isinstance(block, Quote):
                walk(block.blocks)

    walk(blocks(source))
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"Mass: \(K_1 = a_1 b_2\) holds", ["Mass: [K_1 = a_1 b_2] holds"]),
        (r"\(n\)-th, \(2\)", ["[n]-th, [2]"]),
        ("\\[\nx\n\\]", ["displayed x"]),
        ("text\n\\[\n- b\n= c\n\\]\nmore", ["text", "displayed - b\n= c", "more"]),
        (r"So \[ x = 1 \]. Then", ["So", "displayed x = 1.", "Then"]),
        (r"So \[ 5 - 3 \] and \(2, 3\)", ["So", "displayed 5 - 3", "and [2, 3]"]),
        ("- a\n  \\[\n  b\n\n  = c\n  \\].", ["a", "displayed b\n\n= c."]),
        ("> \\[\n> a\n> \\]", ["displayed a"]),
        ("$$\na\n\n= b\n$$", ["displayed a\n\n= b"]),
        ("```math\nx^2\n```", ["displayed x^2"]),
        ("~~~katex\nx^2\n~~~", ["displayed x^2"]),
        ("```latex\n\\[ E=mc^2 \\]\n```", ["displayed E=mc^2"]),
        ("```tex\n\\frac{1}{2}\n```", ["displayed \\frac{1}{2}"]),
        ("$`a^2+b^2`$ here", ["[a^2+b^2] here"]),
        (
            "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
            ["displayed \\begin{align}\na &= b \\\\\nc &= d\n\\end{align}"],
        ),
        (
            r"So \begin{pmatrix}a\\b\end{pmatrix} is",
            ["So", r"displayed \begin{pmatrix}a\\b\end{pmatrix}", "is"],
        ),
        (r"Now $\text{if $x>0$}$.", [r"Now [\text{if $x>0$}]."]),
        (r"\(\text{if \(x\)}\)", [r"[\text{if \(x\)}]"]),
        (r"$x = \$5$ it costs", [r"[x = \$5] it costs"]),
        ("the $n$th, two $x$s", ["the [n]th, two [x]s"]),
        (r"Water, \ce{H2O}, boils.", [r"Water, [\ce{H2O}], boils."]),
        (
            r"\ce{2H2 + O2 ->[\Delta] 2H2O} and \ce{SO4^{2-}}",
            [r"[\ce{2H2 + O2 ->[\Delta] 2H2O}] and [\ce{SO4^{2-}}]"],
        ),
        (r"At \SI{25}{\celsius}: \num{1e6}", [r"At [\SI{25}{\celsius}]: [\num{1e6}]"]),
        (
            r"\qty[per-mode=symbol]{3}{\m\per\s}, \SIrange{1}{2}{m}{x}",
            [r"[\qty[per-mode=symbol]{3}{\m\per\s}], [\SIrange{1}{2}{m}]{x}"],
        ),
        ("- \\ce{CO2 +\n  H2O}", ["[\\ce{CO2 +\nH2O}]"]),
    ],
)
def test_formulas_are_found_in_every_kind_of_delimiter(source: str, expected: list[str]) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It is $5 and $10, US$20 and US$30, €5, $20,000 and $1.5M; or $5 (or 5$).",
        "Set $HOME/$USER and $PATH:$LD, $A/$B, $A$B, ${X}/${Y}, ${A}${B}.",
        'echo "$HOME" and "$USER"',
        "=$A$1:$B$2",
        "for ($i=0; $i<5; $i++)",
        "call $a->b($c) and $x, $y and $z",
        "It costs $$ and not $$$ really $$.",
        "a $ alone and x$",
    ],
)
def test_money_and_variables_stay_text(text: str) -> None:
    assert shown(text) == [text]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\[edit\] \(see below\) \[1\]", ["[edit] (see below) [1]"]),
        (r"as in \[2, 3\], \[4–6\] and \[ 7; 8 \]", ["as in [2, 3], [4–6] and [ 7; 8 ]"]),
        (r"- see \[2,3\]", ["see [2,3]"]),
        (r"\$5 and \$6$", ["$5 and $6$"]),
        (r"an \(open one, $x, \[too", ["an (open one, $x, [too"]),
        (
            r"Write \ce{}, \num{..} or \SI{5}, \ce{open",
            [r"Write \ce{}, \num{..} or \SI{5}, \ce{open"],
        ),
        (r"`\ce{H2O}`, \\ce{x}, \cell{x}", [r"\ce{H2O}, \ce{x}, \cell{x}"]),
        ("$$ open\n\ntext", ["$$ open", "text"]),
        (r"`\(x\)` and `$x$`", [r"\(x\) and $x$"]),
        ("    \\[\n    x\n    \\]", ["code \\[\nx\n\\]"]),
        ("```\n$$\nx\n$$\n```", ["code $$\nx\n$$"]),
        ("```latex\n\\documentclass{book}\n```", ["code \\documentclass{book}"]),
        ("```tex\nWe write $x$ here.\n```", ["code We write $x$ here."]),
        ("\\begin{itemize}x\\end{itemize}", ["\\begin{itemize}x\\end{itemize}"]),
        (r"\\(a\\)", [r"\(a\)"]),
    ],
)
def test_what_is_escaped_open_or_code_stays_text(source: str, expected: list[str]) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    "unit",
    [
        *("$$ a\n", "\\begin{align}\n", "x \\begin{align} ", "\\(", "\\[ a\n", "\\[\n\n"),
        *("$\\text{", "\\(\\text{a ", "$5 aa ", "$`a ", "a $$ b$ ", "$x "),
        "\\begin{align}\n" * 150 + "\\end{align}\n",
    ],
)
def test_delimiters_that_do_not_close_cost_no_more_than_their_length(unit: str) -> None:
    def seconds(length: int) -> float:
        source = unit * (length // len(unit) + 1)
        started = time.process_time()
        blocks(source)
        return time.process_time() - started

    seconds(1_000)
    # The best of two, because other processes and the garbage collector take their time as well.
    short, long = (min(seconds(length), seconds(length)) for length in (20_000, 80_000))
    assert long < 16 * max(short, 0.01)
