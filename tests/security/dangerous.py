"""Finds what a file must not hold: formulas, scripts, odd links, outside parts."""

import base64
import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import openpyxl
import pikepdf
from lxml import etree, html
from markdown_it import MarkdownIt

from scripts.benchmarks.formula_cells import formula_cells

_SAFE_SCHEMES = {"http", "https", "mailto"}
_ACTIVE_IN_PDF = {
    "/JavaScript",
    "/JS",
    "/Launch",
    "/GoToR",
    "/GoToE",
    "/SubmitForm",
    "/ImportData",
    "/EmbeddedFile",
    "/RichMedia",
    "/AA",
    "/XFA",
}
_ACTIVE_IN_WORD = {"object", "OLEObject", "altChunk", "fldSimple", "attachedTemplate", "ddeLink"}
_HARMLESS_FIELDS = {"TOC", "PAGE", "NUMPAGES", "PAGEREF", "HYPERLINK", "STYLEREF"}
_ACTIVE_IN_PAGES = {"iframe", "object", "embed", "applet", "base", "form", "foreignObject", "frame"}
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\r\n]")
_TERMINAL = re.compile("[\x00-\x08\x0b-\x1f]")


def _in_csv(data: bytes) -> Iterator[str]:
    for cell in formula_cells(data):
        yield f"formula {cell}"


def _in_xlsx(data: bytes) -> Iterator[str]:
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type in {"f", "e"}:
                    yield f"{cell.coordinate}: {cell.value!r}"
    yield from _in_package(data)


