"""What screen readers get: the same content, in reading order, with its structure."""

import io
import re

import pikepdf
import pytest

from activities.formats.testing import render
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
    world_items,
)
from activities.model.content import Item
from tests.sample_items import long_item
from tests.unit.formats.pdf.structure_checker import StructureChecker

LONG = "\n\n".join(
    [
        "# One",
        "###### Deep",
        "Text with a [link](https://example.org) in it. " * 60,
        "- a\n- b\n\n  second paragraph\n\n  1. nested\n  2. list",
        "| a | [b](https://example.org/b) |\n|---|---|\n" + "| x | y |\n" * 120,
        "> quoted\n\n```\ncode\n" + "line\n" * 90 + "```",
        "Note[^1] and formula $x^2$.\n\n$$\nx = \\frac{1}{2}\n$$\n\n[^1]: The note.",
        f"![A green field]({data_url(png(40, 40))})",
    ]
)


@pytest.mark.parametrize(
    "items",
    [
        [plain_item()],
        [full_item()],
        [plain_item("a"), full_item("b"), *world_items()],
        [hostile_item()],
        [item(study_guide=LONG)],
        [item("a", study_guide=LONG), arabic_item(), item("c", study_guide=LONG)],
        [],
        [item(study_guide="A `光 光` and **光 光**, ***光 光***.")],
        [item(study_guide="| a | b |\n|---|---|")],
        [item(study_guide="A \ufeff `b\ufeffc`\n\n    d \ufeff\n\n**e\ufefff**")],
        [long_item()],
    ],
    ids=[
        "plain",
        "full",
        "many",
        "hostile",
        "long",
        "long in several",
        "none",
        "only spaces",
        "a table's head alone",
        "what is no text for a glyph",
        "book",
    ],
)
def test_every_rule_that_a_program_can_check_holds(items: list[Item]) -> None:
    data, _ = render("pdf", items)
    assert StructureChecker(data).check() == []


def test_reading_order_is_that_of_the_document() -> None:
    data, _ = render("pdf", [plain_item("a"), full_item("b")])
    checker = StructureChecker(data)
    checker.check()
    text = checker.reading_order()
    expected = (
        "Exported content|Contents|About this book|Unit 1|Water cycle|Study guide"
        "|Water evaporates|Q\u00a01|Why does it rain?"
        "|Because clouds|Evaporation|Liquid to gas|At a glance|Calvin cycle|Light reactions"
        "|Frequently asked questions|About this book|For|grade 9, grade 10"
    )
    position = -1
    for words in expected.split("|"):
        assert words in text[position + 1 :], words
        position = text.index(words, position + 1)


def test_numbers_links_and_alternatives_are_read_where_they_stand() -> None:
    guide = "Before [the link](https://example.org) after.\n\n![A field](%s)\n\nLast $x_1$ words."
    data, _ = render("pdf", [item(study_guide=guide % data_url(png()))])
    checker = StructureChecker(data)
    assert checker.check() == []
    text = re.sub(r"\s+", " ", checker.reading_order())
    assert "Before the link after. A field Figure 1 Last x sub 1 words." in text


def test_decorative_images_are_not_announced() -> None:
    data, _ = render("pdf", [item(study_guide=f"Text\n\n![]({data_url(png())})")])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        figures = [
            o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"
        ]
        assert figures == []
    assert StructureChecker(data).check() == []


def test_each_item_says_its_language() -> None:
    data, _ = render("pdf", [plain_item(), arabic_item()])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        languages = [
            str(o.Lang)
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Sect" and "/Lang" in o
        ]
        assert languages == ["en", "ar"]


def test_the_claim_to_pdf_ua_is_made_only_with_a_title_and_known_languages() -> None:
    claims = []
    for content in (plain_item(), item(language="???", study_guide="Text")):
        data, _ = render("pdf", [content])
        with pikepdf.open(io.BytesIO(data)) as pdf:
            claims.append(b"<pdfuaid:part>1</pdfuaid:part>" in pdf.Root.Metadata.read_bytes())
    assert claims == [True, False]


def test_repeated_table_headers_are_read_once() -> None:
    data, _ = render("pdf", [item(study_guide="| Head | x |\n|---|---|\n" + "| a | b |\n" * 150)])
    checker = StructureChecker(data)
    assert checker.check() == []
    assert checker.reading_order().count("Head") == 1
    assert len(checker.pdf.pages) > 2
