"""What pandoc reads in Markdown exports."""

from collections.abc import Iterator
from typing import Any

import pytest

from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.testing import render
from activities.formats.testing.items import full_item, hostile_item, plain_item
from tests.office.programs import pandoc

pytestmark = pytest.mark.office

DIALECT = "gfm+tex_math_dollars+footnotes+yaml_metadata_block"


def nodes(tree: Any, kind: str) -> Iterator[Any]:
    """The contents of all nodes of a kind."""
    if isinstance(tree, dict):
        if tree.get("t") == kind:
            yield tree.get("c")
        tree = [*tree.values()]
    if isinstance(tree, list):
        for each in tree:
            yield from nodes(each, kind)


def read(*items: Any) -> dict[str, Any]:
    data, _ = render("markdown", items, MarkdownOptions(markdown_layout="file"))
    return pandoc(data, DIALECT)


def test_formulas_tables_notes_and_pictures_are_what_they_were() -> None:
    tree = read(full_item())
    formulas = [(how["t"], tex) for how, tex in nodes(tree, "Math")]
    assert ("DisplayMath", r"E = h \nu = \frac{hc}{\lambda}") in formulas
    assert ("InlineMath", "O_2") in formulas
    assert len([*nodes(tree, "Table")]) == len([*nodes(tree, "Note")]) == 1
    assert len([*nodes(tree, "Image")]) == 1
    [code] = nodes(tree, "CodeBlock")
    assert code[0][1] == ["python"]


def test_front_matter_is_data_and_headings_are_in_order() -> None:
    tree = read(plain_item())
    assert tree["meta"]["title"]["t"] == "MetaInlines"
    assert [level for level, *_ in nodes(tree, "Header")] == [1, 2, 2, 2]


def test_hostile_text_becomes_no_element() -> None:
    tree = read(hostile_item(), plain_item())
    raw = [text for _, text in nodes(tree, "RawInline")]
    assert {text.strip("</>") for text in raw} <= {"em"}
    assert [*nodes(tree, "RawBlock")] == []