def _in_docx(data: bytes) -> Iterator[str]:
    yield from _in_package(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        tree = etree.fromstring(archive.read("word/document.xml"))
    for element in tree.iter(etree.Element):
        name = etree.QName(element).localname
        if name in _ACTIVE_IN_WORD:
            yield name
        if name == "instrText" and (element.text or "").split()[0] not in _HARMLESS_FIELDS:
            yield f"field {element.text!r}"


def _in_package(data: bytes) -> Iterator[str]:
    """The dangers in an OPC package: parts that are no XML, macros, and relationships that lead
    outside.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if (broken := archive.testzip()) is not None:
            yield f"broken {broken}"
        for name in archive.namelist():
            if name.endswith(".bin") or ".." in name or name.startswith("/"):
                yield name
            if not name.endswith((".xml", ".rels")):
                continue
            content = archive.read(name)
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                yield f"{name}: DOCTYPE"
            for element in etree.fromstring(content, parser).iter(etree.Element):
                target = element.get("Target")
                if element.get("TargetMode") == "External" and not _is_safe(target or ""):
                    yield f"link to {target!r}"


def _in_pdf(data: bytes) -> Iterator[str]:
    with pikepdf.open(io.BytesIO(data)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                for key, value in thing.items():
                    if key in _ACTIVE_IN_PDF or (key == "/S" and str(value) in _ACTIVE_IN_PDF):
                        yield f"{key} {value!r}"
                    if key == "/URI" and not _is_safe(str(value)):
                        yield f"link to {value!r}"
                    if key == "/A" and "/URI" in value and not _is_safe(str(value["/URI"])):
                        yield f"link to {value!r}"


def _in_txt(data: bytes) -> Iterator[str]:
    yield from map(repr, _TERMINAL.findall(data.decode()))


def _in_page(data: bytes, script: bytes = b"") -> Iterator[str]:
    """The dangers in a page or a text of HTML, but for the one script that its format has."""
    for element in html.fromstring(data).iter(etree.Element):
        name = str(element.tag).rpartition("}")[2]
        if name == "script" and (element.text or "").strip().encode() not in script.strip():
            yield f"script {element.text!r}"
        if name in _ACTIVE_IN_PAGES:
            yield name
        for attribute, value in ((str(key), str(told)) for key, told in element.items()):
            shown = attribute.rpartition("}")[2].lower()
            if shown.startswith("on") or shown in {"style", "srcdoc", "formaction", "action"}:
                yield f"{name} {attribute}={value!r}"
            if shown == "href" and not _leads_inside(value) and not _is_safe(value):
                yield f"link to {value!r}"
            if shown in {"src", "data"} and not _is_own_picture(value):
                yield f"{name} from {value!r}"


def _leads_inside(address: str) -> bool:
    return not urlsplit(address).scheme and not address.startswith(("//", "/", "\\"))


def _is_own_picture(address: str) -> bool:
    own = address.startswith(("data:image/png;", "data:image/jpeg;", "$IMS-CC-FILEBASE$/"))
    return own or address.startswith("@@PLUGINFILE@@/") or _leads_inside(address)


def _in_markup_package(data: bytes) -> Iterator[str]:
    """The dangers in a zip of pages: those of each, of XML, and names that lead outside."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        own = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".js"))
        for name in archive.namelist():
            if ".." in name or name.startswith("/"):
                yield name
            content = archive.read(name)
            if name.endswith((".html", ".xhtml")):
                yield from _in_page(content, own or _scripts_by_hash(content))
            if name.endswith((".xml", ".opf", ".xhtml")):
                if b"<!ENTITY" in content:
                    yield f"{name}: ENTITY"
                for element in etree.fromstring(content, parser).iter("{*}mattext"):
                    yield from _in_page(f"<div>{element.text}</div>".encode())
            if name.endswith(".xml"):
                yield from _in_page(content)


def _scripts_by_hash(page: bytes) -> bytes:
    """The scripts whose hashes the policy of a page names."""
    found = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    allowed = set(re.findall(rb"'sha256-([A-Za-z0-9+/=]+)'", page))
    return b"".join(each for each in found if base64.b64encode(sha256(each).digest()) in allowed)


def _in_anki(data: bytes) -> Iterator[str]:
    with (
        zipfile.ZipFile(io.BytesIO(data)) as package,
        closing(sqlite3.connect(":memory:")) as database,
    ):
        database.deserialize(package.read("collection.anki2"))
        for (fields,) in database.execute("SELECT flds FROM notes"):
            if "[" in fields:
                yield f"a tag of Anki: {fields!r}"
            for field in filter(None, fields.split("\x1f")):
                yield from _in_page(f"<div>{field}</div>".encode())


def _in_moodle(data: bytes) -> Iterator[str]:
    if b"<!" in data.replace(b"<![CDATA[", b""):
        yield "a declaration"
    for parent in etree.fromstring(data, etree.XMLParser(resolve_entities=False)).iter():
        if parent.get("format") == "html":
            for text in parent.findall("text"):
                yield from _in_page(f"<div>{text.text or ''}</div>".encode())


def _in_markdown(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if ".." in name or name.startswith("/"):
                yield name
            if name.endswith(".md"):
                text = _FRONT_MATTER.sub("", archive.read(name).decode())
                shown = MarkdownIt("gfm-like", {"linkify": False}).render(text)
                yield from _in_page(f"<div>{shown}</div>".encode())


def _in_json(data: bytes) -> Iterator[str]:
    # Escaped by JSON itself: none stands in the file as it is.
    yield from map(repr, _TERMINAL.findall(data.decode()))


def _is_safe(address: str) -> bool:
    parts = urlsplit(address.strip())
    if parts.scheme.lower() not in _SAFE_SCHEMES or _TURNS.search(unquote(address)):
        return False
    if parts.scheme.lower() != "mailto":
        return "@" not in parts.netloc
    return all(field.startswith("subject=") for field in parts.query.split("&") if field)


DANGEROUS_IN: dict[str, Callable[[bytes], Iterator[str]]] = {
    "csv": _in_csv,
    "docx": _in_docx,
    "json": _in_json,
    "pdf": _in_pdf,
    "txt": _in_txt,
    "xlsx": _in_xlsx,
    "jsonl": _in_json,
    "tsv": _in_txt,
    "html": _in_page,
    "epub": _in_markup_package,
    "imscc": _in_markup_package,
    "scorm": _in_markup_package,
    "qti": _in_markup_package,
    "anki": _in_anki,
    "moodle": _in_moodle,
    "markdown": _in_markdown,
}
"""The search for dangers in a file, by the id of its format."""
