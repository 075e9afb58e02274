"""The key of a file whose answers do not stand below their questions."""

import io
import re
from typing import Any

import pypdf
import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.page.two_columns import ColumnEntry, divide
from activities.formats.testing import render
from activities.formats.testing.items import item, world_items
from activities.model.content import Item, ReadingQuestion
from tests.unit.formats.pdf.placed_characters import characters
from tests.unit.formats.pdf.structure_checker import StructureChecker

KEY = PdfOptions(answers="key", include_metadata=False)
LONG = "A long answer that goes on for some lines, so that it fills columns. " * 4


def unit(name: str, *answers: str | None, **fields: Any) -> Item:
    asked = [ReadingQuestion(f"Question {n} of {name}?", a) for n, a in enumerate(answers, 1)]
    return item(name, title=f"Unit {name}", reading_guide_questions=asked, **fields)


def rendered(*items: Item, options: PdfOptions = KEY) -> tuple[bytes, list[str]]:
    data, _ = render("pdf", items, options)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    return data, [" ".join(page.split()) for page in pages]


def test_answers_stand_behind_all_units_with_the_pages_of_their_questions() -> None:
    data, pages = rendered(unit("A", "First answer", None), unit("B", "Second answer"))
    asked = [next(n for n, p in enumerate(pages, 1) if f"Question 1 of {x}" in p) for x in "AB"]
    assert "answer" not in " ".join(pages[:-1]).replace("Answer key", "")
    key = pages[-1]
    for text in ("Answer key", "First answer", "Open question", "Second answer"):
        assert text in key
    assert [f"page {page}" in key for page in asked] == [True, True]
    assert StructureChecker(data).check() == []
    reader = pypdf.PdfReader(io.BytesIO(data))
    links = [a.get_object() for a in reader.pages[-1].annotations or []]
    targets = [reader.named_destinations[link["/Dest"]] for link in links]
    assert [reader.get_destination_page_number(t) + 1 for t in targets] == asked  # type: ignore[operator]
    assert "Answer key" in pages[1]


def test_a_file_without_any_answer_has_no_key() -> None:
    _, pages = rendered(unit("A", None), unit("B", None))
    assert not [page for page in pages if "Answer key" in page]


def test_units_in_other_languages_and_directions_keep_every_rule() -> None:
    items = [
        unit("ع", "جواب الأول", None, language="ar"),
        unit("中", "答案", language="zh"),
        unit("T", "| a | b |\n|---|---|\n| $x$ | d |\n\n- one\n\n```\ncode\n```"),
        *world_items(),
    ]
    data, pages = rendered(*items)
    assert StructureChecker(data).check() == []
    assert "答案" in pages[-1]
    assert rendered(*items)[0] == data


def test_an_answer_no_column_holds_is_set_across_both() -> None:
    data, pages = rendered(unit("A", "lengthy " * 2000, "Short"), unit("B", "Last"))
    text = " ".join(pages)
    assert text.count("lengthy") == 2000
    assert text.index("Short") < text.index("Last")
    assert StructureChecker(data).check() == []


def test_columns_are_as_long_as_each_other_on_the_last_page() -> None:
    data, _ = rendered(*[unit(str(n), LONG, LONG, LONG) for n in range(1, 5)])
    last = [c for c in characters(list(extract_pages(io.BytesIO(data)))[-1]) if 60 < c.y0 < 700]
    left, right = (
        min(c.y0 for c in last if (c.x0 < 595 / 2) == is_left) for is_left in (True, False)
    )
    assert abs(left - right) < 90


def entries(*heights: float) -> list[ColumnEntry]:
    return [ColumnEntry(abs(h), lambda: None, is_head=h < 0) for h in heights]


@pytest.mark.parametrize(
    ("heights", "height", "columns"),
    [
        ((10, 10, 10), 100, (2, 1)),
        ((10, 10, 10, 10), 20, (2, 2)),
        ((10, 10, 10, 10, 10), 20, (2, 2)),
        ((10, -10, 10, 10), 100, (3, 1)),
        ((10, -10, 10), 20, (1, 2)),
        ((50,), 20, (0, 0)),
        ((), 20, (0, 0)),
    ],
)
def test_no_head_ends_a_column(
    heights: tuple[float, ...], height: float, columns: tuple[int, int]
) -> None:
    first, second = divide(entries(*heights), height)
    assert (len(first), len(second)) == columns


