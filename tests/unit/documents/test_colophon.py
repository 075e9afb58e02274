"""What metadata say is told in words, in every language of labels, and nothing of it is lost."""

import string
import subprocess
import sys
from typing import get_args

import msgspec
import pytest

from activities.documents.book_labels import BookLabels, book_labels
from activities.documents.colophon import about, grade, readable_name, shared
from activities.documents.model import Fact, Facts
from activities.model.options import LabelLanguage

LANGUAGES = get_args(LabelLanguage)
ENGLISH = book_labels("en")


def facts(**values: Fact) -> Facts:
    return Facts("metadata", tuple(sorted(values.items())))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_and_names_what_it_speaks_of(language: str) -> None:
    words = msgspec.structs.asdict(book_labels(language))
    english = msgspec.structs.asdict(ENGLISH)
    assert set(words) == set(BookLabels.__struct_fields__)
    for name, word in words.items():
        assert word.strip()
        assert word.count("{}") == english[name].count("{}"), name
    if language != "en":
        assert [name for name in words if words[name] == english[name]] == []


def test_metadata_are_told_in_words() -> None:
    told = about(
        facts(
            target_audience="Grade 9",
            subject="biology",
            reading_minutes=2.7,
            teacher="M. Okafor",
            model="course-writer-3",
            reviewed=True,
            licence="CC BY 4.0",
        ),
        ENGLISH,
    )
    assert dict(told.lines) == {
        "For": "Grade 9 · biology · about 3 minutes of reading",
        "Made by": "M. Okafor",
        "How it was written": "The texts were drafted by an AI system (course-writer-3). "
        "Checked by a person.",
        "You may": "CC BY 4.0",
    }
    assert told.others == ()


def test_what_there_are_no_words_for_is_told_as_it_is_but_nulls() -> None:
    told = about(
        facts(
            reviewer_note=None,
            nothing=(None, None),
            lesson_code="B-12",
            keywords=("a", "b"),
            reading_minutes="a while",
            reviewed="on Monday",
            open=False,
        ),
        ENGLISH,
    )
    assert told.lines == ()
    assert dict(told.others) == {
        "Lesson code": "B-12",
        "Keywords": "a, b",
        "Reading minutes": "a while",
        "Reviewed": "on Monday",
        "Open": "✗",
    }


def test_common_names_are_in_the_words_of_the_language_and_others_as_they_are() -> None:
    told = about(facts(keywords="a", Prerequisites="b", lesson_code="c"), book_labels("de"))
    assert {line.name for line in told.others} == {
        "Schlagwörter",
        "Voraussetzungen",
        "Lesson code",
    }


def test_a_name_without_letters_is_still_shown() -> None:
    assert [readable_name(name) for name in ("", "_", "a__b ")] == ["–", "–", "A b"]


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (1.0, "very good"),
        (0.9, "very good"),
        (0.89, "good"),
        (0.79, "fair: read before use"),
        (0.59, "weak: check before use"),
        (0, "weak: check before use"),
        (1.01, ""),
        (-0.1, ""),
        (True, ""),
        ("0.9", ""),
    ],
)
def test_scores_have_words(value: Fact, word: str) -> None:
    assert grade(value, ENGLISH) == word


def test_only_what_all_items_say_is_said_of_the_whole() -> None:
    one, other = (
        facts(subject="biology", grade="9", teacher="A"),
        facts(subject="biology", grade="8"),
    )
    told = shared([one, other])
    assert told.subject == "Biology"
    assert (told.grade, told.teacher) == ("", "")
    assert shared([one, None]).subject == ""


_DAYS = """
from datetime import UTC, datetime
from activities.documents.colophon import shown_day
for language in ("en", "de", "ar"):
    print(*{shown_day(datetime(2026, 9, 18, hour, tzinfo=UTC), language) for hour in (0, 23)})
"""


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_the_same_in_every_zone(zone: str) -> None:
    # In a process of its own: libraries ask for the zone once.
    shown = subprocess.run(
        [sys.executable, "-c", _DAYS], env={"TZ": zone}, check=True, capture_output=True, text=True
    )
    english, german, arabic = shown.stdout.splitlines()
    assert (english, german) == ("18 September 2026", "18. September 2026")
    assert not set(arabic) & set(string.ascii_letters)
