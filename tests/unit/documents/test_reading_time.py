"""How long a study guide takes to read, as its title says."""

import time

import pytest

from activities.documents.reading_time import reading_minutes
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.unit.formats.pdf.structure_checker import StructureChecker

LATIN = "word " * 1000


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        (LATIN, 5),
        ("слово " * 1000, 5),
        ("كلمة " * 1000, 7),
        ("学" * 1020, 4),
        ("ก" * 1600, 2),
        (LATIN + "学" * 510, 7),
        ("word " * 200, 0),
        ("", 0),
        # What is not read is not counted.
        ("| - |\n" * 5000, 0),
        ("<p class='a b c d e f'>word</p> " * 400, 2),
        ("![a](data:image/png;base64,AAAA) " * 400, 2),
    ],
)
def test_a_text_takes_as_long_as_its_script_takes_to_read(text: str, minutes: int) -> None:
    assert reading_minutes(text, {}) == minutes


def test_what_metadata_say_counts() -> None:
    assert reading_minutes(LATIN, {"reading_minutes": 11.6}) == 12
    assert reading_minutes(LATIN, {"reading_minutes": "long"}) == 5
    assert reading_minutes(LATIN, {"reading_minutes": True}) == 5
    assert reading_minutes(LATIN, {"reading_minutes": -3}) == 0


@pytest.mark.parametrize("piece", ["<", "](", "](a", "https://", "<a"])
def test_hostile_texts_take_no_longer_to_count(piece: str) -> None:
    started = time.perf_counter()
    reading_minutes(piece * 200_000, {})
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("language", "words"), [(None, "about 5 minutes"), ("de", "etwa 5 Minuten"), ("zh", "约5分钟")]
)
def test_the_title_of_a_study_guide_says_it_in_the_words_of_the_file(
    language: str | None, words: str
) -> None:
    options = PdfOptions(language=language, include_metadata=False)  # type: ignore[arg-type]
    data, _ = render("pdf", [item(study_guide=LATIN)], options)
    assert words in _read(data)
    data, _ = render("pdf", [item(study_guide="word " * 100)], options)
    assert "5" not in _read(data)


def _read(data: bytes) -> str:
    checker = StructureChecker(data)
    assert checker.check() == []
    return " ".join(checker.reading_order().split())
