"""Notices between lines of colons become callouts."""

import pytest

from activities.documents.build import build
from activities.documents.model import Block, Callout, ListBlock, Paragraph, Quote
from activities.formats.testing import EVERYTHING, Recorder
from activities.formats.testing.items import item


def blocks(source: str) -> tuple[Block, ...]:
    [part] = build(item(study_guide=source, metadata=None), EVERYTHING, Recorder()).parts
    return part.blocks


def callout(source: str) -> tuple[str, str, int]:
    """The kind and title of the only block, a callout, and how many blocks it holds."""
    [block] = blocks(source)
    assert isinstance(block, Callout)
    return block.kind, "".join(run.text for run in block.title), len(block.blocks)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (":::info\nA **b**\n\n- c\n\n:::", ("note", "Note", 2)),
        ("::: warning Mind the gap\nText\n:::", ("warning", "Mind the gap", 1)),
        (":::success\nText\n:::", ("note", "Success", 1)),
        ("::: {.tip}\nText\n:::", ("tip", "Tip", 1)),
        (":::tip\nIt is not closed.", ("tip", "Tip", 1)),
        (":::tip\n:::", ("tip", "Tip", 0)),
        (":::note\na\n\n:::tip\nb\n:::\n\nc\n:::", ("note", "Note", 3)),
        ("::::note\n:::tip\nb\n:::\n::::", ("note", "Note", 1)),
    ],
)
def test_a_notice_is_a_callout(source: str, expected: tuple[str, str, int]) -> None:
    assert callout(source) == expected


def test_text_around_a_notice_stays_outside() -> None:
    kinds = [type(block) for block in blocks("before\n:::tip\nwithin\n:::\nafter")]
    assert kinds == [Paragraph, Callout, Paragraph]


def test_a_notice_within_a_list_or_quotation_ends_there() -> None:
    [first, second] = blocks("- a\n\n  :::tip\n  b\n  :::\n- c\n\n> :::tip\n> d\n")
    assert isinstance(first, ListBlock)
    assert [type(block) for block in first.items[0].blocks] == [Paragraph, Callout]
    assert isinstance(second, Quote)
    assert [type(block) for block in second.blocks] == [Callout]


def test_a_notice_that_is_not_closed_takes_nothing_from_behind_its_list() -> None:
    [first, second] = blocks("- a\n\n  :::tip\n  b\n- c\n\nafter")
    assert isinstance(first, ListBlock)
    assert [[type(block) for block in item.blocks] for item in first.items] == [
        [Paragraph, Callout],
        [Paragraph],
    ]
    assert isinstance(second, Paragraph)


@pytest.mark.parametrize("source", [":::", "::: !", "::tip", ":::: ::::", "a :::tip b"])
def test_other_colons_are_text(source: str) -> None:
    [block] = blocks(source)
    assert isinstance(block, Paragraph)
    assert "".join(run.text for run in block.runs) == source


def test_notices_that_nest_too_deeply_are_text() -> None:
    source = "".join(f":::tip {depth}\n" for depth in range(9)) + "the end"
    depth = 0
    found = blocks(source)
    while isinstance(found[0], Callout):
        depth += 1
        found = found[0].blocks
    assert depth == 5
    [block] = found
    assert isinstance(block, Paragraph)
    shown = "".join(run.text for run in block.runs)
    assert all(f":::tip {number}" in shown for number in range(5, 9))
    assert shown.endswith("the end")
