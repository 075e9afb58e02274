"""How many columns a text takes in a fixed-width font, and lines of limited width.

Wide characters take two columns (https://www.unicode.org/reports/tr11/), combining ones none.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, groupby

# What no line starts or ends with: punctuation of Chinese and Japanese, and that of ASCII, which
# stands beside wide letters in Korean.
_NOT_FIRST = frozenset("、。，．：；？！）］｝〕〉》」』】〗”’…ー々!%),.:;?]}")
_NOT_LAST = frozenset("（［｛〔〈《「『【〖“‘([{")
_ZERO_WIDTH_JOINER = "\u200d"
_JOINED_TO_BEFORE = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff]")
"""Vowels and final consonants of a Korean syllable in pieces, and the tones of skin."""
_KEPT_LENGTH = 100
"""Longer texts hardly come again, and would fill the memory of a process that lives long."""


@lru_cache(maxsize=32768)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} or _JOINED_TO_BEFORE.match(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _ranges(characters: Iterable[str]) -> str:
    """Characters in ascending order as the inside of a regular expression's brackets."""
    ranges: list[str] = []
    for _, run in groupby(enumerate(map(ord, characters)), lambda place: place[1] - place[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


# Of alphabets, Indic scripts and symbols: what takes one column, and what stands on the character
# before. Other spaces than the usual one are left to `_wrap_wide`.
_SIMPLE = [chr(code) for code in range(0x20, 0x2C00)]
_MARK = _ranges(each for each in _SIMPLE if unicodedata.category(each) in {"Mn", "Me"})
_SINGLE = _ranges(
    each
    for each in _SIMPLE
    if _character_width(each) == 1 and (each in " \xa0" or not each.isspace())
)
_NARROW = re.compile(f"[{_SINGLE}]*")
_NARROW_AND_MARKS = re.compile(f"[{_SINGLE}{_MARK}]*")


def width(text: str) -> int:
    """Columns of a text without line breaks."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    return _kept_width(text) if len(text) <= _KEPT_LENGTH else sum(_widths(text))


def wrap(text: str, columns: int | None) -> list[str]:
    """Lines of at most `columns`, or of any width, broken at spaces and between wide characters.

    A newline in the text ends a line. A word that is longer than a line is kept whole.
    """
    if columns is None:
        return text.split("\n")
    if "\n" in text:
        return [line for part in text.split("\n") for line in wrap(part, columns)]
    if len(text) * 2 <= columns:
        return [text]
    if text.isascii() or _NARROW.fullmatch(text):
        return [text] if len(text) <= columns else _narrow_breaks(columns).findall(text)
    if _NARROW_AND_MARKS.fullmatch(text):
        return _breaks_with_marks(columns).findall(text)
    return _wrap_wide(text, columns)


@lru_cache(maxsize=256)
def _narrow_breaks(columns: int) -> re.Pattern[str]:
    # There are no newlines; a dot that takes them too is found faster.
    return re.compile(rf"(?s:(.{{0,{columns - 1}}}[^ ]|[^ ]+))(?: +|$)")


@lru_cache(maxsize=256)
def _breaks_with_marks(columns: int) -> re.Pattern[str]:
    marks = f"[{_MARK}]*+"
    return re.compile(rf"(?s:((?:.{marks}){{0,{columns - 1}}}[^ ]{marks}|[^ ]+))(?: +|$)")


@lru_cache(maxsize=65536)
def _kept_width(text: str) -> int:
    return sum(_widths(text))


def _widths(text: str) -> list[int]:
    """The columns of each character; what a joiner joins to the one before it takes none."""
    widths = list(map(_character_width, text))
    if _ZERO_WIDTH_JOINER in text:
        for place, character in enumerate(text[:-1], 1):
            if character == _ZERO_WIDTH_JOINER:
                widths[place] = 0
    return widths


def _wrap_wide(line: str, columns: int) -> list[str]:
    text = " ".join(line.split())
    before = list(accumulate(_widths(text), initial=0))
    lines: list[str] = []
    start = 0
    while before[-1] - before[start] > columns:
        fitting = bisect_right(before, before[start] + columns) - 1
        end = _line_end(text, start, fitting)
        lines.append(text[start:end])
        start = end + 1 if text[end : end + 1] == " " else end
    return [*lines, text[start:]] if start < len(text) or not lines else lines


def _line_end(text: str, start: int, fitting: int) -> int:
    """The last place up to `fitting` at which a line may end, or the next one behind it."""
    for end in range(fitting, start, -1):
        if _may_end(text, end):
            return end
    return next((end for end in range(fitting + 1, len(text)) if _may_end(text, end)), len(text))


def _may_end(text: str, end: int) -> bool:
    before, after = text[end - 1], text[end]
    return after == " " or (before != " " and _may_break(before, after))


@lru_cache(maxsize=65536)
def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or before == _ZERO_WIDTH_JOINER:
        return False
    if _character_width(after) == 0:
        return False
    return _character_width(before) == 2 or _character_width(after) == 2
