"""Text in exports is divided and ordered as Unicode's own test files have it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import pytest

from activities.documents.segmentation import grapheme_clusters
from activities.formats.pdf.text.bidi import embedding_levels, visual_order
from tests import unicode_files
from tests.judges import bidi_classes
from tests.judges.bidi_classes import ShownCase, class_cases
from tests.judges.conformance import Conformance, Judge
from tests.unicode_files import BreakCase, break_cases, order_cases
from tests.unit.documents.test_segmentation import line_starts, places

pytestmark = pytest.mark.judges

_HARD_BREAKS: Final = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
"""In a text they end paragraphs, or are blanks."""

_LINES: Final = "LineBreakTest"
_CLUSTERS: Final = "GraphemeBreakTest"
_CHARACTERS: Final = "BidiCharacterTest"
_CLASSES: Final = "BidiTest"
_ASKED_FOR: Final = {
    _LINES: "rules for line breaks (UAX #14)",
    _CLUSTERS: "grapheme clusters (UAX #29)",
    _CHARACTERS: "order of mixed directions (UAX #9)",
    _CLASSES: "order of mixed directions (UAX #9)",
}


def judge_of(file: str) -> Judge:
    version = bidi_classes.version() if file == _CLASSES else unicode_files.version(file)
    return Judge(f"Unicode's {file}", version, _ASKED_FOR[file])


def breaks_otherwise(cases: Iterable[BreakCase]) -> Iterator[str]:
    """The texts that lines of ours divide where Unicode forbids it."""
    for text, allowed in cases:
        # Spaces at the beginning are not shown.
        first = len(text) - len(text.lstrip())
        if line_starts(text) - allowed - {0, first}:
            yield _codes(text)


def divided_otherwise(divide: Callable[[str], list[str]]) -> set[str]:
    """The texts that are divided into other clusters than Unicode's."""
    cases = break_cases(_CLUSTERS)
    return {_codes(text) for text, allowed in cases if places(divide(text)) != allowed}


def in_order(case: ShownCase) -> bool:
    """Whether our lines show the characters in the case's order."""
    shown = set(case.order)
    levels = embedding_levels(case.text, case.right_to_left)
    seen = visual_order(range(len(case.text)), levels)
    return [place for place in seen if place in shown] == list(case.order)


def character_cases() -> Iterator[ShownCase]:
    for case in order_cases():
        yield ShownCase(case.text, case.base_level, case.order)


def test_no_line_breaks_where_unicode_forbids_it(conformance: Conformance) -> None:
    every = list(break_cases(_LINES))
    cases = [case for case in every if not _HARD_BREAKS & set(case.text)]
    found = set(breaks_otherwise(cases))
    conformance.judged(judge_of(_LINES), "lines of PDF", len(cases), found)
    left_out = f"{len(every) - len(cases):,} of {len(every):,} cases left out"
    reason = "what ends lines in them ends paragraphs here"
    conformance.excepted(judge_of(_LINES), {reason: left_out})

    assert found == set()


def test_clusters_are_those_of_unicode(conformance: Conformance) -> None:
    found = divided_otherwise(grapheme_clusters)
    count = len(list(break_cases(_CLUSTERS)))
    conformance.judged(judge_of(_CLUSTERS), "characters of PDF and TXT", count, found)

    assert found == set()


@pytest.mark.parametrize(
    ("file", "cases"), [(_CHARACTERS, character_cases), (_CLASSES, class_cases)]
)
def test_characters_are_in_the_order_of_unicode(
    file: str, cases: Callable[[], Iterator[ShownCase]], conformance: Conformance
) -> None:
    count = 0
    found = set()
    for case in cases():
        count += 1
        if not in_order(case):
            found.add(_written(case))
    conformance.judged(judge_of(file), "lines of PDF", count, found)

    assert found == set()


def _codes(text: str) -> str:
    return " ".join(f"{ord(character):04X}" for character in text)


def _written(case: ShownCase) -> str:
    direction = 2 if case.base_level is None else case.base_level
    return f"{_codes(case.text)};{direction}"


def test_planted_divisions_are_found(conformance: Conformance) -> None:
    anywhere = (BreakCase(text, frozenset()) for text, _ in break_cases(_LINES))
    assert len(list(breaks_otherwise(anywhere))) > 4_000
    conformance.planted(judge_of(_LINES))
    assert len(divided_otherwise(list)) > 300
    conformance.planted(judge_of(_CLUSTERS))


@pytest.mark.parametrize(
    ("file", "cases"), [(_CHARACTERS, character_cases), (_CLASSES, class_cases)]
)
def test_a_planted_order_is_found(
    file: str,
    cases: Callable[[], Iterator[ShownCase]],
    conformance: Conformance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.visual_order", lambda items, _levels: list(items))
    assert not all(in_order(case) for case in cases())
    conformance.planted(judge_of(file))
