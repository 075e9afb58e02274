"""Pages of the difficult items keep their layout, on every machine and from version to version."""

import msgspec
import pytest

from activities.formats.fonts import find_font
from tests.unit.formats.pdf.page_geometry import BOOK, LAYOUTS, measure, measure_book, stored

needs_font_set = pytest.mark.skipif(
    find_font("korean") is None, reason="python -m activities.formats.fonts fetches the fonts"
)


@needs_font_set
@pytest.mark.parametrize("layout", LAYOUTS)
def test_text_stands_where_it_stood(layout: str) -> None:
    expected, measured = stored()[layout], measure(LAYOUTS[layout])
    assert measured.keys() == expected.keys()
    moved = [
        f"{item_id}, page {number}: {before} became {after}"
        for item_id, pages in expected.items()
        for number, (before, after) in enumerate(zip(pages, measured[item_id], strict=True), 1)
        if before != after
    ]
    assert moved == []


@needs_font_set
def test_text_stands_at_the_same_places_without_tags() -> None:
    untagged = msgspec.structs.replace(LAYOUTS["a4"], tagged=False)
    assert measure(untagged) == stored()["a4"]


@needs_font_set
def test_a_book_keeps_its_pages() -> None:
    assert measure_book() == stored()[BOOK]
