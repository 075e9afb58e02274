"""Footnotes: each at the foot of the page of its mark, and read at the end of its text."""

import io
import re

import pypdf

from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.unit.formats.pdf.structure_checker import StructureChecker

_FILLER = "More words follow here. " * 25
_NOTES = "\n".join(f"[^{n}]: Source number {n}." for n in range(12))
_CLAIMS = "\n\n".join(f"Claim {n}.[^{n}] {_FILLER}" for n in range(12))


def pages_of(guide: str) -> list[str]:
    """The text of each page on one line."""
    data, warnings = render("pdf", [item(study_guide=guide)])
    assert warnings == []
    assert StructureChecker(data).check() == []
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def page_with(pages: list[str], text: str) -> int:
    [found] = [number for number, page in enumerate(pages) if text in page]
    return found


def test_a_note_stands_below_the_text_of_the_page_of_its_mark() -> None:
    pages = pages_of(f"{_CLAIMS}\n\n{_NOTES}")
    assert len(pages) > 2
    for number in range(12):
        page = page_with(pages, f"Claim {number}.")
        assert page_with(pages, f"Source number {number}.") == page
        assert pages[page].index(f"Claim {number}.") < pages[page].index("Source number")


def test_a_long_note_leaves_most_of_the_page_to_the_text_and_continues() -> None:
    words = [f"w{n}." for n in range(1500)]
    pages = pages_of(f"Claim.[^1] {_FILLER * 8}\n\n[^1]: {' '.join(words)}")
    shown = [re.findall(r"w\d+\.", page) for page in pages]
    assert [word for page in shown for word in page] == words
    assert len([page for page in shown if page]) > 2
    assert all("More words" in page for page in pages[:2])


def test_notes_are_read_once_at_the_end_of_their_text() -> None:
    table = "| a | b |\n|---|---|\n| cell[^t] | y |"
    notes = "[^c]: From the box.\n[^t]: From the table.\n[^l]: With\n\n    - a list"
    guide = f"> [!NOTE]\n> Boxed.[^c]\n\n{table}\n\nText.[^l]\n\nLast words.\n\n{notes}"
    data, _ = render("pdf", [item(study_guide=guide)])
    checker = StructureChecker(data)
    assert checker.check() == []
    text = checker.reading_order()
    for note in ("From the box.", "From the table.", "a list"):
        assert text.count(note) == 1
        assert text.index(note) > text.index("Last words.")
