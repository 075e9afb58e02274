"""Directions that characters set for what follows them (UAX #9, rules X1 to X10)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from activities.documents.direction import is_right_to_left

_LEVEL_MAX = 125
_EMBEDDINGS = frozenset({"LRE", "RLE", "LRO", "RLO"})
ISOLATES = frozenset({"LRI", "RLI", "FSI"})
_RIGHT = frozenset({"RLE", "RLO", "RLI"})
_OVERRIDES = {"LRO": "L", "RLO": "R"}
_REMOVED = _EMBEDDINGS | {"PDF", "BN"}


class _Direction(NamedTuple):
    """What holds where a character stands."""

    level: int
    override: str
    """The class that all characters have, if any."""
    is_isolate: bool


class RunSequence(msgspec.Struct, frozen=True, gc=False):
    """Characters whose directions bear on each other: an isolating run sequence."""

    places: list[int]
    level: int
    before: str
    """The direction at its beginning, L or R."""
    after: str


def set_levels(text: str, classes: Sequence[str], base: int) -> tuple[list[int], list[str]]:
    """The level that each character is set at, and its class, BN for what only sets levels."""
    levels = [base] * len(text)
    types = list(classes)
    if not (_REMOVED | ISOLATES | {"PDI"}).isdisjoint(types):
        _Setter(text, levels, types, base).set_all()
    return levels, types


class _Setter:
    """Follows the text with a stack of directions."""

    def __init__(self, text: str, levels: list[int], types: list[str], base: int) -> None:
        self._text = text
        self._levels = levels
        self._types = types
        self._stack = [_Direction(base, "", is_isolate=False)]
        self._overflowing_isolates = self._overflowing_embeddings = self._open_isolates = 0
        self._ends = _ends_of_isolates(types)

    def set_all(self) -> None:
        for place, kind in enumerate(self._types):
            if kind in _EMBEDDINGS:
                self._embed(place, kind)
            elif kind in ISOLATES:
                self._set(place)
                self._isolate(place, kind)
            elif kind == "PDI":
                self._end_isolate()
                self._set(place)
            elif kind == "PDF":
                self._end_embedding(place)
            elif kind == "BN":
                self._levels[place] = self._stack[-1].level
            elif kind != "B":
                self._set(place)

    def _set(self, place: int) -> None:
        level, override, _ = self._stack[-1]
        self._levels[place] = level
        if override:
            self._types[place] = override

    def _embed(self, place: int, kind: str) -> None:
        self._types[place] = "BN"
        if not self._begin(kind in _RIGHT, _OVERRIDES.get(kind, ""), is_isolate=False):
            self._overflowing_embeddings += not self._overflowing_isolates

    def _isolate(self, place: int, kind: str) -> None:
        right = kind in _RIGHT
        if kind == "FSI" and not self._overflowing_isolates:
            within = self._text[place + 1 : self._ends.get(place)]
            right = is_right_to_left(within, otherwise=False)
        if self._begin(right, "", is_isolate=True):
            self._open_isolates += 1
        else:
            self._overflowing_isolates += 1

    def _begin(self, right: bool, override: str, *, is_isolate: bool) -> bool:
        level = self._stack[-1].level
        level += 1 if right != level % 2 else 2
        if level > _LEVEL_MAX or self._overflowing_isolates or self._overflowing_embeddings:
            return False
        self._stack.append(_Direction(level, override, is_isolate))
        return True

    def _end_isolate(self) -> None:
        if self._overflowing_isolates:
            self._overflowing_isolates -= 1
        elif self._open_isolates:
            self._overflowing_embeddings = 0
            while not self._stack.pop().is_isolate:
                pass
            self._open_isolates -= 1

    def _end_embedding(self, place: int) -> None:
        self._types[place] = "BN"
        if self._overflowing_isolates:
            return
        if self._overflowing_embeddings:
            self._overflowing_embeddings -= 1
        elif len(self._stack) > 1 and not self._stack[-1].is_isolate:
            self._stack.pop()


def _ends_of_isolates(types: Sequence[str]) -> dict[int, int]:
    """Where the isolates end that begin at these places (definition BD9)."""
    waiting: list[int] = []
    found: dict[int, int] = {}
    for place, kind in enumerate(types):
        if kind in ISOLATES:
            waiting.append(place)
        elif kind == "PDI" and waiting:
            found[waiting.pop()] = place
    return found


def isolating_run_sequences(
    classes: Sequence[str], types: Sequence[str], levels: Sequence[int], base: int
) -> list[RunSequence]:
    """Divide a paragraph with set levels; what only set levels is in none."""
    kept = [place for place, kind in enumerate(types) if kind != "BN"]
    if not kept:
        return []
    changes = [n for n, (a, b) in enumerate(pairwise(kept), 1) if levels[a] != levels[b]]
    runs = [kept[start:end] for start, end in pairwise([0, *changes, len(kept)])]
    ends = _ends_of_isolates(classes)
    continued = set(ends.values())
    by_first = {run[0]: number for number, run in enumerate(runs)}
    found = []
    for number, run in enumerate(runs):
        if run[0] in continued:
            continue
        places, last = [*run], number
        while (end := ends.get(places[-1])) is not None:
            last = by_first[end]
            places += runs[last]
        level = levels[run[0]]
        before = levels[runs[number - 1][-1]] if number else base
        is_open = classes[places[-1]] in ISOLATES
        after = levels[runs[last + 1][0]] if last + 1 < len(runs) and not is_open else base
        found.append(
            RunSequence(
                places, level, _direction(max(level, before)), _direction(max(level, after))
            )
        )
    return found


def _direction(level: int) -> str:
    return "R" if level % 2 else "L"
