"""The text of an exported file, read with libraries that no renderer uses."""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import jsonschema
import pypdf
import python_calamine
from docx2python import docx2python
from lxml import etree

from scripts.validation.expected import CARDS_ALONE, QUESTIONS_ALONE

_FIELDS: Final = "SELECT flds FROM notes ORDER BY id"
_PACKAGE: Final = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
_QTI: Final = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
_OPF: Final = "{http://www.idpf.org/2007/opf}"


def read_json(file: Path) -> dict[str, Any]:
    """A JSON export, checked against the published schema.

    Raises:
        ValueError: it does not match.
    """
    document: dict[str, Any] = json.loads(file.read_bytes())
    schema = json.loads((files("activities.model") / "export.schema.json").read_bytes())
    try:
        jsonschema.Draft202012Validator(schema).validate(document)
    except jsonschema.ValidationError as error:
        # The exception itself would show both the schema and the content.
        raise ValueError(f"{error.json_path}: {error.message}") from None
    return document


def read_json_lines(file: Path) -> list[Any]:
    """The items of a file of JSON lines, each checked against the schema of items.

    Raises:
        ValueError: one does not match.
    """
    items = [json.loads(line) for line in file.read_bytes().splitlines()]
    whole = json.loads((files("activities.model") / "export.schema.json").read_bytes())
    schema = {**whole["$defs"]["item"], "$defs": whole["$defs"]}
    try:
        for item in items:
            jsonschema.Draft202012Validator(schema).validate(item)
    except jsonschema.ValidationError as error:
        raise ValueError(f"{error.json_path}: {error.message}") from None
    return items


def read_csv(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV export by column name."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def _json_text(file: Path) -> str:
    return "\n".join(_strings(read_json(file)))


def _json_lines_text(file: Path) -> str:
    return "\n".join(_strings(read_json_lines(file)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    else:
        yield str(value)


def _csv_text(file: Path) -> str:
    return "\n".join(cell for row in read_csv(file) for cell in row.values())


def _pdf_text(file: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(file, strict=True).pages)


def _docx_text(file: Path) -> str:
    with docx2python(file) as document:
        return str(document.text)


def _xlsx_text(file: Path) -> str:
    workbook = python_calamine.load_workbook(str(file))
    rows = (
        row for name in workbook.sheet_names for row in workbook.get_sheet_by_name(name).to_python()
    )
    return "\n".join(str(cell) for row in rows for cell in row)


def _html_text(file: Path) -> str:
    return _text_of_page(_plain_text(file))


def _epub_text(file: Path) -> str:
    """The texts in the order of the spine, each of which is XML."""
    with ZipFile(file) as package:
        book = etree.fromstring(package.read("EPUB/package.opf"))
        names = {each.get("id"): each.get("href") for each in book.iter(f"{_OPF}item")}
        spine = [names[each.get("idref")] for each in book.iter(f"{_OPF}itemref")]
        pages = [package.read(f"EPUB/{name}") for name in spine]
    for page in pages:
        etree.fromstring(page)
    return "\n".join(_text_of_page(page.decode()) for page in pages)


def _files_of_manifest(package: ZipFile) -> list[str]:
    manifest = etree.fromstring(package.read("imsmanifest.xml"))
    names = [str(each.get("href")) for each in manifest.iter("{*}file")]
    if alone := set(names) ^ (set(package.namelist()) - {"imsmanifest.xml"}):
        raise ValueError(f"in the manifest or in the package alone: {sorted(alone)}")
    return names


def _scorm_text(file: Path) -> str:
    """The page that the manifest names, whose files are all there."""
    with ZipFile(file) as package:
        names = _files_of_manifest(package)
        [page] = [name for name in names if name.endswith(".html")]
        return _text_of_page(package.read(page).decode())


def _imscc_text(file: Path) -> str:
    """The pages in the order of the manifest, and the questions, whose markup is within XML."""
    with ZipFile(file) as package:
        names = _files_of_manifest(package)
        pages = [package.read(name).decode() for name in names if name.endswith(".html")]
        questions = [etree.fromstring(package.read(name)) for name in names if name.endswith("xml")]
    pages += [str(each.text) for root in questions for each in root.iter("{*}mattext")]
    return "\n".join(map(_text_of_page, pages))


def _text_of_page(page: str) -> str:
    """What is in elements, formulas as their TeX."""
    texts = _Texts()
    texts.feed(page)
    texts.close()
    return "".join(texts.found)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style":
            self.found.append(data)


def _anki_text(file: Path) -> str:
    """The fields of all notes, of a database that is whole."""
    with ZipFile(file) as package, closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(package.read("collection.anki2"))
        if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise ValueError("the database is damaged")
        return "\n".join(_text_of_page(fields) for (fields,) in database.execute(_FIELDS))


def _moodle_text(file: Path) -> str:
    """All texts of a question bank, most of which are markup in XML."""
    texts = etree.fromstring(file.read_bytes()).iter("text")
    return "\n".join(_text_of_page(each.text or "") for each in texts)


def _markdown_text(file: Path) -> str:
    """All notes of a folder, with their marks."""
    with ZipFile(file) as folder:
        notes = [folder.read(name) for name in folder.namelist() if name.endswith(".md")]
    return "\n".join(note.decode() for note in notes)


def _qti_text(file: Path) -> str:
    """The titles of a test and all that its questions say, by the manifest."""
    with ZipFile(file) as package:
        manifest = etree.fromstring(package.read("imsmanifest.xml"))
        names = [str(each.get("href")) for each in manifest.iter(f"{_PACKAGE}resource")]
        read = [etree.fromstring(package.read(name)) for name in names]
    titles = [str(each.get("title")) for root in read for each in root.iter(f"{_QTI}*")]
    return "\n".join([*titles, *("".join(map(str, root.itertext())) for root in read)])


def _plain_text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "strict")


TEXT_OF: Final[dict[str, Callable[[Path], str]]] = {
    "json": _json_text,
    "csv": _csv_text,
    "pdf": _pdf_text,
    "docx": _docx_text,
    "xlsx": _xlsx_text,
    "txt": _plain_text,
    "html": _html_text,
    "epub": _epub_text,
    "anki": _anki_text,
    "tsv": _plain_text,
    "moodle": _moodle_text,
    "qti": _qti_text,
    "jsonl": _json_lines_text,
    "imscc": _imscc_text,
    "markdown": _markdown_text,
    "scorm": _scorm_text,
}
"""The reader of all text in a file of each built-in format; raises when the file is broken."""

HELD_BY: Final[dict[str, frozenset[str]]] = {
    "anki": CARDS_ALONE,
    "tsv": frozenset({"flashcard"}),
    "moodle": QUESTIONS_ALONE,
    "qti": QUESTIONS_ALONE,
}
"""The pieces of content in a file of the formats that have no place for others."""
