"""What a class gets on paper: cards in rows, worksheets."""

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion
from tests.unit.formats.pdf.placed_characters import characters
from tests.unit.formats.pdf.structure_checker import StructureChecker

CARDS = [
    Flashcard(f"Front{n}", f"Back{n} " * (1 + n % 7 * 9), tags=[f"tag{n}", "unit"])
    for n in range(1, 41)
]
SECRET = "Zweiundvierzig"
SQUARE = 5 / 25.4 * 72
LEARNERS = PdfOptions(answers="none", include_metadata=False)


def pages(*items: Item, options: PdfOptions) -> list[list[LTChar]]:
    data, _ = render("pdf", items, options)
    return [list(characters(page)) for page in extract_pages(io.BytesIO(data))]


def texts(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def strings(data: bytes) -> Iterator[str]:
    """Every text that a reader or a program finds in a file: on pages, in tags, properties,
    bookmarks.
    """
    yield from texts(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for pdf_object in pdf.objects:
            yield from _strings_of(pdf_object)
        yield bytes(pdf.Root.Metadata.read_bytes()).decode()


def _strings_of(found: Any) -> Iterator[str]:
    if isinstance(found, pikepdf.String):
        yield str(found)
    elif isinstance(found, pikepdf.Array):
        for one in found:
            yield from _strings_of(one)
    elif isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        for key in found.keys():  # noqa: SIM118 - a stream is no mapping
            value = found[key]
            if not isinstance(value, pikepdf.Dictionary) or not value.is_indirect:
                yield from _strings_of(value)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_each_card_is_whole_in_a_row_and_backs_can_be_covered_with_one_sheet(paper: Any) -> None:
    options = PdfOptions(paper=paper, include_metadata=False)
    found: set[int] = set()
    for page in pages(item(flashcards=CARDS), options=options):
        text = "".join(char.get_text() for char in page)
        on_page = [n for n in range(1, 41) if f"tag{n}unit" in text]
        for number in on_page:
            assert f"Front{number}" in text
            assert text.count(f"Back{number}") >= len(CARDS[number - 1].back.split())
        found.update(on_page)
        fronts, backs = _words(page, "Front"), _words(page, "Back")
        assert not on_page or min(backs) > max(fronts) + 50
    assert found == set(range(1, 41))


def _words(page: list[LTChar], word: str) -> list[float]:
    """Where a word begins on a page, each time."""
    text = [char.get_text() for char in page]
    return [
        page[place].x0
        for place in range(len(text) - len(word))
        if text[place : place + len(word)] == list(word)
    ]


def test_rows_are_those_of_a_table_whose_heads_are_the_fronts() -> None:
    data, _ = render("pdf", [item(flashcards=CARDS[:3])])
    checker = StructureChecker(data)
    assert checker.check() == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        kinds = [str(o.S) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o]
    assert [kinds.count(kind) for kind in ("/TR", "/TH", "/TD")] == [3, 3, 3]
    words = " ".join(checker.reading_order().split())
    assert "1 Front1 Back1" in words
    assert "tag1 unit 2 Front2" in words


@pytest.mark.parametrize(
    "card",
    [
        Flashcard("Long", "endless " * 4000),
        Flashcard("endless " * 4000, "Long"),
        Flashcard("Wide", f"$\\frac{{{'x+' * 90}x}}{{2}}$"),
        Flashcard("| a | b |\n|---|---|\n| c | d |", "- one\n- two\n\n> quoted"),
        Flashcard("", ""),
    ],
    ids=["back", "front", "formula", "blocks", "empty"],
)
def test_cards_that_no_row_holds_lose_nothing(card: Flashcard) -> None:
    data, _ = render("pdf", [item(flashcards=[card, CARDS[0]])])
    text = " ".join(texts(data))
    assert text.count("endless") == (card.front + card.back).count("endless")
    assert "Back1" in text
    assert StructureChecker(data).check() == []


def test_a_worksheet_begins_a_page_with_room_for_a_name_and_asks_no_more_than_questions() -> None:
    asked = [ReadingQuestion(f"Why {n}?", f"{SECRET} {n}") for n in range(1, 4)]
    data, _ = render("pdf", [item(study_guide="Text", reading_guide_questions=asked)], LEARNERS)
    worksheet = texts(data)[-1]
    for word in ("Worksheet", "Name", "Class", "Date", "Points", "Why 1?", "Why 3?"):
        assert word in worksheet
    assert "Text" not in worksheet
    assert StructureChecker(data).check() == []


@pytest.mark.parametrize(("points", "shown"), [("none", 0), ("blank", 0), ("suggest", 2)])
def test_points_are_suggested_only_where_they_are_asked_for(points: Any, shown: int) -> None:
    options = PdfOptions(answers="none", points=points, include_metadata=False)
    data, _ = render("pdf", [item(reading_guide_questions=[ReadingQuestion("Name it.")])], options)
    text = texts(data)[-1]
    assert text.count("/ 2") == shown
    assert ("Points" in text) == (points != "none")


def test_what_is_to_be_drawn_gets_squares_of_five_millimetres() -> None:
    asked = item(reading_guide_questions=[ReadingQuestion("Draw the curve.")])
    data, _ = render("pdf", [asked], LEARNERS)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        columns = _upright_lines(pdf.pages[-1])
    assert len(columns) == 27
    gaps = {round(right - left, 1) for left, right in pairwise(columns)}
    assert gaps <= {round(SQUARE, 1), round(SQUARE - 0.05, 1), round(SQUARE + 0.05, 1)}


def _upright_lines(page: pikepdf.Page) -> list[float]:
    found, start = set(), (0.0, 0.0)
    for instruction in pikepdf.parse_content_stream(page):
        if str(instruction.operator) in {"m", "l"}:
            x, y = (float(operand) for operand in instruction.operands)
            if str(instruction.operator) == "l" and x == start[0] and start[1] - y > 100:
                found.add(x)
            start = (x, y)
    return sorted(found)


@pytest.mark.parametrize("cards", ["list", "cutout"])
def test_the_learners_edition_holds_no_answer_anywhere(cards: Any) -> None:
    options = PdfOptions(answers="none", cards=cards, glossary=True, points="suggest")
    content = item(
        faqs=[Faq("Asked?", SECRET)],
        flashcards=[Flashcard("Term", f"{SECRET} ![{SECRET}](data:image/png;base64,AAAA)")],
        reading_guide_questions=[ReadingQuestion("Why?", f"# {SECRET}\n\n$x_{{{SECRET}}}$")],
    )
    data, warnings = render("pdf", [content], options)
    assert not [text for text in strings(data) if SECRET in text]
    assert warnings == []
    shown, _ = render("pdf", [content], PdfOptions())
    assert [text for text in strings(shown) if SECRET in text]


def test_a_question_and_its_lines_stand_on_one_page() -> None:
    asked = [ReadingQuestion(f"Question{n}?", "x" * (37 * n % 300)) for n in range(1, 30)]
    data, _ = render("pdf", [item(reading_guide_questions=asked)], LEARNERS)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page, chars in zip(pdf.pages, extract_pages(io.BytesIO(data)), strict=True):
            lines = _writing_lines(page)
            asked_at = [char.y0 for char in characters(chars) if char.get_text() == "?"]
            if lines:
                assert max(asked_at) > max(lines)
                assert min(asked_at) > min(lines)


def _writing_lines(page: pikepdf.Page) -> list[float]:
    """The heights of the lines to write on."""
    return [
        float(instruction.operands[1])
        for instruction in pikepdf.parse_content_stream(page)
        if str(instruction.operator) == "re" and 395 < float(instruction.operands[2]) < 398
    ]


def test_a_question_longer_than_a_page_is_continued_with_its_number() -> None:
    asked = [ReadingQuestion("word " * 1500, "x" * 900)]
    data, _ = render("pdf", [item(reading_guide_questions=asked)], LEARNERS)
    found = texts(data)
    assert sum(text.count("word") for text in found) == 1500
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert sum(len(_writing_lines(page)) for page in pdf.pages) in (11, 12)
    assert StructureChecker(data).check() == []


@pytest.mark.parametrize("look", ["standard", "large"])
def test_a_worksheet_alone_stands_below_the_title_that_it_would_repeat(look: Any) -> None:
    asked = [ReadingQuestion("Why?", "So."), ReadingQuestion("How?", None)]
    options = PdfOptions(answers="none", look=look, include_metadata=False)
    lesson = item(title="Light", reading_guide_questions=asked)
    for items in ([lesson], [lesson, item("b", title="Water", reading_guide_questions=asked)]):
        data, _ = render("pdf", items, options)
        with pdfium.PdfDocument(data) as pdf:
            first = pdf[len(pdf) - len(items)].get_textpage().get_text_bounded()
        assert "Why?" in first
        assert "Name" in first
        assert StructureChecker(data).check() == []
    with_outline = item(outline=Outline("What it is about."), reading_guide_questions=asked)
    with pdfium.PdfDocument(render("pdf", [with_outline], options)[0]) as pdf:
        assert "Why?" not in pdf[0].get_textpage().get_text_bounded()
