"""Directions of mixed text (UAX #9): the levels of a paragraph, and the order of a line."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from activities.formats.pdf.text.bidi_classes import classes_of
from activities.formats.pdf.text.bidi_explicit import isolating_run_sequences, set_levels
from activities.formats.pdf.text.bidi_implicit import resolve

T = TypeVar("T")

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200f\u202b\u202e\u2067"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ONE_LEVEL = frozenset({"R", "AL", "NSM", "WS", "ON", "CS", "ES", "ET", "S", "B"})
"""Classes that never leave the level of a paragraph from right to left."""
_SEPARATORS = frozenset({"S", "B"})
_BLANKS = frozenset({"WS", "BN", "LRI", "RLI", "FSI", "PDI", "LRE", "RLE", "LRO", "RLO", "PDF"})
"""What has the direction of the paragraph at the end of a line."""


def has_right_to_left(text: str) -> bool:
    """Whether any character in the text may run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def embedding_levels(text: str, right_to_left: bool) -> list[int]:
    """The level of each character of a paragraph; odd ones run from right to left.

    What only sets directions has the level of what precedes it. A hard break ends the directions
    that were set before it.
    """
    if right_to_left and _ONE_LEVEL.issuperset(classes_of(set(text))):
        return [1] * len(text)
    classes = classes_of(text)
    base = int(right_to_left)
    if "B" not in classes:
        return _levels(text, classes, base)
    ends = [place for place, kind in enumerate(classes, 1) if kind == "B"]
    return [
        level
        for start, end in pairwise([0, *ends, len(text)])
        for level in _levels(text[start:end], classes[start:end], base)
    ]


def _levels(text: str, classes: list[str], base: int) -> list[int]:
    levels, types = set_levels(text, classes, base)
    for sequence in isolating_run_sequences(classes, types, levels, base):
        resolve(text, classes, types, levels, sequence)
    _set_blanks(classes, levels, base)
    before = base
    for place, kind in enumerate(types):
        if kind == "BN":
            levels[place] = before
        before = levels[place]
    return levels


def _set_blanks(classes: list[str], levels: list[int], base: int) -> None:
    """Give separators, and the blanks before them and at the end, the paragraph's level (L1)."""
    is_last = True
    for place in range(len(classes) - 1, -1, -1):
        kind = classes[place]
        if kind in _SEPARATORS:
            is_last = True
        elif kind not in _BLANKS:
            is_last = False
        if is_last:
            levels[place] = base


def visual_order(items: Sequence[T], levels: Sequence[int]) -> list[T]:
    """The items of one line from left to right (rule L2)."""
    highest = max(levels, default=0)
    if min(levels, default=0) == highest:
        return list(items[::-1] if highest % 2 else items)
    ordered = list(zip(levels, items, strict=True))
    lowest_odd = min((level for level in levels if level % 2), default=highest + 1)
    for level in range(highest, lowest_odd - 1, -1):
        start = 0
        while start < len(ordered):
            end = start
            while end < len(ordered) and ordered[end][0] >= level:
                end += 1
            ordered[start:end] = ordered[start:end][::-1]
            start = end + 1
    return [item for _, item in ordered]
