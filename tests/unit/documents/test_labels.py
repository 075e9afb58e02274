"""Labels and writing direction follow the language tag."""

from typing import get_args

import msgspec
import pytest

from activities.documents.book_labels import book_labels
from activities.documents.changes_page import changes_words
from activities.documents.labels import Labels, is_written_from_right, labels, language_tag
from activities.documents.quality_page import quality_words
from activities.model.options import LabelLanguage
from activities.people.languages import LANGUAGES as SPOKEN

LANGUAGES = get_args(LabelLanguage)


def test_documents_speak_every_language_of_the_pages() -> None:
    assert set(SPOKEN) <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_book_and_what_changed_have_words_of_their_own(language: str) -> None:
    for words, english in (
        (book_labels(language), book_labels("en")),
        (changes_words(language), changes_words("en")),
        (quality_words(language), quality_words("en")),
    ):
        told, known = msgspec.structs.asdict(words), msgspec.structs.asdict(english)
        assert all(word.strip() for word in told.values())
        for name, word in told.items():
            assert word.count("{}") == known[name].count("{}"), name
        assert language == "en" or told != known


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Study guide"),
        ("de-AT", "Lernleitfaden"),
        ("ZH-Hant-TW", "学习指南"),
        ("fr_CA", "Guide d’étude"),
        ("he-IL", "מדריך למידה"),
        ("fa-AF", "راهنمای مطالعه"),
        ("ur", "مطالعاتی رہنما"),
        ("sw", "Study guide"),
        ("", "Study guide"),
    ],
)
def test_labels_follow_the_primary_language(language: str, expected: str) -> None:
    assert labels(language).study_guide == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_label_in_its_own_words(language: str) -> None:
    words = msgspec.structs.asdict(labels(language))
    assert set(words) == set(Labels.__struct_fields__)
    assert all(word.strip() for word in words.values())
    if language != "en":
        english = msgspec.structs.asdict(labels("en"))
        same = {name for name in words if words[name] == english[name]}
        assert same <= {"question", "notes", "note", "important", "figure", "question_sign"}


@pytest.mark.parametrize("language", ["ar", "ar-EG", "he", "fa-IR", "ur", "az-Arab", "pa_Arab_PK"])
def test_right_to_left(language: str) -> None:
    assert is_written_from_right(language)


@pytest.mark.parametrize("language", ["en", "el", "zh-CN", "ar-Latn", "az", "", "und", "arn"])
def test_left_to_right(language: str) -> None:
    assert not is_written_from_right(language)


def test_what_is_no_language_tag_is_undetermined() -> None:
    assert language_tag("zh-Hant-TW") == "zh-Hant-TW"
    assert language_tag("zh_TW") == "zh-TW"
    for broken in ("", "e", "en us", 'en"', "en-", "toolonglanguage", "en\n"):
        assert language_tag(broken) == "und"
