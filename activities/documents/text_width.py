"""How many columns a text takes in a fixed-width font, and lines of limited width.

Columns are those of a terminal, as wcwidth knows them: wide characters and pictures take two
(UAX #11), what joins the character before it takes none.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, groupby

from wcwidth import wcswidth

from activities.documents.segmentation import NOT_FIRST, NOT_LAST, grapheme_clusters

_CACHED_LENGTH = 100
"""Longer texts hardly come again, and would fill the memory of a process that lives long."""
_SPACES = re.compile(r"[^\S\xa0\u2007\u202f]+")
"""Spaces at which lines may break."""
_NO_BREAK_SPACE = re.compile("[\xa0\u2007\u202f]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_WIDE = re.compile(
    "[\u1100-\u115f\u231a-\u232a\u23e9-\u23f3\u25fd-\u27bf\u2b1b-\u2b55\u2e80-\ua4cf\ua960-\ua97f"
    "\uac00-\ud7a3\uf900-\ufaff\ufe0f-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00016fe0-\U0003ffff]"
)
"""What may take two columns; lines may break beside it."""


def _ranges(characters: Iterable[str]) -> str:
    """Characters in ascending order as the inside of a regular expression's brackets."""
    ranges: list[str] = []
    for _, run in groupby(enumerate(map(ord, characters)), lambda place: place[1] - place[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


# Of alphabets and symbols: what takes one column whatever stands beside it, and what stands on the
# character before. Not the marks of Indic scripts, which make one character of two. Other spaces
# than the usual one are left to `_wrap_at_spaces`.
_SIMPLE = [chr(code) for code in range(0x20, 0x2C00) if unicodedata.category(chr(code)) != "Mc"]
_INDIC = (range(0x900, 0xE00), range(0xF00, 0x10A0), range(0x1700, 0x1AB0), range(0x1B00, 0x1D00))
_MARK = _ranges(
    each
    for each in _SIMPLE
    if unicodedata.category(each) in {"Mn", "Me"}
    and wcswidth(f"a{each}") == 1
    and not any(ord(each) in script for script in _INDIC)
)
_SINGLE = _ranges(
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
    return _wrap_wide(text, columns) if _WIDE.search(text) else _wrap_at_spaces(text, columns)


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


def _widths(parts: list[str]) -> Iterable[int]:
    is_short = max(map(len, parts), default=0) <= _CACHED_LENGTH
    return map(_cached_width if is_short else width, parts)


def _words(line: str) -> list[str]:
    if _NO_BREAK_SPACE.search(line):
        return [word for word in _SPACES.split(line) if word]
    return line.split()


def _wrap_at_spaces(line: str, columns: int) -> list[str]:
    words = _words(line)
    ends = list(accumulate([needed + 1 for needed in _widths(words)]))
    lines: list[str] = []
    first = before = 0
    while first < len(words):
        last = max(bisect_right(ends, before + columns + 1, first), first + 1)
        lines.append(" ".join(words[first:last]))
        first, before = last, ends[last - 1]
    return lines


def _wrap_wide(line: str, columns: int) -> list[str]:
    clusters = grapheme_clusters(" ".join(_words(line)))
    before = list(accumulate(_widths(clusters), initial=0))
    lines: list[str] = []
    start = 0
    while before[-1] - before[start] > columns:
        fitting = bisect_right(before, before[start] + columns) - 1
        end = _line_end(clusters, before, start, fitting)
        lines.append("".join(clusters[start:end]))
        start = end + 1 if clusters[end : end + 1] == [" "] else end
    return [*lines, "".join(clusters[start:])] if start < len(clusters) or not lines else lines


def _line_end(clusters: list[str], before: list[int], start: int, fitting: int) -> int:
    """The last place up to `fitting` at which a line may end, or the next one behind it."""
    for end in range(fitting, start, -1):
        if _may_end(clusters, before, end):
            return end
    following = range(fitting + 1, len(clusters))
    return next((end for end in following if _may_end(clusters, before, end)), len(clusters))


def _may_end(clusters: list[str], before: list[int], end: int) -> bool:
    """Whether a line may end before a cluster: at a space, or beside what takes two columns."""
    last, following = clusters[end - 1], clusters[end]
    # A space may have a mark or joiner behind it, in the same cluster.
    if following[0] == " " or last[0] == " ":
        return following[0] == " "
    if last[0] in NOT_LAST or following[0] in NOT_FIRST:
        return False
    return before[end] - before[end - 1] == 2 or before[end + 1] - before[end] == 2
