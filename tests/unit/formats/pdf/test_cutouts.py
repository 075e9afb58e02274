"""Flashcards to cut out: what lies behind what, and that no text is lost on the way."""

import io
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
LONG = "lengthy " * 40
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
        page = self.reader.pages[number - 1].mediabox
        width, height = float(page.width) / 2, float(page.height) / 4
        return [
            Cell(column * width, (3 - row) * height, (column + 1) * width, (4 - row) * height)
            for row in range(4)
            for column in range(2)
        ]

    def cuts(self, number: int) -> set[tuple[float, float]]:
        """Where lines to cut along begin or end on a page: at its edges, and as far as they go."""
        ends: set[tuple[float, float]] = set()
        for instruction in pikepdf.parse_content_stream(self._pdf.pages[number - 1]):
            operator = str(instruction.operator)
            if operator == "m":
                x, y = (float(operand) for operand in instruction.operands)
            elif operator == "l":
                to = tuple(float(operand) for operand in instruction.operands)
                if to[0] == x or to[1] == y:
                    ends |= {(x, y), (to[0], to[1])}
        return ends

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


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_four_cuts_make_eight_cards_and_nothing_is_printed_near_one(paper: Any) -> None:
    pages = cutouts(item(flashcards=CARDS), options=PdfOptions(cards="cutout", paper=paper))
    fronts, _ = pages.find("Question 1")
    height = float(pages.reader.pages[0].mediabox.height)
    for page in (fronts, fronts + 1):
        ends = pages.cuts(page)
        for x in (0.0, pages.width):
            assert {round(y / height, 2) for at, y in ends if at == x} == {0.25, 0.5, 0.75}
        for y in (0.0, height):
            assert {round(x / pages.width, 2) for x, at in ends if abs(at - y) < 0.1} == {0.5}
        texts = [
            placed
            for placed in pages._placed[page - 1]
            for cell in pages.cells(page)
            if cell.holds(placed.x, placed.y)
            and min(placed.x - cell.left, placed.y - cell.bottom, cell.top - placed.y) < 26
        ]
        assert texts == []


def test_numbers_and_decks_are_on_both_sides() -> None:
    pages = cutouts(item(flashcards=CARDS), options=LEARNERS)
    fronts, _ = pages.find("Question 1")
    for page in (fronts, fronts + 1):
        shown = pages.text(page)
        assert shown.count("Photosynthesis") == 8
        assert all(f"{number} Photosynthesis" in shown for number in range(1, 9))
    books = cutouts(item("a", flashcards=CARDS), item("b", flashcards=CARDS[:3]))
    fronts, _ = books.find("Question 11")
    assert "1·11 " in books.text(fronts)
    assert "2·03 " in books.text(fronts)


def test_sheets_of_all_units_follow_a_page_that_says_how_to_print_them() -> None:
    pages = cutouts(
        item("a", study_guide="One", flashcards=CARDS[:3]),
        item("b", study_guide="Two", flashcards=CARDS[3:5]),
    )
    told = next(n for n in range(1, len(pages) + 1) if "long edge" in pages.text(n))
    assert "Two" in " ".join(pages.text(n) for n in range(1, told))
    fronts = {pages.find(f"Question {n}")[0] for n in range(1, 6)}
    assert len(fronts) == 1
    assert fronts == {told + 1 + told % 2}
    assert len(pages) == fronts.pop() + 1
    assert "Cards to cut out" in pages.text(2)


def test_a_file_of_cards_alone_tells_printers_how_it_is_printed() -> None:
    alone = PdfOptions(cards="cutout", parts=("flashcards",), include_metadata=False)
    pages = cutouts(
        item("a", flashcards=CARDS[:3]), item("b", flashcards=CARDS[3:5]), options=alone
    )
    assert len(pages) == 4
    preferences = pages._pdf.Root.ViewerPreferences
    assert str(preferences.Duplex) == "/DuplexFlipLongEdge"
    assert str(preferences.PrintScaling) == "/None"
    others = cutouts(item(study_guide="Text", flashcards=CARDS[:3]))
    assert "/Duplex" not in others._pdf.Root.ViewerPreferences


