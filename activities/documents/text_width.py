"""How many columns a text takes in a fixed-width font, and lines of limited width.

Columns are those of a terminal, as wcwidth knows them: wide characters and pictures take two
(UAX #11), what joins the character before it takes none.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from wcwidth import wcswidth

from activities.documents.segmentation import (
    HELD_SPACE,
    SOFT_HYPHEN,
    as_shown,
    grapheme_clusters,
    hold_spaces,
    unbreakable_units,
    wide_units,
)

_CACHED_LENGTH = 100
"""Longer texts hardly come again, and would fill the memory of a process that lives long."""
_SPACES = re.compile(r"[^\S\xa0\u2007\u202f]+")
"""Spaces at which lines may break."""
_NO_BREAK_SPACE = re.compile("[\xa0\u2007\u202f]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_KOREAN = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
"""Words of Korean stay whole where they fit on a line."""


def _ranges(characters: Iterable[str]) -> str:
    """Characters in ascending order as the inside of a regular expression's brackets."""
    ranges: list[str] = []
    for _, run in groupby(enumerate(map(ord, characters)), lambda place: place[1] - place[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


# Of alphabets and symbols: what takes one column whatever stands beside it, and what stands on the
# character before. Not the marks of Indic scripts, which make one character of two. Other spaces
# than the usual one, and scripts whose lines break elsewhere, are left to `_wrap_units`.
_UNSPACED = (range(0xE00, 0x10A0), range(0x1100, 0x1400), range(0x1700, 0x1C00))
_SIMPLE = [
    chr(code)
    for code in range(0x20, 0x2C00)
    if unicodedata.category(chr(code)) != "Mc" and not any(code in script for script in _UNSPACED)
]
_INDIC = (range(0x900, 0xE00), range(0x1C00, 0x1D00))
_MARK = _ranges(
    each
    for each in _SIMPLE
    if unicodedata.category(each) in {"Mn", "Me"}
    and wcswidth(f"a{each}") == 1
    and not any(ord(each) in script for script in _INDIC)
)
_SINGLE = HELD_SPACE + _ranges(
    each
    for each in _SIMPLE
    if wcswidth(each) == wcswidth(f"a{each}") - 1 == 1 and (each in " \xa0" or not each.isspace())
)
_NARROW = re.compile(f"[{_SINGLE}]*")
_NARROW_AND_MARKS = re.compile(f"[{_SINGLE}{_MARK}]*")


def width(text: str) -> int:
    """The columns of a text without line breaks."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    if len(text) <= _CACHED_LENGTH:
        return _cached_width(text)
    # In pieces, because wcwidth takes endlessly for a row of thousands of flags.
    return sum(map(_width, grapheme_clusters(text)))


def wrap(text: str, columns: int | None) -> list[str]:
    """Lines of at most `columns`, or of any width, broken where Unicode lets lines break.

    A newline in the text ends a line. A word that is longer than a line is kept whole, and so is a
    word with hyphens in text that breaks at spaces alone.
    """
    if columns is None:
        return as_shown(text).split("\n")
    if "\n" in text:
        return [line for part in text.split("\n") for line in wrap(part, columns)]
    if SOFT_HYPHEN in text:
        lines = _wrap_units(hold_spaces(text), columns)
        return [shown for line in lines for shown in _with_all_spaces(line, columns)]
    if len(text) * 2 <= columns:
        return [text]
    is_narrow = text.isascii() or _NARROW.fullmatch(text) is not None
    if is_narrow and len(text) <= columns:
        return [text]
    held = hold_spaces(text)
    lines = _broken(held, columns, is_narrow=is_narrow)
    if held is text:
        return lines
    return [shown for line in lines for shown in _with_all_spaces(line, columns)]


def _broken(text: str, columns: int, *, is_narrow: bool) -> list[str]:
    if is_narrow:
        return _narrow_breaks(columns).findall(text)
    if _NARROW_AND_MARKS.fullmatch(text):
        return _breaks_with_marks(columns).findall(text)
    return _wrap_units(text, columns)


def _with_all_spaces(line: str, columns: int) -> list[str]:
    """A line with the spaces at which it does not break; if it is too long, broken at them."""
    shown = as_shown(line)
    if HELD_SPACE in line and width(shown) > columns:
        return _broken(shown, columns, is_narrow=_NARROW.fullmatch(shown) is not None)
    return [shown]


@lru_cache(maxsize=256)
def _narrow_breaks(columns: int) -> re.Pattern[str]:
    # There are no newlines; a dot that takes them too is found faster.
    return re.compile(rf"(?s:(.{{0,{columns - 1}}}[^ ]|[^ ]+))(?: +|$)")


@lru_cache(maxsize=256)
def _breaks_with_marks(columns: int) -> re.Pattern[str]:
    marks = f"[{_MARK}]*+"
    return re.compile(rf"(?s:((?:.{marks}){{0,{columns - 1}}}[^ ]{marks}|[^ ]+))(?: +|$)")


@lru_cache(maxsize=65536)
def _cached_width(text: str) -> int:
    return _width(text)


def _width(text: str) -> int:
    columns = wcswidth(text)
    return wcswidth(_CONTROL.sub(" ", text)) if columns < 0 else columns


def _words(line: str) -> list[str]:
    if _NO_BREAK_SPACE.search(line):
        return [word for word in _SPACES.split(line) if word]
    return line.split()


def _wrap_units(line: str, columns: int) -> list[str]:
    lines: list[str] = []
    shown, used = "", 0
    for word in _words(line):
        gap = " " if shown else ""
        for unit in _units(word, columns):
            # A mark may stand on the space.
            needed = width(gap + as_shown(unit))
            if shown and used + needed + unit.endswith(SOFT_HYPHEN) > columns:
                lines.append(_line(shown))
                shown, used = unit, width(as_shown(unit))
            else:
                shown += gap + unit
                used += needed
            gap = ""
    return [*lines, _line(shown)] if shown or not lines else lines


def _line(units: str) -> str:
    """A line of units, with a hyphen where it divides a word."""
    line = units.replace(SOFT_HYPHEN, "")
    return f"{line}-" if units.endswith(SOFT_HYPHEN) else line


def _units(word: str, columns: int) -> list[str]:
    """The parts of a word between which a line may break."""
    if SOFT_HYPHEN not in word and (word.isascii() or _NARROW_AND_MARKS.fullmatch(word)):
        return [word]
    found = unbreakable_units(word)
    if any(width(unit) > columns for unit in found):
        return [
            part
            for unit in found
            for part in (wide_units(unit) if _KOREAN.search(unit) else [unit])
        ]
    return found