def turned(data: bytes) -> list[LTChar]:
    """The characters that stand upside down on the last page."""
    last = list(extract_pages(io.BytesIO(data)))[-1]
    return [char for char in characters(last) if char.matrix[0] < 0]


def test_a_short_key_of_one_lesson_stands_upside_down_at_the_foot() -> None:
    data, pages = rendered(unit("A", "Because of light", "It [leads](https://example.org) on"))
    upside_down = turned(data)
    assert {"B", "y", "k"} <= {char.get_text() for char in upside_down}
    assert max(char.y1 for char in upside_down) < 200
    assert "Question 2 of A?" in pages[-1]
    checker = StructureChecker(data)
    assert checker.check() == []
    words = " ".join(checker.reading_order().split())
    assert "Answer key 1 Because of light 2 It leads on" in words
    [found] = pypdf.PdfReader(io.BytesIO(data)).pages[-1].annotations or []
    link = found.get_object()
    left, bottom, right, top = (float(edge) for edge in link["/Rect"])
    inside = [c for c in upside_down if left - 1 < c.x0 < right and bottom - 3 < c.y0 < top]
    assert sorted(c.get_text() for c in inside) == sorted("leads")
    assert left < right
    assert bottom < top


@pytest.mark.parametrize("look", ["standard", "compact", "large", "dyslexia", "ink"])
def test_a_key_upside_down_stays_on_its_page(look: Any) -> None:
    options = PdfOptions(answers="key", look=look, include_metadata=False)
    data, _ = rendered(unit("A", "Because of light", "It leads on"), options=options)
    upside_down = turned(data)
    assert upside_down
    assert min(char.x0 for char in upside_down) > 40
    assert max(char.x1 for char in upside_down) < 595 - 40


@pytest.mark.parametrize("look", ["standard", "dyslexia"])
def test_a_key_of_eight_lines_is_a_short_one(look: Any) -> None:
    options = PdfOptions(answers="key", look=look, include_metadata=False)
    two, three = "So.\n\nAnd so.", "So.\n\nAnd so.\n\nAnd so on."
    assert turned(rendered(unit("A", *[two] * 4), options=options)[0])
    data, pages = rendered(unit("A", *[two] * 3, three), options=options)
    assert turned(data) == []
    assert "Answer key" in pages[-1]


def test_an_answer_across_both_columns_stands_below_the_head_of_its_unit() -> None:
    for count in range(58, 66):
        _, pages = rendered(unit("A", *["So."] * count), unit("B", "lengthy " * 1100))
        [head] = [page for page in pages if re.search(r"Unit B page \d", page)]
        assert head.count("lengthy") > 20, count


def test_a_longer_key_of_one_lesson_has_a_page_of_its_own() -> None:
    data, pages = rendered(unit("A", LONG, LONG, LONG))
    assert turned(data) == []
    assert "Answer key" in pages[-1]
    assert "Question" not in pages[-1]


@pytest.mark.parametrize("answers", ["below", "none"])
def test_other_editions_have_no_key(answers: Any) -> None:
    options = PdfOptions(answers=answers, include_metadata=False)
    _, pages = rendered(unit("A", "Because"), unit("B", "Because"), options=options)
    assert not [page for page in pages if "Answer key" in page]


def test_large_print_has_one_column() -> None:
    answers = (unit("A", "alpha"), unit("B", "beta"))
    for look, columns in (("standard", 2), ("large", 1)):
        options = PdfOptions(answers="key", look=look, include_metadata=False)  # type: ignore[arg-type]
        data, _ = rendered(*answers, options=options)
        page = list(characters(list(extract_pages(io.BytesIO(data)))[-1]))
        text = [char.get_text() for char in page]
        starts = {
            round(page[place].x0)
            for word in ("alpha", "beta")
            for place in range(len(text))
            if "".join(text[place : place + len(word)]) == word
        }
        assert len(starts) == columns
