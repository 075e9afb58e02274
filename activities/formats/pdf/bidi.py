"""Directions of mixed text (UAX #9), on top of the resolution that python-bidi implements."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from bidi import algorithm

T = TypeVar("T")

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200f\u202b\u202e\u2067"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ONE_LEVEL = frozenset({"R", "AL", "NSM", "WS", "ON", "CS", "ES", "ET", "B", "S"})
"""Classes that never leave the level of a paragraph from right to left."""
_KNOWN = _ONE_LEVEL - {"B", "S"} | {"L", "EN", "AN", "BN", "LRE", "LRO", "RLE", "RLO", "PDF"}
_ISOLATES = {"\u2066": "\u202a", "\u2067": "\u202b", "\u2068": "\u202a", "\u2069": "\u202c"}
"""python-bidi knows embeddings, not the isolates that came with Unicode 6.3."""


def has_right_to_left(text: str) -> bool:
    """Whether any character in the text may run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def base_is_right_to_left(text: str, otherwise: bool) -> bool:
    """The direction of a paragraph by its first strong character (rules P2 and P3)."""
    for character in text:
        kind = algorithm.bidirectional(character)
        if kind == "L":
            return False
        if kind in {"R", "AL"}:
            return True
    return otherwise


def embedding_levels(text: str, right_to_left: bool) -> list[int]:
    """The level of each character of a paragraph; odd ones run from right to left."""
    if right_to_left and _ONE_LEVEL.issuperset(map(algorithm.bidirectional, set(text))):
        return [1] * len(text)
    storage = algorithm.get_empty_storage()
    storage["base_level"] = int(right_to_left)
    storage["base_dir"] = "R" if right_to_left else "L"
    algorithm.get_embedding_levels("".join(map(_resolvable, text)), storage)
    characters = list(storage["chars"])
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    # Formatting characters such as joiners are taken out on the way; they go with what precedes.
    resolved = {id(character) for character in storage["chars"]}
    levels: list[int] = []
    for character in characters:
        known = id(character) in resolved or not levels
        levels.append(character["level"] if known else levels[-1])
    return levels


@cache
def _resolvable(character: str) -> str:
    """A character of the same class for which python-bidi has rules."""
    kind = algorithm.bidirectional(character)
    if kind in _KNOWN:
        return character
    if kind in {"B", "S"}:
        return " "
    # What is not assigned counts as left-to-right.
    return _ISOLATES.get(character, "a")


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
