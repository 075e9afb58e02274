"""Unicode's own test files for divisions and directions of text, without their comments."""

import lzma
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

_FILES = Path(__file__).parent / "corpus" / "unicode"


class BreakCase(NamedTuple):
    """A text, and where it may be divided."""

    text: str
    places: frozenset[int]


class OrderCase(NamedTuple):
    """A paragraph, and how its characters run."""

    text: str
    base_level: int | None
    """None where the text decides."""
    levels: tuple[int | None, ...]
    """None for characters that have no place."""
    order: tuple[int, ...]


def version(name: str) -> str:
    """The version of Unicode that a file is of."""
    with lzma.open(_FILES / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
        return file.readline().rpartition("-")[2].strip().removesuffix(".txt")


def break_cases(name: str) -> Iterator[BreakCase]:
    """The cases of `LineBreakTest` or `GraphemeBreakTest`."""
    for line in _lines(name):
        _, *parts = line.split()
        signs = [_text(code) for code in parts[::2]]
        ends = accumulate(map(len, signs))
        places = [end for end, sign in zip(ends, parts[1::2], strict=True) if sign == "÷"]
        yield BreakCase("".join(signs), frozenset(places[:-1]))


def order_cases() -> Iterator[OrderCase]:
    """The cases of `BidiCharacterTest`."""
    for line in _lines("BidiCharacterTest"):
        codes, direction, _, levels, order = line.split(";")
        yield OrderCase(
            "".join(map(_text, codes.split())),
            None if direction == "2" else int(direction),
            tuple(None if level == "x" else int(level) for level in levels.split()),
            tuple(map(int, order.split())),
        )


def _lines(name: str) -> Iterator[str]:
    with lzma.open(_FILES / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line


def _text(code: str) -> str:
    return chr(int(code, 16))
