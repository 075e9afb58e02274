"""Text in PDF exports is divided and ordered as Unicode's own test files have it.

What is tailored, or not done yet, is listed with its reason; nothing else may differ, and nothing
that is listed may have become right.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

import pytest

from activities.documents.segmentation import grapheme_clusters, unbreakable_units
from activities.formats.pdf.text.bidi import embedding_levels, visual_order
from tests.judges import unicode_tests
from tests.judges.conformance import Conformance, Judge
from tests.judges.unicode_exceptions import (
    CLASSES_ORDERED_OTHERWISE,
    DIVIDED_OTHERWISE,
    FORBIDDEN_BREAKS,
    ORDERED_OTHERWISE,
)
from tests.judges.unicode_tests import BreakCase, OrderCase

pytestmark = pytest.mark.judges

_HARD_BREAKS: Final = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
"""In a text they end paragraphs, or are blanks."""
_BLANKS: Final = " \t\u2029\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Spaces, and what is not seen."""
_ISOLATES: Final = frozenset("\u2066\u2067\u2068\u2069")
_EMBEDDINGS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")


def judge_of(annex: str, file: str) -> Judge:
    return Judge(f"Unicode's {file}", unicode_tests.version(), annex)


_LINES: Final = ("rules for line breaks (UAX #14)", "LineBreakTest")
_CLUSTERS: Final = ("grapheme clusters (UAX #29)", "GraphemeBreakTest")
_CHARACTERS: Final = ("order of mixed directions (UAX #9)", "BidiCharacterTest")
_CLASSES: Final = ("order of mixed directions (UAX #9)", "BidiTest")


def line_breaks(text: str) -> set[int]:
    """Where a line of ours may begin within a text."""
    found: set[int] = set()
    place = 0
    for token in re.findall(r" +|[^ ]+", text):
        if not token.startswith(" "):
            found |= {place, *_ends(unbreakable_units(token), place)}
            found.discard(place + len(token))
        place += len(token)
    # Spaces at the beginning are not shown.
    return found - {0, len(text) - len(text.lstrip(" "))}


def cluster_ends(text: str) -> set[int]:
    return set(_ends(grapheme_clusters(text))) - {0, len(text)}


def _ends(parts: Iterable[str], start: int = 0) -> Iterator[int]:
    return accumulate(map(len, parts), initial=start)


def _place(case: BreakCase, offset: int) -> str:
    if case.text[offset - 1] == " ":
        return "after a space"
    beside = case.text[offset - 1 : offset + 1]
    if any(character >= "\U0001f000" for character in beside):
        return "beside a picture"
    return f"U+{ord(case.text[offset]):04X}"


def forbidden_breaks(cases: Iterable[BreakCase]) -> Counter[tuple[str, str]]:
    """How often lines of ours break where none may, by rule and place."""
    return Counter(
        (f"LB{int(float(case.rules[offset]))}", _place(case, offset))
        for case in cases
        for offset in line_breaks(case.text) - case.allowed
    )


def in_order(case: OrderCase) -> bool:
    """Whether our lines show the characters in the case's order.

    Spaces at the end of a line are not shown.
    """
    shown = set(range(len(case.text.rstrip(_BLANKS))))
    levels = embedding_levels(case.text, case.right_to_left)
    seen = visual_order(range(len(case.text)), levels)
    order = [place for place in case.order if place in shown]
    return [place for place in seen if place in shown and place in case.order] == order


def test_no_line_breaks_where_unicode_forbids_it(conformance: Conformance) -> None:
    judge = judge_of(*_LINES)
    every = list(unicode_tests.break_cases("LineBreakTest"))
    cases = [case for case in every if not _HARD_BREAKS & set(case.text)]
    found = forbidden_breaks(cases)
    unexplained = found - Counter({place: count for place, (count, _) in FORBIDDEN_BREAKS.items()})
    conformance.judged(judge, "lines of PDF", len(cases), map(str, unexplained.elements()))
    reasons = Counter[str]()
    for count, why in FORBIDDEN_BREAKS.values():
        reasons[why] += count
    told = {why: f"{count:,} forbidden breaks" for why, count in reasons.items()}
    left_out = f"{len(every) - len(cases):,} of {len(every):,} cases left out"
    conformance.excepted(judge, told | {"what ends lines in them ends paragraphs here": left_out})

    assert found == {place: count for place, (count, _) in FORBIDDEN_BREAKS.items()}


