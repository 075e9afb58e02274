"""Mixed directions come out as another implementation of UAX #9 has them."""

import pytest
from bidi import get_display

from activities.formats.pdf.bidi import embedding_levels, visual_order


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
