"""The pages of a book around its content: cover, openers, outline at a glance, heads, the end."""

import io
import re
from itertools import pairwise
from typing import Any

import pikepdf
import pypdf
import pytest

from activities.documents.design.tokens import TOKENS
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import item, plain_item
from activities.model.content import Item, Outline, Section
from activities.model.themes import NO_THEME, Theme
from tests.unit.formats.pdf.painted import painted_texts
from tests.unit.formats.pdf.placed_characters import placed_characters
from tests.unit.formats.pdf.structure_checker import StructureChecker

A4 = TOKENS.papers["a4"]
SECTIONS = [
    Section(
        "Where it happens",
        "",
        ["Locate both stages."],
        ["Membranes carry pigments."],
        [Section("Deeper", "Told below.", ["Dig."], [], [Section("Deepest", "", [], ["Bottom."])])],
    ),
    Section("What limits it", "In the dark it stops.", ["Read a graph."], []),
]
LESSON = item(outline=Outline("Plants turn light into sugar.", SECTIONS), study_guide="Text.")
SAID = (
    "Plants turn light into sugar. Where it happens Locate both stages. Membranes carry pigments. "
    "Deeper Told below. Dig. Deepest Bottom. What limits it In the dark it stops. Read a graph."
)


def pages(*items: Item, theme: Theme = NO_THEME, **options: Any) -> list[str]:
    """The text of each page."""
    data, _ = render("pdf", items, PdfOptions(**options), report=Recorder(theme=theme))
    return texts(data)


def texts(data: bytes) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def reading_order(*items: Item, **options: Any) -> str:
    data, _ = render("pdf", items, PdfOptions(**options))
    checker = StructureChecker(data)
    assert checker.check() == []
    return " ".join(checker.reading_order().split())


def elements(data: bytes, tag: str) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return sum(
            1 for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == tag
        )


@pytest.mark.parametrize(
    ("count", "cover", "style", "has_cover"),
    [
        (2, None, "full", True),
        (2, None, "light", True),
        (2, None, "none", False),
        (2, True, "none", True),
        (2, False, "full", False),
        (1, None, "full", False),
        (1, True, "light", True),
    ],
)
def test_a_cover_is_there_when_it_is_asked_for_or_items_are_several(
    count: int, cover: bool | None, style: Any, *, has_cover: bool
) -> None:
    items = [plain_item(f"item-{number}") for number in range(count)]
    first, *_ = pages(*items, theme=Theme(cover_style=style), cover=cover, title="Water and air")
    assert ("1 /" not in first) == has_cover
    # A lesson alone, without a cover, is called as itself.
    assert ("Water and air" in first) == (has_cover or count > 1)


def test_a_cover_says_what_all_items_say() -> None:
    told = {"subject": "biology", "target_audience": "Grade 9", "teacher": "M. Okafor"}
    items = [item(f"item-{n}", metadata={**told, "school": f"School {n}"}) for n in range(2)]
    first, *_ = pages(*items)
    assert "Biology · Grade 9 · 2 units" in first
    assert "M. Okafor" in first
    assert "School" not in first
    assert "M. Okafor" not in pages(*items, include_metadata=False)[0]


@pytest.mark.parametrize("subject", ["biology", "mathematics", "physics", "history"])
def test_the_drawing_is_that_of_the_items(subject: str) -> None:
    def drawn(*ids: str) -> bytes:
        items = [item(each, metadata={"subject": subject}) for each in ids]
        data, _ = render("pdf", items, PdfOptions())
        with pikepdf.open(io.BytesIO(data)) as pdf:
            content: bytes = pdf.pages[0].Contents.read_bytes()
        return content

    assert drawn("a", "b") == drawn("a", "b")
    assert drawn("a", "b") != drawn("a", "c")
    assert b" c " in drawn("a", "b")


