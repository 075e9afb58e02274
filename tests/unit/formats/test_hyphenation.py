"""Words are divided where their language divides them, if that is asked for, and read whole."""

import io
import re
import unicodedata
import zipfile

import pypdf
import pytest

from activities.documents.segmentation import SOFT_HYPHEN
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.formats.txt.declaration import TxtOptions
from activities.model.options import PageOptions

WORD = "Donaudampfschifffahrtsgesellschaft"
TEXT = f"Eine {WORD} ist außergewöhnlich. " * 12
GUIDES = {
    "plain": TEXT,
    "styled": f"**Fett** {TEXT}",
    "mixed": f"Wort שלום {TEXT}",
    "narrow": "| a | b | c | d | e | f |\n|---|---|---|---|---|---|\n|" + f" {WORD} |" * 6,
}


def pdf_lines(guide: str, language: str = "de", *, hyphenate: bool = True) -> list[str]:
    content = item(title="A", language=language, study_guide=guide)
    data, warnings = render("pdf", [content], PdfOptions(hyphenate=hyphenate))
    assert warnings == []
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines()]


def txt_lines(guide: str, language: str = "de", *, hyphenate: bool = True) -> list[str]:
    content = item(title="A", language=language, study_guide=guide)
    data, _ = render("txt", [content], TxtOptions(hyphenate=hyphenate))
    return data.decode().splitlines()


@pytest.mark.parametrize("kind", GUIDES)
def test_words_of_a_pdf_are_divided_with_hyphens_that_nobody_copies(kind: str) -> None:
    lines = pdf_lines(GUIDES[kind])
    text = "\n".join(lines)
    # Soft hyphens end lines, and stand nowhere else.
    assert f"{SOFT_HYPHEN}\n" in text
    assert re.search(f"{SOFT_HYPHEN}(?!\n)", text) is None
    whole = text.replace(f"{SOFT_HYPHEN}\n", "").replace("\n", " ")
    assert whole.count(WORD) == (6 if kind == "narrow" else 12)


def test_lines_with_hyphens_are_no_wider_than_others() -> None:
    plain = max(len(line) for line in pdf_lines(TEXT, hyphenate=False))
    assert max(len(line) for line in pdf_lines(TEXT)) <= plain + 12
    assert max(map(len, txt_lines(TEXT))) == 80


def test_words_of_text_are_divided_with_hyphens() -> None:
    text = "\n".join(txt_lines(TEXT))
    assert SOFT_HYPHEN not in text
    assert re.search(r"\w-\n\w", text)
    assert re.sub(r"-\n", "", text).replace("\n", " ").count(WORD) == 12


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("hu", "asszonnyal hosszúság könnyebben összeggel megfontolandó"),
        ("de", unicodedata.normalize("NFD", "Ausländerbehörde Städtebauordnung")),
        ("ru", "электри\u0301чество фотоси\u0301нтезирующий"),
        ("ca", "col·legial intel·ligència"),
    ],
)
def test_words_keep_their_letters(language: str, words: str) -> None:
    text = "".join(pdf_lines(f"{words} a " * 60, language)).replace(" ", "")
    assert text.replace(SOFT_HYPHEN, "").count(f"{''.join(words.split())}a") == 60


@pytest.mark.parametrize(
    ("language", "word", "divided"),
    [
        ("de", "Ausländerbehörde", "Aus-län-der-be-hörde"),
        ("cs", "nejdůležitější", "nej-dů-le-ži-tější"),
        ("ru", "электри\u0301чество", "элек-три\u0301-че-ство"),
    ],
)
def test_marks_change_nothing_of_where_words_are_divided(
    language: str, word: str, divided: str
) -> None:
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, f"{word} " * 200)
        found = "\n".join(txt_lines(text, language))
        ends = set(re.findall(r"(\S+)-\n", unicodedata.normalize("NFC", found)))
        parts = divided.split("-")
        whole = {"-".join(parts[:count]).replace("-", "") for count in range(1, len(parts))}
        assert ends
        assert ends <= whole


@pytest.mark.parametrize("language", ["ja", "und", "xx"])
def test_without_patterns_nothing_is_divided(language: str) -> None:
    assert not any(line.endswith(SOFT_HYPHEN) for line in pdf_lines(TEXT, language))
    assert not any(line.endswith("-") for line in txt_lines(TEXT, language)[6:])


def test_nothing_is_divided_unless_it_is_asked_for() -> None:
    assert not any(line.endswith(SOFT_HYPHEN) for line in pdf_lines(TEXT, hyphenate=False))
    assert not any(line.endswith("-") for line in txt_lines(TEXT, hyphenate=False)[6:])


def test_addresses_and_code_stay_whole() -> None:
    guide = f"`{WORD}` https://example.org/{WORD.lower()} {WORD.lower()}.txt " * 6
    text = "\n".join(txt_lines(guide))
    assert "-\n" not in text.replace("---", "")
    assert text.count(WORD) == 6


def test_cells_that_fit_are_aligned_as_they_are_seen() -> None:
    guide = "| Wort | Ort |\n|---|---|\n| Verantwortung | Mitarbeiter |"
    assert "Verantwortung | Mitarbeiter" in txt_lines(guide)


@pytest.mark.parametrize(("hyphenate", "value"), [(True, b"1"), (False, b"0")])
def test_word_is_told_to_divide_words(hyphenate: bool, value: bytes) -> None:
    data, _ = render("docx", [item(study_guide=TEXT)], PageOptions(hyphenate=hyphenate))
    settings = zipfile.ZipFile(io.BytesIO(data)).read("word/settings.xml")
    assert b'<w:autoHyphenation w:val="' + value + b'"/>' in settings
    body = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert SOFT_HYPHEN not in body
