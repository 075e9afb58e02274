"""Paragraphs run in the direction of their first strong character (UAX #9, P2 and P3)."""

import pytest

from activities.documents.direction import is_right_to_left, starts_right_to_left
from activities.documents.model import (
    Block,
    CodeBlock,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Run,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc שלום", False),
        ("שלום abc", True),
        ("مرحبا", True),
        ("(12) – «سلام»", True),
        ("1. abc", False),
        ("漢字 שלום", False),
        ("\u200fabc", True),
        ("\u200eשלום", False),
        # An isolate is passed over, even one that nothing ends.
        ("\u2067שלום\u2069 abc", False),
        ("\u2066abc\u2069 שלום", True),
        ("\u2068\u2067א\u2069b\u2069 c", False),
    ],
)
@pytest.mark.parametrize("otherwise", [True, False])
def test_the_first_strong_character_decides(text: str, *, expected: bool, otherwise: bool) -> None:
    assert is_right_to_left(text, otherwise=otherwise) == expected


@pytest.mark.parametrize("text", ["", "12 + 30 %", "\u2066abc", "—"])
@pytest.mark.parametrize("otherwise", [True, False])
def test_a_text_without_direction_has_that_of_its_surroundings(text: str, otherwise: bool) -> None:
    assert is_right_to_left(text, otherwise=otherwise) == otherwise


def of(text: str) -> Paragraph:
    return Paragraph((Run(text),))


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((of("سلام"),), True),
        ((of("peace"), of("سلام")), False),
        ((ListBlock((ListItem((of("سلام"),)),)),), True),
        ((Quote((ListBlock((ListItem((of("peace"),)),)),)),), False),
        ((Paragraph((Run("E=mc^2", math=True), Run(" هي معادلة"))),), True),
    ],
)
@pytest.mark.parametrize("otherwise", [True, False])
def test_blocks_start_as_their_first_paragraph_does(
    blocks: tuple[Block, ...], *, expected: bool, otherwise: bool
) -> None:
    assert starts_right_to_left(blocks, otherwise=otherwise) == expected


@pytest.mark.parametrize("blocks", [(), (CodeBlock("سلام"),), (ListBlock((ListItem(()),)),)])
@pytest.mark.parametrize("otherwise", [True, False])
def test_blocks_without_text_start_as_their_surroundings(
    blocks: tuple[Block, ...], *, otherwise: bool
) -> None:
    assert starts_right_to_left(blocks, otherwise=otherwise) == otherwise
