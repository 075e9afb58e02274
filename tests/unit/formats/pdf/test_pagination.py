"""Nothing is torn apart where a page ends: headings, cards, questions, lists, tables, code."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2 as pdfium
import pytest

from activities.documents.design.tokens import LookName
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import data_url, item, png
from activities.model.content import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
)
from scripts.benchmarks.corpus import corpus
from tests.unit.formats.pdf.paginated import Element, PaginatedFile

DEMO = Path(__file__).parents[4] / "scripts" / "demo" / "teacher-1.jsonl"
LARGE = 240.0
"""Points: what is higher takes more than two fifths of a page, up to which everything with a rule
stays whole.
"""
HEADINGS = ("H2", "H3", "H4", "H5", "H6")
LAYOUTS = {
    "plain": PdfOptions(),
    "letter": PdfOptions(paper="letter", include_quality_metrics=True),
    "learner": PdfOptions(include_answers=False),
    "large": PdfOptions(look="large"),
}


def torn(file: PaginatedFile) -> list[str]:
    """What a reader would find torn apart."""
    found = [*stranded(file), *short_pages(file)]
    for element in file.elements:
        pages = element.pages
        if len(pages) < 2:
            continue
        lines = [sum(place.page == page for place in element.places) for page in pages]
        top = max(place.height for place in element.places if place.page == pages[0])
        if top == file.first_on(pages[0]) or not keeps(element, lines):
            continue
        found.append(f"{element.tag} of {lines} lines is divided on page {pages[0] + 1}")
    return found


def keeps(element: Element, lines: list[int]) -> bool:
    """Whether an element of so many lines on each page should not have been divided so."""
    ends = min(lines[0], lines[-1])
    if element.tag == "Code":
        return sum(lines) <= 14 or ends < 4
    if element.tag in {"TR", "Div"}:
        return sum(element.height_on(page) for page in element.pages) < LARGE
    if element.tag in {"P", "LBody"} and "Code" not in element.within:
        return element.is_text and (sum(lines) <= 3 or ends < 2)
    return False


def stranded(file: PaginatedFile) -> Iterator[str]:
    """Headings, and texts that announce something, without it."""
    leaves = [element for element in file.elements if element.is_leaf and element.places]
    for before, after in pairwise(leaves):
        if before.tag in HEADINGS and before.pages[-1] != after.pages[0]:
            yield f"{before.tag} is the last on page {before.pages[-1] + 1}"


def short_pages(file: PaginatedFile) -> Iterator[str]:
    """Last pages of units of several pages with fewer than five lines."""
    contents = {
        place for element in file.elements if element.tag == "TOC" for place in element.places
    }
    for element in file.elements:
        if element.tag != "Sect" or element.within != ("Document",) or element.places & contents:
            continue
        first, last = element.pages[0], element.pages[-1]
        if first != last and file.lines_on(last) < 5:
            yield f"page {last + 1} has {file.lines_on(last)} lines"


def demo_items() -> list[Item]:
    return [msgspec.json.decode(line, type=Item) for line in DEMO.read_bytes().splitlines()]


def made_up(seed: int) -> Item:
    """An item of blocks of all kinds and sizes in any order."""
    chance = random.Random(seed)

    def words(most: int) -> str:
        return " ".join(["word" * chance.randint(1, 3) for _ in range(chance.randint(3, most))])

    def listing() -> str:
        return "\n".join(f"- {words(70)}" for _ in range(chance.randint(1, 9)))

    def table() -> str:
        rows = [f"| {words(4)} | {words(30)} |" for _ in range(chance.randint(1, 20))]
        return "\n".join(["| a | b |", "|---|---|", *rows])

    def block() -> str:
        lines = chance.randint(1, 24)
        kinds = [
            words(150),
            words(20) + ":\n\n" + listing(),
            words(40) + "\n\n$$\n\\frac{a}{b} = c\n$$",
            f"{'#' * chance.randint(2, 4)} {words(5)}\n\n{words(60)}",
            f"### {words(5)}\n\n{table()}",
            table(),
            "```\n" + "\n".join(f"line {n}" for n in range(lines)) + "\n```",
            "> [!NOTE]\n> " + words(300),
            f"![{words(5)}]({data_url(png(chance.randint(100, 500), chance.randint(100, 600)))})",
        ]
        return chance.choice(kinds)

    return item(
        f"made-up-{seed}",
        study_guide="\n\n".join(block() for _ in range(25)),
        faqs=[Faq(question=words(20), answer=words(200)) for _ in range(8)],
        flashcards=[Flashcard(front=words(20), back=words(80), tags=["tag"]) for _ in range(12)],
        reading_guide_questions=[
            ReadingQuestion(question=words(30), answer=chance.choice([None, words(200)]))
            for _ in range(9)
        ],
    )


def paginated(items: list[Item], options: PdfOptions) -> PaginatedFile:
    return PaginatedFile(render("pdf", items, options)[0])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_of_the_demo_content_is_torn(layout: str) -> None:
    assert torn(paginated(demo_items()[:8], LAYOUTS[layout])) == []


def test_nothing_of_eight_long_items_is_torn() -> None:
    assert torn(paginated(list(corpus(8)), PdfOptions())) == []


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_of_a_hundred_long_items_is_torn(layout: str) -> None:
    assert torn(paginated(list(corpus(100)), LAYOUTS[layout])) == []


@pytest.mark.parametrize("seed", range(6))
def test_nothing_of_what_was_made_up_is_torn(seed: int) -> None:
    assert torn(paginated([made_up(seed)], LAYOUTS[sorted(LAYOUTS)[seed % len(LAYOUTS)]])) == []


def test_no_card_is_alone_on_the_page_before_a_worksheet() -> None:
    file = paginated(demo_items()[2:3], PdfOptions(answers="key", cover=True))
    rows = Counter(
        page for element in file.elements if element.tag == "TR" for page in element.pages
    )
    assert rows[max(rows) - 1] > 1


@pytest.mark.parametrize("look", ["standard", "dyslexia"])
@pytest.mark.parametrize("lines", range(22, 32, 3))
def test_headings_stand_with_the_headings_below_them(lines: int, look: LookName) -> None:
    headings = [f"{'#' * level} {'A title of several lines ' * 8}" for level in (2, 5, 6)]
    guide = "\n\n".join([*["A line."] * lines, *headings, "A paragraph of text. " * 40])
    file = paginated([item(study_guide=guide)], PdfOptions(look=look))
    assert list(stranded(file)) == []


TOPIC = "Light and water in the leaf"


def outlined(sections: int, **fields: Any) -> list[Item]:
    listed = [Section(f"{TOPIC} {number}") for number in range(sections)]
    return [item(outline=Outline("What it is about.", listed), **fields)]


def asked(count: int) -> list[Item]:
    answers = ["Because of light. " * (number * 7 % 5 + 1) for number in range(count)]
    questions = [ReadingQuestion(f"Why {n}?", answer) for n, answer in enumerate(answers)]
    return [item(reading_guide_questions=questions)]


def termed(count: int) -> list[Item]:
    meanings = ["What it means in short. " * (number % 3 + 1) for number in range(count)]
    cards = [Flashcard(f"{chr(65 + n % 26)}term{n}", meaning) for n, meaning in enumerate(meanings)]
    return [item("a", flashcards=cards), item("b", flashcards=cards)]


def described(count: int) -> list[Item]:
    metadata = {f"key{number}": f"value {number}" for number in range(count)}
    return [item("a", study_guide="Text.", metadata=metadata), item("b", study_guide="Text.")]


def measured(count: int) -> list[Item]:
    metrics = {"overall": 0.5, "readability": 0.8}
    return [item(f"c-{n}", study_guide="Text.", quality_metrics=metrics) for n in range(count)]


def carded(count: int) -> list[Item]:
    return [item(flashcards=[Flashcard(f"Front {n}", "A back.") for n in range(count)])]


SHORT: dict[str, tuple[Callable[[int], list[Item]], Iterable[int], PdfOptions]] = {
    "outline": (outlined, range(20, 27), PdfOptions(cover=False)),
    "outline and text": (partial(outlined, study_guide="A line."), range(19, 23), PdfOptions()),
    "large outline": (outlined, range(14, 17), PdfOptions(look="large")),
    "key": (asked, range(52, 57), PdfOptions(answers="key")),
    "large key": (asked, range(13, 18), PdfOptions(answers="key", look="large")),
    "glossary": (termed, (14, 66, 82), PdfOptions(glossary=True)),
    "large glossary": (termed, (38, 78), PdfOptions(glossary=True, look="large")),
    "colophon": (described, range(26, 34), PdfOptions()),
    "quality": (measured, range(3, 18), PdfOptions(include_quality_metrics=True)),
    "cards": (carded, range(15, 20), PdfOptions()),
}


def last_lines(page: Any) -> int:
    """How many lines of text a page has between its head and its foot."""
    _, height = page.get_size()
    text = page.get_textpage()
    boxes = [text.get_rect(number) for number in range(text.count_rects())]
    levels = sorted(box[1] for box in boxes if box[1] > 50 and box[3] < height - 60)
    return sum(above - below > 4 for below, above in pairwise([-9.0, *levels]))


@pytest.mark.parametrize("kind", SHORT)
def test_nothing_at_the_end_of_a_file_leaves_a_page_of_a_few_lines(kind: str) -> None:
    content, counts, options = SHORT[kind]
    options = msgspec.structs.replace(options, include_metadata=kind == "colophon")
    for count in counts:
        with pdfium.PdfDocument(render("pdf", content(count), options)[0]) as pdf:
            assert len(pdf) == 1 or last_lines(pdf[len(pdf) - 1]) >= 5, count


def test_contents_do_not_end_on_a_page_of_a_few_lines() -> None:
    for count in (32, 33):
        items = [item(f"c-{n}", title=f"Unit {n}", study_guide="Text.") for n in range(count)]
        options = PdfOptions(include_metadata=False)
        with pdfium.PdfDocument(render("pdf", items, options)[0]) as pdf:
            assert len(pdf) == count + 3
            assert last_lines(pdf[2]) >= 5, count
