"""What a reader sees: markers beside their text, code in columns, emphasis in every script."""

import io
from collections.abc import Iterator

import pikepdf
import pytest
from pdfminer.layout import LTChar

from activities.formats.fonts import find_font
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.content import Faq, Item, Outline, Section
from tests.unit.formats.pdf.placed_characters import placed_characters

pytestmark = pytest.mark.skipif(
    find_font("hebrew") is None, reason="python -m activities.formats.fonts fetches the fonts"
)

HALF = 595 / 2
AR, HE, EN = "مرحبا", "שלום", "hello"


def lines(content: Item) -> Iterator[list[LTChar]]:
    """The characters of each line, from left to right."""
    data, _ = render("pdf", [content])
    placed = [char for char in placed_characters(data) if char.get_text().strip()]
    by_line: dict[int, list[LTChar]] = {}
    for char in placed:
        by_line.setdefault(round(char.matrix[5]), []).append(char)
    for height in sorted(by_line, reverse=True):
        yield sorted(by_line[height], key=lambda char: char.x0)


def line_with(content: Item, marker: str) -> list[LTChar]:
    [found] = [line for line in lines(content) if marker in {char.get_text() for char in line}]
    return found


@pytest.mark.parametrize("language", ["en", "ar", "he"])
@pytest.mark.parametrize(("word", "from_right"), [(AR, True), (HE, True), (EN, False)])
@pytest.mark.parametrize(("source", "marker"), [("- {}", "•"), ("7. {}", "7"), ("- [x] {}", "☑")])
def test_a_marker_stands_where_its_text_begins(
    source: str, marker: str, word: str, language: str, *, from_right: bool
) -> None:
    content = item(language=language, study_guide=source.format(word))
    line = line_with(content, marker)
    # All of it is at one side of the page, and the marker is the outermost.
    assert (line[0].x0 > HALF) == from_right
    assert (line[-1].x1 > HALF) == from_right
    outermost = line[-2:] if from_right else line[:1]
    assert marker in {char.get_text() for char in outermost}


@pytest.mark.parametrize(
    "content",
    [
        item(language="ar", faqs=[Faq(AR, EN)]),
        item(language="ar", outline=Outline(sections=[Section(AR)])),
        item(study_guide=f"- {EN}\n  1. {AR}"),
    ],
)
def test_so_do_the_numbers_of_questions_sections_and_nested_lists(content: Item) -> None:
    [line] = [
        line
        for line in lines(content)
        if "1" in {char.get_text() for char in line} and len(line) > len(AR) and line[0].y0 > 60
    ]
    assert line[0].x0 > HALF


def rectangles(guide: str) -> list[tuple[float, float]]:
    """Left edge and width of each rectangle on the first page."""
    data, _ = render("pdf", [item(study_guide=guide)])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        instructions = pikepdf.parse_content_stream(pdf.pages[0])
    return [
        (float(instruction.operands[0]), float(instruction.operands[2]))
        for instruction in instructions
        if str(instruction.operator) == "re"
    ]


@pytest.mark.parametrize("mark", ["", "[!NOTE]\n> "])
def test_the_bar_of_a_quotation_stands_where_it_starts(mark: str) -> None:
    for word, at_right in ((AR, True), (EN, False)):
        [bar] = [left for left, width in rectangles(f"> {mark}{word}") if width == 3.0]
        assert (bar > HALF) == at_right


def test_wide_characters_of_code_take_two_columns() -> None:
    code = "```\nab12|x\n漢字|x\n한글|x\nｱｲｳｴ|x\n```"
    placed = [line for line in lines(item(study_guide=code)) if line[-1].get_text() == "x"]
    assert len(placed) == 4
    assert len({round(line[-1].x0, 1) for line in placed}) == 1


@pytest.mark.parametrize("word", ["强调", AR, HE, "ज़ोर", "เน้น"])
def test_emphasis_is_bold_where_a_script_has_no_italics(word: str) -> None:
    content = item(study_guide=f"{word} *{word}* {word}", language="zh")
    fonts = {char.fontname for line in lines(content) for char in line if char.get_text() in word}
    assert len(fonts) == 2
    assert sum("Bold" in font for font in fonts) == 1


def test_code_within_a_line_has_a_ground_in_every_script() -> None:
    for word in ("code", "代码", AR):
        grounds = len(rectangles(f"x `{word}` y")) - len(rectangles(f"x {word} y"))
        assert grounds == 1


def test_a_wide_table_is_divided_and_repeats_its_first_column() -> None:
    head = "|".join(["Name", *[f"Measurement{n}" for n in range(1, 24)]])
    row = "|".join(["label", *[f"international{n}" for n in range(1, 24)]])
    content = item(study_guide=f"|{head}|\n|{'---|' * 24}\n|{row}|")
    found = ["".join(char.get_text() for char in line) for line in lines(content)]
    shown = [line for line in found if line.startswith("label")]
    assert len(shown) > 1
    # No word is broken over lines.
    assert "".join(line.removeprefix("label") for line in shown) == row.replace("|", "")[5:]
    sizes = [char.matrix[0] for line in lines(content) for char in line if char.get_text() == "b"]
    assert min(sizes) > 6.99
