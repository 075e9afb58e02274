"""Pages of text as a reader sees them: numbers, tables, code, formulas, pictures."""

import pytest
from pdfminer.layout import LTChar

from activities.documents.model import MathBlock
from activities.formats.pdf.page.code_boxes import language_name
from activities.formats.pdf.page.displayed_formulas import number_of
from activities.formats.pdf.page.number_columns import behind_point, is_number
from activities.formats.testing import render
from activities.formats.testing.items import data_url, item, png
from activities.model.content import Faq, Item
from tests.unit.formats.pdf.placed_characters import placed_characters

TEXT_START = 57.0 + 102.0 + 16.0
"""Where lines of text begin on A4."""
TEXT_END = 595.28 - 56.28


def lines_of(*items: Item) -> dict[str, list[LTChar]]:
    """The characters of each line of all pages, by its text without spaces."""
    found: dict[tuple[int, float], list[LTChar]] = {}
    for char in placed_characters(render("pdf", list(items))[0]):
        if char.get_text().strip():
            place = (0, round(char.matrix[5], 1))
            found.setdefault(place, []).append(char)
    return {
        "".join(char.get_text() for char in sorted(line, key=lambda char: char.x0)): sorted(
            line, key=lambda char: char.x0
        )
        for line in found.values()
    }


def test_numbers_of_sections_stand_beside_the_text() -> None:
    lines = lines_of(item(study_guide="# First\n\nText.\n\n# Second\n\nMore."))
    for number, title in (("1", "First"), ("2", "Second")):
        line = lines[f"{number}{title}"]
        assert line[0].x0 == pytest.approx(57, abs=1)
        assert line[1].x0 == pytest.approx(TEXT_START, abs=1.5)


def test_authors_who_number_their_sections_get_no_second_number() -> None:
    lines = lines_of(item(study_guide="# 1. First\n\nText.\n\n# 2. Second\n\nMore."))
    assert "1.First" in lines
    assert "2.Second" in lines


def test_a_question_has_its_sign_beside_it() -> None:
    lines = lines_of(item(faqs=[Faq("Why?", "Because.")]))
    assert lines["Q1Why?"][0].x0 < TEXT_START - 16
    assert lines["Q1Why?"][2].x0 == pytest.approx(TEXT_START, abs=1.5)
    assert lines["Because."][0].x0 == pytest.approx(TEXT_START, abs=1.5)


def test_decimal_signs_of_a_column_stand_below_each_other() -> None:
    numbers = ["2", "12.5", "1,024.25", "0.75", "about"]
    rows = "\n".join(f"| row | {number} |" for number in numbers)
    lines = lines_of(item(study_guide=f"| a | n |\n|---|---|\n{rows}"))
    points = [
        char.x0
        for text, line in lines.items()
        for char in line
        if text.startswith("row") and char.get_text() == "."
    ]
    assert len(points) == 3
    assert max(points) - min(points) < 0.1
    [whole] = [line for text, line in lines.items() if text == "row2"]
    assert whole[-1].x1 == pytest.approx(points[0], abs=0.5)


def test_a_formula_has_the_number_of_its_author_at_the_end() -> None:
    lines = lines_of(item(study_guide="$$\nx = 1 \\tag{5.1}\n$$"))
    [line] = [line for text, line in lines.items() if text.endswith("(5.1)")]
    assert line[0].x0 == pytest.approx(TEXT_START + 18, abs=2)
    assert line[-1].x1 == pytest.approx(TEXT_END, abs=1)


def test_a_picture_says_beside_it_what_it_shows() -> None:
    lines = lines_of(item(study_guide=f"![A field]({data_url(png(200, 200))})"))
    assert lines["Figure1"][0].x0 == pytest.approx(57, abs=1)
    assert lines["Afield"][0].x0 == pytest.approx(57, abs=1)


def test_code_says_its_language_at_the_end_of_its_first_line() -> None:
    lines = lines_of(item(study_guide="```python\nprint(1)\n```"))
    assert lines["Python"][-1].x1 == pytest.approx(TEXT_END - 11, abs=1)


@pytest.mark.parametrize(
    ("language", "name"),
    [("js", "JavaScript"), ("rust", "Rust"), ("text", ""), ("", ""), ("OCaml", "OCaml")],
)
def test_languages_have_the_names_that_people_know(language: str, name: str) -> None:
    assert language_name(language) == name


@pytest.mark.parametrize(
    ("text", "tail"),
    [("12.5", ".5"), ("1,024", ""), ("1,5 kg", ",5 kg"), ("78 %", " %"), ("−3", ""), ("٣٫٥", "٫٥")],
)
def test_numbers_are_known_with_signs_and_units(text: str, tail: str) -> None:
    assert is_number(text)
    assert behind_point(text) == tail


@pytest.mark.parametrize("text", ["", "about 26", "2024 was a year", "v1", "1" * 60])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert not is_number(text)


def test_formulas_of_several_lines_keep_their_own_numbers() -> None:
    lines = r"\begin{align} a &= b \tag{1} \\ c &= d \end{align}"
    assert number_of(MathBlock(lines)).tex == lines
    labelled = number_of(MathBlock(r"a = b \label{eq:one}"))
    assert labelled.is_counted
    assert "label" not in labelled.tex
