"""A strict reader of Moodle XML: it refuses what Moodle's importer refuses, dies of, or passes over
without a word.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from lxml import etree

_TYPES: Final = ("category", "essay", "matching")
_WITH_FILES: Final = ("questiontext", "generalfeedback", "graderinfo", "subquestion")
_NAME_CHARACTERS_MAX: Final = 255
_ANSWER_CHARACTERS_MAX: Final = 255
_SIGNATURES: Final = {"png": b"\x89PNG", "jpg": b"\xff\xd8"}
_FILE_NAME: Final = re.compile(r"[0-9a-f]{40}\.(png|jpg)")
_REFERENCE: Final = re.compile(r"@@PLUGINFILE@@/([^\"]*)\"")
_BETWEEN_NAMES: Final = re.compile(r"(?<!/)/(?!/)")
_RUNS: Final = frozenset({"script", "style", "iframe", "object", "embed", "form", "input"})


class Question(NamedTuple):
    """A question as Moodle would have it."""

    category: tuple[str, ...]
    kind: str
    name: str
    id: str
    asked: str
    answer: str
    pairs: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]


class RefusedError(ValueError):
    """Moodle would not take the file, or not all of it."""


def read(data: bytes) -> list[Question]:
    """The questions of a file.

    Raises:
        RefusedError: the file has a fault.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise RefusedError("the file has a document type")
    try:
        quiz = etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise RefusedError(f"no XML: {error}") from None
    _require(quiz.tag == "quiz", "the root is no quiz")
    _require(len(quiz), "there is no question")
    found = list(_questions(quiz))
    ids = Counter((question.category, question.id) for question in found if question.id)
    _require(all(count == 1 for count in ids.values()), "an idnumber is there twice")
    return found


def _questions(quiz: Any) -> Iterator[Question]:
    for text in quiz.iter("text"):
        _require(not len(text), "there is markup within a text")
    category: tuple[str, ...] = ()
    for element in quiz:
        kind = element.get("type")
        _require(element.tag == "question" and kind in _TYPES, f"unknown question {kind}")
        if kind == "category":
            category = _category(_text(element.find("category")))
            continue
        _require(category, "a question comes before its category")
        name = _text(element.find("name"))
        _require(0 < len(name) <= _NAME_CHARACTERS_MAX, "a name is empty or too long")
        _require("<" not in name, "a name loses what looks like a tag")
        for each in (each for name in _WITH_FILES for each in element.iter(name)):
            _check_text(each)
        asked = _text(element.find("questiontext"))
        _require(asked, "a question has no text")
        yield Question(
            category,
            str(kind),
            name,
            element.findtext("idnumber") or "",
            asked,
            _text(element.find("graderinfo")) if kind == "essay" else "",
            _pairs(element) if kind == "matching" else (),
            tuple(map(_text, element.iterfind("tags/tag"))),
        )


def _category(path: str) -> tuple[str, ...]:
    names = [name.replace("//", "/").strip() for name in _BETWEEN_NAMES.split(path)]
    _require(names[:2] == ["$course$", "top"] and len(names) > 2, f"no category: {path}")
    _require(all(0 < len(name) <= _NAME_CHARACTERS_MAX for name in names), "a name is too long")
    _require("<" not in path, "a category loses what looks like a tag")
    return tuple(names[2:])


def _pairs(element: Any) -> tuple[tuple[str, str], ...]:
    pairs = tuple(
        (_text(each), _text(each.find("answer"))) for each in element.iterfind("subquestion")
    )
    _require(len(pairs) >= 2, "there is nothing to choose from")
    for front, back in pairs:
        _require(front.strip(), "a front is empty")
        _require(back.strip(), "a back is empty: what follows would be passed over")
        _require(len(back) <= _ANSWER_CHARACTERS_MAX, "a back is too long for the database")
        _require(not re.search(r"<|&#?\w+;", back), "a back has markup")
    return pairs


def _check_text(element: Any) -> None:
    """Whether a text is well-formed, nothing in it runs, and it has its files and no others."""
    _require(element.get("format") == "html", "a text has no format, or one that Moodle guesses")
    text = _text(element)
    try:
        page = etree.fromstring(f"<body>{text}</body>")
    except etree.XMLSyntaxError as error:
        raise RefusedError(f"a text is not well-formed: {error}") from None
    for each in page.iter():
        _require(each.tag not in _RUNS, f"{each.tag} in a text")
        _require(
            not any(str(name).startswith("on") for name in each.attrib), "a text has a handler"
        )
    _require(text.count("@@") == 2 * len(_REFERENCE.findall(text)), "a text refers to other files")
    names = [str(file.get("name")) for file in element.iterfind("file")]
    _require(len(set(names)) == len(names), "a file is there twice")
    _require(set(_REFERENCE.findall(text)) == set(names), "files and references differ")
    for file, name in zip(element.iterfind("file"), names, strict=True):
        found = _FILE_NAME.fullmatch(name)
        _require(found, f"a file is named {name}")
        _require(file.get("path") == "/" and file.get("encoding") == "base64", "no file of Moodle")
        content = base64.b64decode(file.text or "", validate=True)
        _require(found and content.startswith(_SIGNATURES[found[1]]), "a file is no picture")


def _text(element: Any) -> str:
    _require(element is not None and element.find("text") is not None, "a text is missing")
    return element.findtext("text") or ""


def _require(condition: object, fault: str) -> None:
    if not condition:
        raise RefusedError(fault)
