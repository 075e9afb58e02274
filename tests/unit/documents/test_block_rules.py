"""Rules that are chosen by the first sign of a line find what all of them would."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.rules_block import StateBlock

from activities.documents.budget import Budget
from activities.documents.dialect.block_rules import BlockRules
from activities.documents.parser import parse_text
from tests.corpus.corpus import Page, examples, pages

LINES = sorted(
    {
        line
        for text in (*(page.text for page in pages()), *(each.markdown for each in examples()))
        for line in text.split("\n")
        if len(line) < 200
    }
)
INDENTS = ["", "  ", "    ", "\t", "\u00a0", "\x0c", "> ", "- ", "1. ", "b) ", "\u2022", "\u2013 "]
SIGNS = [
    "",
    ":::tip ",
    ": ",
    "| ",
    "$$",
    "\\[",
    "[^1]: ",
    "[a]: ",
    "# ",
    "```",
    "~~~",
    "***",
    "<div>",
]


def with_all_rules(self: BlockRules, _state: StateBlock, _line: int, name: str = "") -> object:
    return self.ruler.getRules(name)


def read(text: str) -> str:
    parsed = parse_text(text, Budget())
    return re.sub(r" at 0x\w+", "", repr(parsed))


def both_ways(text: str) -> tuple[str, str]:
    by_sign = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlockRules, "at", with_all_rules)
        return by_sign, read(text)


@given(
    st.lists(
        st.tuples(*map(st.sampled_from, (INDENTS, SIGNS, LINES, ["\n", "\n\n"]))),
        max_size=8,
    )
)
def test_lines_of_every_kind(lines: list[tuple[str, ...]]) -> None:
    by_sign, by_all = both_ways("".join(map("".join, lines)))
    assert by_sign == by_all


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("indent", INDENTS)
def test_each_sign_behind_each_indent(indent: str, sign: str) -> None:
    by_sign, by_all = both_ways(f"{indent}{sign}\n\ntext\n{indent}{sign}x\n{indent}{sign}\n{sign}")
    assert by_sign == by_all


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_pages(page: Page) -> None:
    by_sign, by_all = both_ways(page.text)
    assert by_sign == by_all


def test_the_examples_of_the_specification() -> None:
    for example in examples():
        by_sign, by_all = both_ways(example.markdown)
        assert by_sign == by_all, f"example {example.number}"
