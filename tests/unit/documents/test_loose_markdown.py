"""Markdown as models and people write it, where specifications read text or nothing at all."""

import pytest

from activities.documents.picture_references import references
from tests.unit.documents.notation import read, shown


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("[Answer]: 42", "[Answer]: 42"),
        ("- [Hint]: think", "• [Hint]: think"),
        ("Text.\n\n[Note]: https://a.org", "Text.\n[Note]: <link https://a.org https://a.org>"),
        ("[a][1]\n\n[1]: https://a.org\n[2]: x", "<link https://a.org a>\n[2]: x"),
        ("[1]\n\n[1]: https://a.org\n[1]: x", "<link https://a.org 1>\n<link https://a.org 1>: x"),
        ("a\n\n[//]: # (hidden)\n[comment]: <> (hidden)", "a"),
    ],
)
def test_definitions_of_links_that_nothing_refers_to_are_text(written: str, becomes: str) -> None:
    assert shown(written) == becomes


@pytest.mark.parametrize("mark", ["#", "###", ">", "-", "+", "*", "•", "42.", "b)", "```", "~~~"])
def test_a_text_that_is_a_mark_alone_is_text(mark: str) -> None:
    assert shown(mark) == shown(f" {mark}\n") == mark


def test_words_in_escaped_brackets_are_text_on_a_line_of_their_own() -> None:
    assert shown("\\[edit\\]\n\n\\[2, 3\\]\n\n\\[x\\]") == "[edit]\n[2, 3]\n<formula x>"
    assert shown(r"> \[!NOTE\]") == "> [!NOTE]"
    assert shown("\\[\nabc\n\\]") == "<formula abc>"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (":::tip[Do **this**]\nText\n:::", "[tip] Do <strong this>\n  Text"),
        (":::note[]\nText\n:::", "[note] Note\n  Text"),
        ("::: warning Mind `x`\nText\n:::", "[warning] Mind <code x>\n  Text"),
        ('::: {.callout-tip title="Try"}\nText\n:::', "[tip] Try\n  Text"),
        (
            '!!! note "Do **this**"\n    Text\n\n    - a\nAfter',
            "[note] Do <strong this>\n  Text\n  • a\nAfter",
        ),
        ("??? tip\n    Text", "[tip] Tip\n  Text"),
        ("???+ danger inline end\n    Text", "[caution] Caution\n  Text"),
        ("- a\n\n    !!! tip\n        Text", "• a\n  [tip] Tip\n    Text"),
        ("!!! wow\n!!! note", "!!! wow !!! note"),
    ],
)
def test_notices_of_other_tools(written: str, becomes: str) -> None:
    assert shown(written) == becomes


def test_headings_need_no_space_behind_several_signs() -> None:
    assert (
        shown("##Also\ntext\n###1. One ##\n##**B**")
        == "### Also\ntext\n#### 1. One\n### <strong B>"
    )
    assert shown("##（一）标题\n##【二】") == "### （一）标题\n### 【二】"
    assert shown("#tag\n#5\n##5") == "#tag #5 ##5"


def test_addresses_may_hold_spaces() -> None:
    written = "[a](https://example.org/my file.pdf) [b](see below) [c](/my uri) [d](x (1) y.pdf)"
    assert shown(written) == (
        "<link https://example.org/my%20file.pdf a> [b](see below) [c](/my uri) d"
    )
    assert shown("[h](#My Part)\n\n# My Part").startswith("<link #local:")
    assert read("![a](my pic.png)")[1] == read("![a](my-pic.png)")[1]


def test_pictures_with_spaces_in_their_addresses_are_found() -> None:
    text = '![a](my pic.png) ![b](b.png "t") ![c](https://example.org/c d.png "t e.png")'
    assert list(references(text)) == ["my pic.png", "b.png", "https://example.org/c d.png"]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (r"\\(\\alpha^2\\), \\(a\\)", r"<math \alpha^2>, \(a\)"),
        ("\\\\[\n\\\\frac{a}{b} \\\\\\\\ c\n\\\\]", r"<formula \frac{a}{b} \\ c>"),
        (r"$\\alpha$", r"<math \alpha>"),
        (r"$$\begin{matrix} a\\bc \end{matrix}$$", r"<formula \begin{matrix} a\\bc \end{matrix}>"),
        (r"\\(see below\\), \\\\(x\\\\)", r"\(see below\), \\(x\\)"),
    ],
)
def test_formulas_that_were_escaped_once_more(written: str, becomes: str) -> None:
    assert shown(written) == becomes


def test_questions_and_answers_keep_their_lines() -> None:
    assert shown("**Q1.** One\n**A1.** Two") == "<strong Q1.> One<break><strong A1.> Two"
    assert shown("问：一\n答：二") == "问：一<break>答：二"


def test_text_between_the_elements_of_mathml_is_kept() -> None:
    written = "<math><mtable><mtr><mtd>b</mtd><mtd>is it</mtd></mtr></mtable></math>"
    assert shown(written) == r"<math \begin{matrix} b & \text{is it} \end{matrix}>"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (r"[ x_1 = \frac{a}{b} * c * d ]", r"<formula x_1 = \frac{a}{b} * c * d>"),
        ("So:\n[\n\\alpha_1\n= b_1\n]\nor", "So:\n<formula \\alpha_1\n= b_1>\nor"),
        ("- a\n\n  [ \\alpha ]", r"• a" + "\n" + r"  <formula \alpha>"),
        ("[ see below ]", "[ see below ]"),
        (r"[\alpha]", r"[\alpha]"),
        (r"[ \alpha ] and more", r"[ \alpha ] and more"),
        ("[\n\\alpha\n\n]", "[ \\alpha\n]"),
        ("- [ ] do\n- [x] \\alpha ]", "• do\n• \\alpha ]"),
    ],
)
def test_formulas_whose_brackets_lost_their_backslashes(written: str, becomes: str) -> None:
    assert shown(written) == becomes
