"""The colour of a unit by its subject, whatever language its metadata are in."""

import pytest

from activities.documents.design.subjects import accent_of, most_frequent


@pytest.mark.parametrize(
    ("subject", "accent"),
    [
        ("Mathematics", "mathematics"),
        ("Mathe", "mathematics"),
        ("Física", "physics"),
        ("SVT", "biology"),
        ("Χημεία", "chemistry"),
        ("علم الأحياء", "biology"),
        ("היסטוריה", "history"),
        ("جغرافیا", "geography"),
        ("ریاضی", "mathematics"),
        ("भौतिक विज्ञान", "physics"),
        ("高中物理", "physics"),
        ("computer science", "computing"),
    ],
)
def test_a_subject_has_its_colour_in_every_language(subject: str, accent: str) -> None:
    assert accent_of(subject) == accent


@pytest.mark.parametrize(
    ("subject", "accent"),
    [
        ("civics and arts", "civics"),
        ("Grade 9 Biology", "biology"),
        ("language arts", "languages"),
        ("  ART\n", "arts"),
        (["sport", "history"], "history"),
    ],
)
def test_of_several_words_the_first_known_counts(subject: object, accent: str) -> None:
    assert accent_of(subject) == accent


@pytest.mark.parametrize("subject", ["", "Sport", "partial", "mathex", None, 3, [], "x" * 9])
def test_what_is_not_known_has_the_default_colour(subject: object) -> None:
    assert accent_of(subject) == "default"


def test_a_file_has_the_colour_of_most_of_its_units() -> None:
    assert most_frequent(["arts", "history", "history"]) == "history"
    assert most_frequent(["arts", "history"]) == "arts"
    assert most_frequent([]) == "default"
