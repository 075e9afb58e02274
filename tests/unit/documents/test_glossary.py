"""Which cards explain a term, and in which order terms stand."""

import pytest

from activities.documents.build import build
from activities.documents.glossary import Term, terms_of
from activities.documents.plain import plain_runs
from activities.formats.testing import Recorder
from activities.formats.testing.items import item
from activities.model.content import Flashcard
from activities.model.options import DocumentOptions


def terms(*fronts: str, language: str = "en", back: str = "Meaning") -> list[Term]:
    cards = [Flashcard(front, back) for front in fronts]
    content = item(language=language, flashcards=cards)
    return terms_of(build(content, DocumentOptions(), Recorder()))


def ordered(*fronts: str, language: str) -> list[tuple[str, str]]:
    found = sorted(terms(*fronts, language=language), key=lambda term: term.order)
    return [(plain_runs(term.name), term.letter) for term in found]


@pytest.mark.parametrize(
    "front",
    [
        "What is it?",
        "¿Qué es?",
        "ما هو؟",
        "one two three four five six",
        "$x^2$",
        "- a\n- b",
        "42",
        "",
    ],
)
def test_what_is_no_term_is_left_out(front: str) -> None:
    assert terms(front) == []


def test_a_term_needs_a_meaning_and_letters_that_have_an_order() -> None:
    assert len(terms("Final electron acceptor of respiration", "*Stroma*", "CO$_2$")) == 3
    assert terms("Stroma", back="") == []
    assert terms("细胞", language="zh-Hans") == []


@pytest.mark.parametrize(
    ("language", "words", "letters"),
    [
        ("en", ["atom", "Élan", "energy", "zinc"], "AEEZ"),
        ("de", ["Apfel", "Äquator", "Atom", "Öl", "Ozon"], "AAAOO"),
        ("es", ["nube", "núcleo", "ñandú", "oro"], "NNÑO"),
        ("fr", ["eau", "école", "œuf", "os"], "EEŒO"),
        ("el", ["άτομο", "βάση", "ύλη", "ώσμωση"], "ΑΒΥΩ"),
        ("ar", ["أيون", "بنية", "ذرة"], "ابذ"),
        ("fa", ["آب", "باران", "پدر", "تاب", "گاز", "لیوان"], "آبپتگل"),
        ("he", ["אטום", "בסיס", "תא"], "אבת"),
        ("hi", ["अणु", "ऊर्जा", "कोशिका", "परमाणु"], "अऊकप"),
    ],
)
def test_terms_stand_as_the_alphabet_of_their_language_has_them(
    language: str, words: list[str], letters: str
) -> None:
    expected = list(zip(words, letters, strict=True))
    if language == "fr":
        # A ligature stands as the letters that it is of.
        expected = [("eau", "E"), ("école", "E"), ("œuf", "O"), ("os", "O")]
    assert ordered(*reversed(words), language=language) == expected
