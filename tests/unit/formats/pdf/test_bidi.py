"""Mixed directions come out as another implementation of UAX #9 has them."""

from itertools import islice

import pytest
from bidi import get_display

from activities.documents.direction import is_right_to_left
from activities.formats.fonts import find_font
from activities.formats.pdf.text.bidi import embedding_levels, visual_order
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.unicode_files import order_cases
from tests.unit.formats.pdf.placed_characters import placed_characters

_EVERY = 5
"""Of Unicode's cases one in so many."""


def test_characters_run_as_unicode_has_them_run() -> None:
    cases = list(islice(order_cases(), 0, None, _EVERY))
    assert len(cases) > 18_000
    for text, base, levels, order in cases:
        right = is_right_to_left(text, otherwise=False) if base is None else base == 1
        found = embedding_levels(text, right)
        shown = [place for place, level in enumerate(levels) if level is not None]
        assert [found[place] for place in shown] == [levels[place] for place in shown], ascii(text)
        seen = visual_order(range(len(text)), found)
        assert [place for place in seen if place in shown] == list(order), ascii(text)


def test_a_hard_break_ends_what_sets_directions() -> None:
    assert embedding_levels("\u202bab\nab", right_to_left=False) == [0, 2, 2, 0, 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם (hello world) 123.45 — מודגש",
        "טקסט (abc) def (שלום) ghi",
        "אבג [abc (דהו) def] 42%",
        "טקסט (abc) [12] {x}, (12) סוף",
        "לא נסגר (abc סוף",
        "הפוך )abc( סוף",
        "طاقة (ATP) بنسبة 42% (انظر page 7)",
        "C++ (שפת תכנות) 2024",
        "א" + "(" * 70 + "a" + ")" * 70 + "ב",
        "abc [(אבג]) def",
    ],
)
@pytest.mark.parametrize("right_to_left", [True, False])
def test_brackets_go_with_what_is_in_them(text: str, *, right_to_left: bool) -> None:
    levels = embedding_levels(text, right_to_left)
    shown = "".join(visual_order(text, levels))
    assert shown == get_display(text, base_dir="R" if right_to_left else "L")


@pytest.mark.skipif(
    find_font("hebrew") is None, reason="python -m activities.formats.fonts fetches the fonts"
)
@pytest.mark.parametrize(
    "guide",
    ["abc שלום עולם def", "abc **שלום** עולם `def`", "שלום (abc) 12 עולם", "abc שלום-עולם."],
)
def test_letters_stand_on_the_page_in_the_order_that_is_seen(guide: str) -> None:
    data, _ = render("pdf", [item(study_guide=guide)])
    shown = guide.replace("*", "").replace("`", "")
    letters = set("".join(shown.split())) - set("()")
    placed = [char for char in placed_characters(data) if char.get_text() in letters]
    [height] = {round(char.matrix[5]) for char in placed if char.get_text() == "ש"}
    line = sorted((char.x0, char.get_text()) for char in placed if round(char.matrix[5]) == height)
    expected = get_display(shown).translate(str.maketrans("", "", " ()"))
    assert "".join(letter for _, letter in line) == expected
