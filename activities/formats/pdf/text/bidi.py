"""Directions of mixed text (UAX #9), on top of the resolution that python-bidi implements."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any, TypeVar

from bidi import algorithm
from bidi.mirror import MIRRORED

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
_RIGHT = frozenset({"R", "EN", "AN"})
"""Classes that count as right-to-left beside neutral characters."""
_OPEN_BRACKETS = 63
"""A bracket within more of them ends the search for pairs (definition BD16)."""


def has_right_to_left(text: str) -> bool:
    """Whether any character in the text may run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


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
    for run in storage["runs"]:
        start = run["start"]
        _resolve_brackets(storage["chars"][start : start + run["length"]], run["sor"])
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    # Formatting characters such as joiners are taken out on the way; they go with what precedes.
    resolved = {id(character) for character in storage["chars"]}
    levels: list[int] = []
    for character in characters:
        known = id(character) in resolved or not levels
        levels.append(character["level"] if known else levels[-1])
    return levels


def _resolve_brackets(characters: Sequence[dict[str, Any]], before: str) -> None:
    """Give both brackets of a pair one direction, which python-bidi does not (rule N0).

    Args:
        characters: Of one run, with weak types resolved.
        before: The direction that comes before them.
    """
    pairs = _bracket_pairs(characters)
    if not pairs:
        return
    right = list(accumulate(character["type"] in _RIGHT for character in characters))
    left = list(accumulate(character["type"] == "L" for character in characters))
    place = 0
    for opening, closing in pairs:
        for character in characters[place:opening]:
            if character["type"] in _RIGHT:
                before = "R"
            elif character["type"] == "L":
                before = "L"
        place = opening
        within = {"R": right[closing] - right[opening], "L": left[closing] - left[opening]}
        along, against = ("R", "L") if characters[opening]["level"] % 2 else ("L", "R")
        if within[along] or within[against]:
            direction = against if not within[along] and before == against else along
            characters[opening]["type"] = characters[closing]["type"] = direction


def _bracket_pairs(characters: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where brackets open and close, in the order in which they open (definition BD16)."""
    waiting: list[tuple[str, int]] = []
    pairs = []
    for place, character in enumerate(characters):
        sign = character["ch"]
        if character["type"] != "ON" or sign not in MIRRORED:
            continue
        category = unicodedata.category(sign)
        if category == "Ps":
            if len(waiting) == _OPEN_BRACKETS:
                break
            waiting.append((MIRRORED[sign], place))
        elif category == "Pe":
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == sign:
                    pairs.append((waiting[depth][1], place))
                    del waiting[depth:]
                    break
    return sorted(pairs)


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