def test_a_unit_opens_with_its_number_in_the_language_of_labels() -> None:
    text = reading_order(plain_item(), item("de", language="de", title="Licht"), cover=False)
    assert "Unit 1 Water cycle" in text
    assert "Einheit 2 Licht" in text
    # What is only seen, the large numeral and the tab, is not read.
    assert len(re.findall(r"\b1\b", text.split("Unit 1")[1].split("Study guide")[0])) == 0
    assert "Unit" not in reading_order(plain_item())


def test_the_outline_is_a_table_that_says_all_of_it_in_order() -> None:
    data, _ = render("pdf", [item("first"), LESSON], PdfOptions(include_metadata=False))
    checker = StructureChecker(data)
    assert checker.check() == []
    text = " ".join(checker.reading_order().split())
    told = text.split("At a glance You will be able to Remember")[1]
    for number in ("2.1", "2.1.1", "2.1.1.1", "2.2"):
        assert f" {number} " in told
    unnumbered = re.sub(r" 2(\.\d)+", "", f"Plants turn light into sugar. {told}")
    assert "".join(unnumbered.split()).startswith("".join(SAID.split()))
    # Three heads, and the title of each section.
    assert elements(data, "/TH") == 3 + 4


@pytest.mark.parametrize("rich", ["- one\n- two", "| a | b |\n|---|---|\n| one | two |"])
def test_an_outline_that_is_no_table_is_told_section_by_section(rich: str) -> None:
    outline = Outline("Lead.", [Section("First", rich, ["Objective."], ["Point."])])
    text = reading_order(item(outline=outline), plain_item())
    for words in ("Lead.", "First", "one", "two", "Objective.", "Point."):
        assert words in text
    assert "At a glance" not in text


def test_a_high_row_and_a_long_title_are_told_all_the_same() -> None:
    objectives = [f"Objective {number}." for number in range(200)]
    long = item(title="word " * 700, outline=Outline("Lead.", [Section("First", "", objectives)]))
    for items in ([long], [long, plain_item()]):
        text = reading_order(*items)
        assert "Objective 0." in text
        assert "Objective 199." in text
        assert text.count("word") >= 700


def test_an_outline_that_is_not_first_keeps_its_place() -> None:
    text = reading_order(LESSON, parts=("study_guide", "outline"))
    assert text.index("Text.") < text.index("Where it happens")
    assert "Membranes carry pigments." in text


def test_a_lesson_alone_has_boxes_where_its_text_has_the_sections() -> None:
    outline = Outline("Lead.", [Section("Light", "", ["See."], ["Bright."])])
    known = item(
        outline=outline,
        study_guide="## Light\n\nText.",
        metadata={"subject": "biology", "grade": "9", "teacher": "M. Okafor"},
    )
    first, *_ = pages(known)
    assert "Biology · 9" in first
    assert "4 March 2024" in first
    assert "Photosynthesis · M. Okafor 1 /" in first
    assert "You will be able to See. Remember Bright." in first
    assert "At a glance" not in first
    # A section that stands nowhere else is not left out.
    unknown = item(outline=outline, study_guide="## Dark\n\nText.")
    assert "At a glance You will be able to Remember 1 Light" in pages(unknown)[0]


def test_heads_say_book_and_unit_and_openers_have_none() -> None:
    long = item("long", study_guide="Words and words. " * 600)
    shown = pages(plain_item(), long, title="Energy for life")
    [opener, *others] = [page for page in shown if "Words and words." in page]
    assert len(others) > 1
    assert "Energy for life" not in opener
    for page in others:
        assert "Energy for life" in page
        assert re.search(r"2\s*Photosynthesis", page)
    assert "Energy for life" not in shown[1]


