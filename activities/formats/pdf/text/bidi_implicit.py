"""Directions that follow from the characters themselves (UAX #9, rules W1 to I2)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from activities.formats.pdf.text.bidi_classes import CLOSING, SAME_BRACKET
from activities.formats.pdf.text.bidi_explicit import ISOLATES, RunSequence

_ISOLATE_ENDS = ISOLATES | {"PDI"}
_SEPARATORS = frozenset({"ES", "CS", "ET"})
_STRONG = frozenset({"L", "R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
_NEUTRAL = frozenset({"B", "S", "WS", "ON"}) | _ISOLATE_ENDS
_CLOSING = frozenset(CLOSING.values())
_OPEN_BRACKETS = 63
"""A bracket within more of them ends the search for pairs (definition BD16)."""


def resolve(
    text: str,
    classes: Sequence[str],
    types: Sequence[str],
    levels: list[int],
    sequence: RunSequence,
) -> None:
    """Give the characters of a sequence the levels that their own directions ask for.

    Args:
        text: Of the paragraph.
        classes: Of its characters.
        types: The same, where other characters may have set them.
        levels: What the others set; changed.
        sequence: Which characters.
    """
    places = sequence.places
    kinds = [types[place] for place in places]
    _resolve_weak(kinds, sequence.before)
    if "ON" in kinds:
        signs = [text[place] for place in places]
        marks = [classes[place] == "NSM" for place in places]
        _resolve_brackets(signs, marks, kinds, sequence)
    _resolve_neutral(kinds, sequence)
    level = sequence.level
    if level % 2:
        for place, kind in zip(places, kinds, strict=True):
            levels[place] = level if kind == "R" else level + 1
    else:
        for place, kind in zip(places, kinds, strict=True):
            levels[place] = level if kind == "L" else level + (1 if kind == "R" else 2)


def _resolve_weak(kinds: list[str], before: str) -> None:
    """Rules W1 to W7, for marks, and for numbers and what stands beside them."""
    if "NSM" in kinds:
        _resolve_marks(kinds, before)
    present = set(kinds)
    if "EN" in present:
        _resolve_numbers(kinds, before, {"AL": "AN"})
    if "AL" in present:
        kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]
    if not present.isdisjoint(_SEPARATORS):
        _resolve_separators(kinds)
    if "EN" in present:
        _resolve_numbers(kinds, before, {"L": "L"})


def _resolve_marks(kinds: list[str], before: str) -> None:
    """Rule W1: a mark goes with what it stands on."""
    for place, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[place] = before
        else:
            before = "ON" if kind in _ISOLATE_ENDS else kind


def _resolve_numbers(kinds: list[str], before: str, changed: Mapping[str, str]) -> None:
    """Rules W2 and W7: numbers change behind letters of some classes."""
    for place, kind in enumerate(kinds):
        if kind in _STRONG:
            before = kind
        elif kind == "EN":
            kinds[place] = changed.get(before, kind)


def _resolve_separators(kinds: list[str]) -> None:
    """Rules W4 to W6: a sign between numbers, or beside one, is of the number."""
    for place in range(1, len(kinds) - 1):
        kind, around = kinds[place], kinds[place - 1]
        if around == kinds[place + 1] and (
            (around == "EN" and kind in {"ES", "CS"}) or (around == "AN" and kind == "CS")
        ):
            kinds[place] = around
    for start, end in _stretches(kinds, frozenset({"ET"})):
        if "EN" in kinds[max(start - 1, 0) : start] + kinds[end : end + 1]:
            kinds[start:end] = ["EN"] * (end - start)
    kinds[:] = ["ON" if kind in _SEPARATORS else kind for kind in kinds]


def _resolve_brackets(
    signs: Sequence[str], marks: Sequence[bool], kinds: list[str], sequence: RunSequence
) -> None:
    """Give both brackets of a pair one direction, and the marks on them (rule N0)."""
    pairs = _bracket_pairs(signs, kinds)
    if not pairs:
        return
    along, against = ("R", "L") if sequence.level % 2 else ("L", "R")
    rights = [0, *accumulate(_direction(kind) == "R" for kind in kinds)]
    lefts = [0, *accumulate(kind == "L" for kind in kinds)]
    before, place = sequence.before, 0
    for opening, closing in pairs:
        for kind in kinds[place:opening]:
            before = _direction(kind) or before
        place = opening
        within = {
            "R": rights[closing] - rights[opening + 1],
            "L": lefts[closing] - lefts[opening + 1],
        }
        if within[along]:
            direction = along
        elif within[against]:
            direction = against if before == against else along
        else:
            continue
        for bracket in (opening, closing):
            kinds[bracket] = direction
            mark = bracket + 1
            while mark < len(kinds) and marks[mark]:
                kinds[mark] = direction
                mark += 1


def _bracket_pairs(signs: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Where brackets open and close, in the order in which they open (definition BD16)."""
    waiting: list[tuple[str, int]] = []
    pairs = []
    for place, sign in enumerate(signs):
        if kinds[place] != "ON":
            continue
        if sign in CLOSING:
            if len(waiting) == _OPEN_BRACKETS:
                break
            closing = CLOSING[sign]
            waiting.append((SAME_BRACKET.get(closing, closing), place))
        elif sign in _CLOSING:
            same = SAME_BRACKET.get(sign, sign)
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == same:
                    pairs.append((waiting[depth][1], place))
                    del waiting[depth:]
                    break
    return sorted(pairs)


def _resolve_neutral(kinds: list[str], sequence: RunSequence) -> None:
    """Rules N1 and N2: what stands between two of a direction has it, too."""
    own = "R" if sequence.level % 2 else "L"
    for start, end in _stretches(kinds, _NEUTRAL):
        before = _direction(kinds[start - 1]) if start else sequence.before
        after = _direction(kinds[end]) if end < len(kinds) else sequence.after
        kinds[start:end] = [before if before == after else own] * (end - start)


def _direction(kind: str) -> str:
    """The direction that a class has beside neutral characters, if any."""
    return "R" if kind in _NUMBERS else kind if kind in {"L", "R"} else ""


def _stretches(kinds: Sequence[str], chosen: frozenset[str]) -> Iterator[tuple[int, int]]:
    """From where to where characters of some classes follow each other."""
    start = None
    for place, kind in enumerate(kinds):
        if kind not in chosen:
            if start is not None:
                yield start, place
                start = None
        elif start is None:
            start = place
    if start is not None:
        yield start, len(kinds)
