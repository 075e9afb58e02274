"""What a file lost is told alike by all formats: how often, and where."""

import pytest

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.content import Faq, Flashcard
from activities.model.options import RenderOptions

UNREADABLE = r"$\frac{1$"


@pytest.mark.parametrize(
    ("format_id", "options"),
    [
        ("pdf", RenderOptions()),
        # Where each side of a card is tried in several sizes.
        ("pdf", PdfOptions(cards="cutout")),
        ("docx", RenderOptions()),
    ],
    ids=["pdf", "cutout", "docx"],
)
def test_each_unreadable_formula_counts_once(format_id: str, options: RenderOptions) -> None:
    content = item(
        title="About $x$",
        study_guide=f"{UNREADABLE} and {UNREADABLE}\n\n# Deep $\\frac12$[^1]\n\n"
        f"- {UNREADABLE}\n\n${UNREADABLE}$\n\n[^1]: note",
        faqs=[Faq("Why?", "So."), Faq(f"What is {UNREADABLE}?", f"{UNREADABLE} {'word ' * 90}")],
        flashcards=[Flashcard(f"Front {UNREADABLE}", "Back")],
    )
    _, warnings = render(format_id, [content], options)
    [warning] = warnings
    assert (warning.code, warning.count, warning.part) == ("formula-as-source", 7, "")
    assert [(place.part, place.heading) for place in warning.places] == [
        ("study_guide", ""),
        ("study_guide", "Deep 1/2"),
        ("faqs", "Frequently asked questions 2"),
    ]
    assert {(place.item_id, place.title) for place in warning.places} == {("content-1", "About x")}


def test_missing_fonts_are_told_for_each_item() -> None:
    """Though what was drawn once is remembered for the whole file."""
    text = "Before \U000131a0\U000131a1\U000131a0 after"
    items = [item(f"content-{number}", study_guide=text) for number in range(3)]
    _, warnings = render("pdf", items)
    assert [(w.code, w.item_id, w.count) for w in warnings] == [
        ("script-missing", f"content-{number}", 2) for number in range(3)
    ]


def test_a_title_of_the_file_in_a_missing_script_is_told() -> None:
    items = [item("content-1"), item("content-2")]
    _, warnings = render("pdf", items, RenderOptions(title="All \U000131a0"))
    assert [(w.code, w.item_id) for w in warnings] == [("script-missing", "")]


def test_json_says_where_it_replaced_halves_of_characters() -> None:
    broken = item("content-7", title="half \ud83d pair", study_guide="\udc00 and text")
    _, [warning] = render("json", [broken])
    assert (warning.code, warning.count) == ("lone-surrogates-replaced", 2)
    assert [(place.item_id, place.title) for place in warning.places] == [
        ("content-7", "half \ufffd pair")
    ]
