"""Places at which words may be divided, by the patterns of a document's language."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TypeVar

import msgspec
import pyphen

from activities.documents.model import Document, Heading, Run
from activities.documents.segmentation import SOFT_HYPHEN

_BEFORE, _BEHIND = 2, 3
"""The fewest letters that stay on a line, and that come on the next."""
_MARKS = "\u0300-\u036f"
"""Accents and stress marks that are characters of their own."""
_WORD = re.compile(
    rf"(?<![\w/.@:_#&=\\{_MARKS}-])(?:[^\W\d_][{_MARKS}]*+){{6,60}}(?![\w/@:_=\\{_MARKS}]|\.\w)",
)
"""A word, not part of an address, a name of a file, or code."""
_LETTER = re.compile(f".[{_MARKS}]*")
"""A letter of a word, with its marks."""
_WORDS_CACHED = 20_000

_T = TypeVar("_T")


def hyphenated(document: Document) -> Document:
    """The document with soft hyphens in the words of its text, headings and code excepted.

    A document in a language without patterns stays as it is.
    """
    patterns = pyphen.language_fallback(document.language)
    if patterns is None:
        return document
    parts = tuple(
        msgspec.structs.replace(part, blocks=_in_all(part.blocks, patterns))
        for part in document.parts
    )
    return msgspec.structs.replace(document, parts=parts)


def _in_all(value: _T, patterns: str) -> _T:
    """The same value, with soft hyphens in all runs of text within it."""
    found: object = value
    if isinstance(value, Run):
        found = _in_run(value, patterns)
    elif isinstance(value, tuple):
        found = tuple([_in_all(each, patterns) for each in value])
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Heading):
        members = {
            name: _in_all(getattr(value, name), patterns) for name in value.__struct_fields__
        }
        found = msgspec.structs.replace(value, **members)
    return found  # type: ignore[return-value]


def _in_run(run: Run, patterns: str) -> Run:
    if run.code or run.math or run.keyboard or run.picture or run.missing is not None:
        return run
    text = _WORD.sub(lambda word: _divided(word[0], patterns), run.text)
    return msgspec.structs.replace(run, text=text)


@lru_cache(maxsize=_WORDS_CACHED)
def _divided(word: str, patterns: str) -> str:
    letters = _LETTER.findall(word)
    # Patterns know accented letters as one character, and none with a stress mark.
    plain = "".join([unicodedata.normalize("NFC", letter)[0] for letter in letters])
    for place in reversed(_dictionary(patterns).positions(plain)):
        # Where a divided word is spelled otherwise, as asz-szony, the hyphen alone would be wrong.
        if place.data is None:
            letters.insert(place, SOFT_HYPHEN)
    return "".join(letters)


@cache
def _dictionary(patterns: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=patterns, left=_BEFORE, right=_BEHIND)
