"""Finds what a file must not hold: formulas, scripts, odd links, outside parts."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

import openpyxl
import pikepdf
from lxml import etree

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
}
"""The search for dangers in a file, by the id of its format."""