def test_facing_pages_swap_their_margins_and_units_begin_on_the_right() -> None:
    long = item("long", title="Long", study_guide="Words [on](https://example.org) and on. " * 700)
    told = item("c", metadata={"room": "R1"})
    data, _ = render("pdf", [long, plain_item("b"), told], PdfOptions(facing=True))
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    openers = [
        number
        for number, text in enumerate(texts(data), 1)
        if re.search(r"Unit \d|About this book", text) and "Contents" not in text
    ]
    assert len(openers) == 4
    assert {number % 2 for number in openers} == {1}
    left = {number: _left(reader.pages[number - 1]) for number in (4, 5, 6)}
    inner, outer = TOKENS.columns.inner, TOKENS.columns.outer
    for (number, edge), (_, next_edge) in pairwise(left.items()):
        assert next_edge - edge == pytest.approx((inner - outer) * (1 if number % 2 == 0 else -1))
    for page in reader.pages[3:6]:
        edge = _left(page)
        for link in page["/Annots"]:  # type: ignore[attr-defined]
            x0, _, x1, _ = link.get_object()["/Rect"]
            assert float(x0) >= edge - 0.1
            assert float(x1) <= A4.width - outer + 1


def _left(page: pypdf.PageObject) -> float:
    """Where the column of text begins."""
    found: list[float] = []

    def note(text: str, current: list[float], matrix: list[float], *_: Any) -> None:
        if "Words" in text or "and" in text:
            found.append(pypdf.mult(matrix, current)[4])

    page.extract_text(visitor_text=note)
    return min(found)


def test_the_page_about_the_book_tells_shared_things_once_and_others_by_unit() -> None:
    told = {"model": "writer-3", "licence": "CC BY 4.0", "code": None}
    items = [
        item(f"item-{n}", title=f"Lesson {n}", metadata={**told, "grade": str(n), "room": f"R{n}"})
        for n in (8, 9)
    ]
    *_, last = pages(*items)
    assert last.count("writer-3") == 1
    assert last.count("CC BY 4.0") == 1
    assert "1 Lesson 8 For 8 Room R8 2 Lesson 9 For 9 Room R9" in last
    assert "Typefaces" in last
    assert "2 units, 4 March 2024" in last
    assert "Code" not in last
    assert "About this book" not in "".join(pages(*items, include_metadata=False))


def test_the_licence_of_a_theme_is_told() -> None:
    told = item("facts", metadata={"room": "R1"})
    *_, last = pages(plain_item("a"), told, theme=Theme(licence="Copy freely."))
    assert "You may Copy freely." in last


def test_quality_is_told_by_unit_in_words() -> None:
    items = [item(f"item-{n}", quality_metrics={"overall": n / 10}) for n in (5, 9)]
    *_, last = pages(*items, include_quality_metrics=True)
    assert "Overall 0.5 weak: check before use" in last
    assert "Overall 0.9 very good" in last
    assert "Overall" not in "".join(pages(*items))


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_nothing_to_be_read_is_at_the_edge_of_the_paper(paper: Any) -> None:
    told = {"subject": "biology", "teacher": "M. Okafor", "school": "Lakeside"}
    items = [item(f"item-{n}", title="x" * 60, metadata=told) for n in range(20)]
    data, _ = render("pdf", items, PdfOptions(paper=paper, facing=True))
    sheet = TOKENS.papers[paper]
    for char in placed_characters(data):
        if char.matrix[0] < 100:
            assert char.x0 >= TOKENS.gaps.edge
            assert char.x1 <= sheet.width - TOKENS.gaps.edge
            assert char.y0 >= TOKENS.gaps.edge
            assert char.y1 <= sheet.height - TOKENS.gaps.edge


@pytest.mark.parametrize("cover", [True, False])
def test_what_is_of_no_unit_has_the_colour_of_most_units(*, cover: bool) -> None:
    subjects = ("history", "biology", "Biology")
    units = [
        item(f"content-{subject}", study_guide="Text.", metadata={"subject": subject})
        for subject in subjects
    ]
    data, _ = render("pdf", units, PdfOptions(cover=cover, include_metadata=True))
    size = TOKENS.types_of("standard")["back_matter"].size
    titles = {text.page: text.colour for text in painted_texts(data) if text.size == size}
    first, last = min(titles), max(titles)
    assert (first, last) == (1 + cover, 5 + cover)
    for page in (first, last):
        assert titles[page] == TOKENS.accents["biology"].dark