def test_clusters_are_those_of_unicode(conformance: Conformance) -> None:
    judge = judge_of(*_CLUSTERS)
    cases = list(unicode_tests.break_cases("GraphemeBreakTest"))
    found = {_codes(case.text) for case in cases if cluster_ends(case.text) != case.allowed}
    unexplained = found - DIVIDED_OTHERWISE.keys()
    conformance.judged(judge, "characters of PDF and TXT", len(cases), unexplained)
    conformance.excepted(judge, DIVIDED_OTHERWISE)

    assert found == DIVIDED_OTHERWISE.keys()


def test_characters_are_in_the_order_of_unicode(conformance: Conformance) -> None:
    judge = judge_of(*_CHARACTERS)
    cases = list(unicode_tests.order_cases_of_characters())
    found = {_written(case) for case in cases if not in_order(case)}
    explained = {case for listed in ORDERED_OTHERWISE.values() for case in listed}
    conformance.judged(judge, "lines of PDF", len(cases), found - explained)
    told = {
        why: f"{len(listed):,} of {len(cases):,} cases" for why, listed in ORDERED_OTHERWISE.items()
    }
    conformance.excepted(judge, told)

    assert found == explained


def test_classes_of_characters_are_in_the_order_of_unicode(conformance: Conformance) -> None:
    judge = judge_of(*_CLASSES)
    all_of = Counter[str]()
    found = Counter[str]()
    for case in unicode_tests.order_cases_of_classes():
        kind = _kind(case.text)
        all_of[kind] += 1
        found[kind] += not in_order(case)
    expected = {kind: count for kind, (count, _) in CLASSES_ORDERED_OTHERWISE.items()}
    unexplained = found - Counter(expected)
    conformance.judged(judge, "lines of PDF", all_of.total(), unexplained.elements())
    told = {
        why: f"{count:,} of {all_of[kind]:,} cases {kind}"
        for kind, (count, why) in CLASSES_ORDERED_OTHERWISE.items()
    }
    conformance.excepted(judge, told)

    assert +found == expected


def _kind(text: str) -> str:
    held = set(text)
    if held & _ISOLATES:
        return "with isolates"
    if "\t" in held:
        return "with a tab"
    return "with embeddings" if held & _EMBEDDINGS else "of other characters"


def _codes(text: str) -> str:
    return " ".join(f"{ord(character):04X}" for character in text)


def _written(case: OrderCase) -> str:
    direction = 2 if case.base_level is None else case.base_level
    return f"{_codes(case.text)};{direction}"


def test_planted_breaks_are_found(
    conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.unbreakable_units", list)
    monkeypatch.setattr(f"{__name__}.grapheme_clusters", list)
    cases = unicode_tests.break_cases("LineBreakTest")
    assert sum(forbidden_breaks(cases).values()) > 4_000
    conformance.planted(judge_of(*_LINES))
    clusters = list(unicode_tests.break_cases("GraphemeBreakTest"))
    assert sum(cluster_ends(case.text) != case.allowed for case in clusters) > 300
    conformance.planted(judge_of(*_CLUSTERS))


@pytest.mark.parametrize("annex_and_file", [_CHARACTERS, _CLASSES])
def test_a_planted_order_is_found(
    annex_and_file: tuple[str, str], conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.visual_order", lambda items, _levels: list(items))
    cases = {
        _CHARACTERS: unicode_tests.order_cases_of_characters,
        _CLASSES: unicode_tests.order_cases_of_classes,
    }[annex_and_file]()
    assert not all(in_order(case) for case in cases)
    conformance.planted(judge_of(*annex_and_file))
