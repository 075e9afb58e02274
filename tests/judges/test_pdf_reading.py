"""The readers that people have find the words of a PDF, in every script."""

import json
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final
from unicodedata import normalize

import pikepdf
import pypdfium2
import pytest

from activities.formats.fonts import font_directory
from activities.formats.testing import render
from activities.formats.testing.items import item
from tests.judges.conformance import Conformance, Judge
from tests.judges.tools import (
    HERE,
    npm_packages,
    npm_version,
    python_programs,
    python_version,
    run,
)
from tests.unit.formats.pdf.test_searching import WORDS, times_found

pytestmark = pytest.mark.judges

Texts = Mapping[str, str]
Reader = Callable[[Mapping[str, Path]], Texts]
_TIMES: Final = 3
_ASKED_FOR: Final = "words are found and copied as they are written"


def pdf_js(files: Mapping[str, Path]) -> Texts:
    """By Firefox's reader."""
    package = npm_packages() / "pdfjs-dist"
    return _texts(
        files, run(["node", HERE / "pdf_text.mjs", package, *files.values()], HERE).stdout
    )


def mupdf(files: Mapping[str, Path]) -> Texts:
    """By MuPDF."""
    command = [python_programs() / "python", HERE / "pdf_text.py", *files.values()]
    return _texts(files, run(command, HERE).stdout)


def poppler(files: Mapping[str, Path]) -> Texts:
    """By Poppler, the reader of Linux desktops."""
    return {name: run(["pdftotext", path, "-"], HERE).stdout for name, path in files.items()}


def pdfium(files: Mapping[str, Path]) -> Texts:
    """By Chrome's reader."""
    found = {}
    for name, path in files.items():
        with pypdfium2.PdfDocument(path) as pdf:
            found[name] = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    return found


def _texts(files: Mapping[str, Path], told: str) -> Texts:
    texts = json.loads(told)
    return {name: texts[str(path)] for name, path in files.items()}


def _poppler_version() -> str:
    return run(["pdftotext", "-v"], HERE).stderr.split()[2]


READERS: Final[Mapping[Reader, Callable[[], Judge]]] = {
    pdfium: lambda: Judge("pdfium (Chrome)", version("pypdfium2"), _ASKED_FOR),
    pdf_js: lambda: Judge("pdf.js (Firefox)", npm_version("pdfjs-dist"), _ASKED_FOR),
    mupdf: lambda: Judge("MuPDF", python_version("pymupdf"), _ASKED_FOR),
    poppler: lambda: Judge("Poppler", _poppler_version(), _ASKED_FOR),
}
EXCEPTIONS: Final[Mapping[Reader, Mapping[str, str]]] = {
    pdf_js: {
        word: "the reader leaves out format characters, here U+200C, of all files"
        for word in WORDS["fa"].split()
        if "\u200c" in word
    },
    poppler: dict.fromkeys(
        ("תַּלְמִיד", "בְּרֵאשִׁית"),
        "the reader takes two marks on the first letter of a word for a word of their own",
    ),
}
"""Words that a reader does not find, and why."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The words of each language, three times, in a PDF each."""
    directory = tmp_path_factory.mktemp("words")
    return {language: _made(directory, language) for language in WORDS}


def _made(directory: Path, language: str) -> Path:
    data, _ = render("pdf", [item(language=language, study_guide=_guide(language))])
    path = directory / f"{language}.pdf"
    path.write_bytes(data)
    return path


def _guide(language: str) -> str:
    words = WORDS[language].split()
    return "\n\n".join([" ".join(words), " ".join(reversed(words)), *words])


def _missed(texts: Texts) -> Iterable[str]:
    for language, text in texts.items():
        plain = normalize("NFKC", text)
        for word in WORDS[language].split():
            if plain.count(normalize("NFKC", word)) < _TIMES:
                yield word
        if "\u200b" in text:
            yield f"U+200B in {language}"


@pytest.mark.parametrize("reader", READERS)
def test_readers_find_all_words(
    reader: Reader, files: dict[str, Path], conformance: Conformance
) -> None:
    judge, exceptions = READERS[reader](), EXCEPTIONS.get(reader, {})
    missed = set(_missed(reader(files)))
    count = sum(len(words.split()) for words in WORDS.values())
    conformance.judged(judge, f"words in {len(WORDS)} languages", count, missed - exceptions.keys())
    conformance.excepted(judge, exceptions)
    assert missed == exceptions.keys()


@pytest.mark.parametrize("reader", READERS)
def test_a_letter_that_tells_more_is_found(
    reader: Reader, files: dict[str, Path], tmp_path: Path, conformance: Conformance
) -> None:
    damaged = tmp_path / "damaged.pdf"
    with pikepdf.open(files["en"]) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each:
                told = each.ToUnicode.read_bytes()
                each.ToUnicode.write(told.replace(b"<0066>\n", b"<0066200B>\n"))
        pdf.save(damaged)
    assert "cafe\u0301" in _missed(reader({"en": damaged}))
    conformance.planted(READERS[reader]())


def test_chrome_finds_at_least_what_it_finds_in_files_of_typst(
    files: dict[str, Path], tmp_path: Path
) -> None:
    told = json.dumps({language: _guide(language) for language in WORDS})
    command = [python_programs() / "python", HERE / "typeset.py", font_directory(), tmp_path]
    done = run(command, tmp_path, told=told)
    assert done.returncode == 0, done.stderr
    for language, path in files.items():
        ours = times_found(path.read_bytes(), language)
        theirs = times_found((tmp_path / f"{language}.pdf").read_bytes(), language)
        assert {word for word, times in theirs.items() if times >= _TIMES} <= {
            word for word, times in ours.items() if times >= _TIMES
        }