def test_cards_from_right_to_left_begin_at_the_right() -> None:
    words = [Flashcard("أول", "واحد"), Flashcard("ثان", "اثنان")]
    pages = cutouts(item(language="ar", flashcards=words), options=LEARNERS)
    fronts = next(n for n in range(1, len(pages) + 1) if pages.cuts(n))
    places = [{p.text: p.x for p in pages._placed[page]} for page in (fronts - 1, fronts)]
    assert places[0]["1"] > places[0]["2"]
    assert places[1]["1"] < places[1]["2"]


def test_text_shrinks_until_it_fits_its_card() -> None:
    pages = cutouts(item(flashcards=[Flashcard("Short", LONG), Flashcard(LONG, "Reply")]))
    fronts, short = pages.find("Short")
    assert short.size == pytest.approx(22)
    lines = [placed for placed in pages._placed[fronts - 1] if "lengthy" in placed.text]
    second = pages.cells(fronts)[1]
    assert all(second.holds(line.x, line.y) for line in lines)
    assert 9 <= lines[0].size < 22.5
    for page in (fronts, fronts + 1):
        assert pages.text(page).count("lengthy") == 40


def test_text_shrinks_rather_than_cut_a_word_in_pieces() -> None:
    word = "Vierwaldstätterseedampfschifffahrt"
    pages = cutouts(item(flashcards=[Flashcard(word, "a"), Flashcard(word * 5, "b")]))
    fronts, whole = pages.find(word)
    assert 8 < whole.size < 22
    # A word that is too long for any line is cut.
    second = pages.cells(fronts)[1]
    on_second = [p for p in pages._placed[fronts - 1] if second.holds(p.x, p.y)]
    assert "".join(p.text for p in on_second if p.text in word * 5) == word * 5


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
    assert pages.text(fronts + 1) == "1 Photosynthesis"


def test_a_screen_reader_comes_from_each_front_to_its_back() -> None:
    data, _ = render("pdf", [item(flashcards=CARDS)], CUTOUT)
    checker = StructureChecker(data)
    assert checker.check() == []
    words = " ".join(checker.reading_order().split())
    expected = [f"{n} Photosynthesis Question {n} Reply {n} tag {n}" for n in range(1, 12)]
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
    assert box[2] - box[0] == pytest.approx(40 * 0.75 * 16 / 10.5, abs=0.1)
    cell = pages.cells(fronts)[0]
    assert pages.width - cell.right < box[0] < box[2] < pages.width - cell.left


def _is_figure(pdf_object: Any) -> bool:
    return isinstance(pdf_object, pikepdf.Dictionary) and pdf_object.get("/S") == "/Figure"


def test_headings_on_cards_are_neither_bookmarks_nor_contents() -> None:
    guide = "# One\n\n# Two\n\n# Three"
    pages = cutouts(item(study_guide=guide, flashcards=[Flashcard("# On a card", "Back")]))
    assert "On a card" not in str(pages.reader.outline)
    assert "On a card" not in pages.text(1)


def test_everything_else_of_an_item_stands_before_the_sheets() -> None:
    pages = cutouts(full_item())
    backs = next(n for n in range(1, len(pages) + 1) if "The green pigment" in pages.text(n))
    asked = next(n for n in range(1, len(pages) + 1) if "Reading questions" in pages.text(n))
    assert asked < backs == len(pages)


def test_a_render_stops_within_the_sheets_when_it_is_told_to() -> None:
    items = [item(flashcards=CARDS)]
    full = Recorder()
    render("pdf", items, CUTOUT, report=full)
    stopped = Recorder(stop_at_check=full.checks // 2)
    with pytest.raises(StopRequestedError):
        render("pdf", items, CUTOUT, report=stopped)
    assert stopped.checks == full.checks // 2
