"""Flashcards to cut out: what lies behind what, and that no text is lost on the way."""

import io
from itertools import pairwise
from typing import Any, NamedTuple

import pikepdf
import pypdf
import pytest

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import Recorder, StopRequestedError, render
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    full_item,
    hostile_item,
    item,
    png,
    world_items,
)
from activities.model.content import Flashcard, Item
from activities.model.options import RenderOptions
from tests.unit.formats.pdf.structure_checker import StructureChecker, _unicode_values

CUTOUT = PdfOptions(cards="cutout")
LEARNERS = PdfOptions(cards="cutout", include_answers=False)
NOTE = "Text[^1]\n\n[^1]: The [source](https://example.org)."
SUM = f"\\frac{{{'x+' * 60}x}}{{2}}"
CARDS = [Flashcard(f"Question {n}", f"Reply {n}", tags=[f"tag {n}"]) for n in range(1, 12)]
LONG = "lengthy " * 90
ENDLESS = "endless " * 500
WIDE = "".join(f"\n|{cell * 40}" for cell in ("a|", "-|", "b|"))


class Placed(NamedTuple):
    """A stretch of text where it stands on the paper, in points."""

    text: str
    x: float
    y: float
    size: float


class Cell(NamedTuple):
    """A card between the lines to cut along."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class Pages:
    """What a reader sees on the pages, which are counted from 1."""

    def __init__(self, data: bytes) -> None:
        self.reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
        self.width = float(self.reader.pages[0].mediabox.width)
        self._pdf = pikepdf.open(io.BytesIO(data))
        self._placed = [_placed(page) for page in self._pdf.pages]

    def __len__(self) -> int:
        return len(self._placed)

    def find(self, text: str) -> tuple[int, Placed]:
        """The only place of a text: its page, and where on it."""
        (found,) = [
            (number, placed)
            for number, page in enumerate(self._placed, 1)
            for placed in page
            if placed.text == text
        ]
        return found

    def text(self, number: int) -> str:
        return " ".join(self.reader.pages[number - 1].extract_text().split())

    def cells(self, number: int) -> list[Cell]:
        """The cards of a page, row by row."""
        xs, ys = set(), set()
        for instruction in pikepdf.parse_content_stream(self._pdf.pages[number - 1]):
            if str(instruction.operator) in {"m", "l"}:
                xs.add(float(instruction.operands[0]))
                ys.add(float(instruction.operands[1]))
        return [
            Cell(left, bottom, right, top)
            for top, bottom in pairwise(sorted(ys, reverse=True))
            for left, right in pairwise(sorted(xs))
        ]

    def cell(self, number: int, placed: Placed) -> Cell:
        """The card that a text on a page of fronts stands on."""
        (found,) = [cell for cell in self.cells(number) if cell.holds(placed.x, placed.y)]
        return found


def _placed(page: pikepdf.Page) -> list[Placed]:
    """The texts of a page with what the operators around them do to their place."""
    fonts = {name: _unicode_values(font) for name, font in page.Resources.Font.items()}
    found: list[Placed] = []
    scale, dx, dy = 1.0, 0.0, 0.0
    size, x, y, leading = 0.0, 0.0, 0.0, 0.0
    font: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction.operands, str(instruction.operator)
        if operator == "cm":
            scale, dx, dy = (float(operands[index]) for index in (0, 4, 5))
        elif operator == "Q":
            scale, dx, dy = 1.0, 0.0, 0.0
        elif operator == "Tm":
            size, x, y = (float(operands[index]) for index in (0, 4, 5))
        elif operator == "TL":
            leading = float(operands[0])
        elif operator == "T*":
            y -= leading * size
        elif operator == "Tf":
            font = fonts[str(operands[0])]
        elif operator == "TJ":
            shown = b"".join(bytes(s) for s in operands[0] if isinstance(s, pikepdf.String))
            codes = zip(shown[::2], shown[1::2], strict=True)
            text = "".join(font[high << 8 | low] for high, low in codes)
            found.append(Placed(text.strip(), x * scale + dx, y * scale + dy, size * scale))
    return found


def cutouts(*items: Item, options: RenderOptions = CUTOUT) -> Pages:
    return Pages(render("pdf", items, options)[0])


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_each_back_lies_behind_its_front_when_paper_is_turned_over_its_long_edge(
    paper: Any,
) -> None:
    options = PdfOptions(cards="cutout", paper=paper)
    pages = cutouts(item(study_guide="Text", flashcards=CARDS), options=options)
    for card in range(1, 12):
        fronts, front = pages.find(f"Question {card}")
        backs, back = pages.find(f"Reply {card}")
        assert fronts % 2 == 1
        assert backs == fronts + 1
        cell = pages.cell(fronts, front)
        turned = cell._replace(left=pages.width - cell.right, right=pages.width - cell.left)
        assert turned.holds(back.x, back.y)
        assert back.x - turned.left == pytest.approx(front.x - cell.left, abs=1)


def test_numbers_are_in_the_middle_of_cards_on_both_sides() -> None:
    pages = cutouts(item(flashcards=CARDS), options=LEARNERS)
    fronts, _ = pages.find("Question 1")
    for number, cell in enumerate(pages.cells(fronts), 1):
        (front, back) = (
            placed
            for page in pages._placed[fronts - 1 : fronts + 1]
            for placed in page
            if placed.text == str(number) and cell.bottom <= placed.y <= cell.top
        )
        assert cell.holds(front.x, front.y)
        digit = 0.5 * front.size
        assert front.x + back.x + digit == pytest.approx(pages.width, abs=1)
        assert front.y == pytest.approx(back.y, abs=0.1)


def test_all_cards_of_all_sheets_are_of_one_size() -> None:
    pages = cutouts(item(flashcards=CARDS))
    sheets = [pages.find(text)[0] for text in ("Question 1", "Question 9")]
    cells = [cell for sheet in sheets for cell in pages.cells(sheet)]
    assert len(cells) == 8 + 4
    assert {(round(c.right - c.left, 1), round(c.top - c.bottom, 1)) for c in cells} == {
        (241.0, 172.5)
    }


def test_a_page_is_left_blank_only_where_fronts_would_be_on_an_even_one() -> None:
    pages = cutouts(item(flashcards=CARDS))
    assert [pages.find(f"Question {n}")[0] for n in (1, 9)] == [3, 5]
    assert len(pages) == 6
    assert "Flashcards" in pages.text(1)
    assert pages.text(2) == "Photosynthesis 2 / 6"
    several = cutouts(item("a", flashcards=CARDS[:1]), item("b", flashcards=CARDS[1:2]))
    assert [several.find(f"Question {n}")[0] for n in (1, 2)] == [3, 7]
    assert len(several) == 8


def test_cards_from_right_to_left_begin_at_the_right() -> None:
    words = [Flashcard("أول", "واحد"), Flashcard("ثان", "اثنان")]
    pages = cutouts(item(language="ar", flashcards=words), options=LEARNERS)
    (fronts,) = [number for number in range(1, len(pages) + 1) if pages.cells(number)]
    places = [{p.text: p.x for p in pages._placed[page]} for page in (fronts - 1, fronts)]
    assert places[0]["1"] > places[0]["2"]
    assert places[1]["1"] < places[1]["2"]


def test_text_shrinks_until_it_fits_its_card() -> None:
    pages = cutouts(item(flashcards=[Flashcard("Short", LONG), Flashcard(LONG, "Reply")]))
    fronts, short = pages.find("Short")
    assert short.size == pytest.approx(14.7)
    lines = [placed for placed in pages._placed[fronts - 1] if "lengthy" in placed.text]
    second = pages.cells(fronts)[1]
    assert all(second.holds(line.x, line.y) for line in lines)
    assert 7 <= lines[0].size < 10.5
    for page in (fronts, fronts + 1):
        assert pages.text(page).count("lengthy") == 90


def test_text_shrinks_rather_than_cut_a_word_in_pieces() -> None:
    word = "Vierwaldstätterseedampfschifffahrt"
    pages = cutouts(item(flashcards=[Flashcard(word, "a"), Flashcard(word * 5, "b")]))
    fronts, whole = pages.find(word)
    assert 8 < whole.size < 14.7
    # A word that is too long for any line is cut in the usual text.
    pieces = [
        p
        for p in pages._placed[fronts - 1]
        if p.x > pages.width / 2 and p.size == pytest.approx(14.7)
    ]
    assert "".join(piece.text for piece in pieces) == word * 5


def test_a_card_that_is_too_long_stands_in_a_list_and_is_reported() -> None:
    content = item(
        "content-9",
        flashcards=[
            CARDS[0],
            Flashcard(ENDLESS, "In short"),
            Flashcard(WIDE, ""),
            Flashcard("Sum", f"$${SUM}$$"),
            Flashcard(f"${SUM}$", "Sum"),
        ],
    )
    data, warnings = render("pdf", [content], CUTOUT)
    pages = Pages(data)
    [warning, formula] = warnings
    assert (formula.code, formula.count) == ("formula-too-large", 1)
    assert (warning.code, warning.item_id, warning.part, warning.count) == (
        ("card-too-long", "content-9", "flashcards", 4)
    )
    assert [place.heading for place in warning.places] == [f"Flashcards {n}" for n in (2, 3, 4)]
    fronts, _ = pages.find("Question 1")
    rest = " ".join(pages.text(number) for number in range(fronts + 2, len(pages) + 1))
    assert rest.count("endless") == 500, rest
    assert "2 endless" in rest
    assert "In short" in rest
    assert StructureChecker(data).check() == []


def test_the_learners_edition_has_room_to_write_behind_each_front() -> None:
    pages = cutouts(item(flashcards=[Flashcard("Front", "Secret")]), options=LEARNERS)
    fronts, _ = pages.find("Front")
    assert pages.text(fronts + 1) == f"1 Photosynthesis {fronts + 1} / {fronts + 1}"


def test_a_screen_reader_comes_from_each_front_to_its_back() -> None:
    data, _ = render("pdf", [item(flashcards=CARDS)], CUTOUT)
    checker = StructureChecker(data)
    assert checker.check() == []
    words = " ".join(checker.reading_order().split())
    expected = [f"{n} Question {n} Reply {n} Tags: tag {n}" for n in range(1, 12)]
    assert words.endswith(" ".join(expected))


@pytest.mark.parametrize("options", [CUTOUT, LEARNERS], ids=["usual", "learners"])
def test_difficult_cards_follow_every_rule_that_a_program_can_check(
    options: RenderOptions,
) -> None:
    picture = f"![A tall field]({data_url(png(400, 900))})\n\nWhat is it?"
    cards = [
        Flashcard(picture, NOTE),
        Flashcard("# Deep\n\n###### Deeper", "## Another\n\n> quoted\n\n- a\n- b"),
        Flashcard(NOTE, "| a | b |\n|---|---|\n| $x^2$ | y |\n\n```\ncode\n```"),
        Flashcard("", ""),
        Flashcard("$$\n\\frac{a}{b}\n$$", "\x00", tags=["only tags"]),
    ]
    items = [item("a", flashcards=cards), arabic_item(), hostile_item(), *world_items()]
    data, warnings = render("pdf", items, options)
    assert StructureChecker(data).check() == []
    assert "card-too-long" not in {warning.code for warning in warnings}
    assert render("pdf", items, options)[0] == data


def test_links_and_pictures_are_where_they_are_shown() -> None:
    cards = [
        Flashcard("Before", f"![A field]({data_url(png(40, 40))})"),
        Flashcard("[Link](https://example.org)", "Back"),
    ]
    pages = cutouts(item(flashcards=cards))
    fronts, link = pages.find("Link")
    (annotation,) = pages.reader.pages[fronts - 1].annotations or []
    left, bottom, right, top = map(float, annotation.get_object()["/Rect"])
    assert left == pytest.approx(link.x, abs=0.1)
    assert bottom < link.y < top
    assert top - bottom == pytest.approx(1.15 * link.size, abs=0.1)
    assert 1.5 * link.size < right - left < 3 * link.size
    figures = [o for o in pages._pdf.objects if _is_figure(o)]
    (box,) = [[float(edge) for edge in figure.A.BBox] for figure in figures]
    assert box[2] - box[0] == pytest.approx(40 * 0.75 * 1.4, abs=0.1)
    cell = pages.cells(fronts)[0]
    assert pages.width - cell.right < box[0] < box[2] < pages.width - cell.left


def _is_figure(pdf_object: Any) -> bool:
    return isinstance(pdf_object, pikepdf.Dictionary) and pdf_object.get("/S") == "/Figure"


def test_headings_on_cards_are_neither_bookmarks_nor_contents() -> None:
    guide = "# One\n\n# Two\n\n# Three"
    pages = cutouts(item(study_guide=guide, flashcards=[Flashcard("# On a card", "Back")]))
    assert "On a card" not in str(pages.reader.outline)
    assert "On a card" not in pages.text(1)


def test_everything_else_of_an_item_follows_on_a_new_page() -> None:
    pages = cutouts(full_item())
    backs = next(n for n in range(1, len(pages) + 1) if "The green pigment" in pages.text(n))
    assert "Reading questions" not in pages.text(backs)
    assert "Reading questions" in pages.text(backs + 1)


def test_a_render_stops_within_the_sheets_when_it_is_told_to() -> None:
    items = [item(flashcards=CARDS)]
    full = Recorder()
    render("pdf", items, CUTOUT, report=full)
    stopped = Recorder(stop_at_check=full.checks // 2)
    with pytest.raises(StopRequestedError):
        render("pdf", items, CUTOUT, report=stopped)
    assert stopped.checks == full.checks // 2
