"""What the judges of a run said, as CONFORMANCE.md tells it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from scripts.dev.environment import CHECKOUT
from tests.judges.documents import CONTENTS

PAGE: Final = CHECKOUT / "CONFORMANCE.md"
_COLUMNS: Final = ("asked for", "judge", "version", "judged", "checks", "findings", "planted")
_VARYING: Final = ("version", "checks")
"""Columns that follow the machine's programs, and every change of the files that are judged."""

_HEAD: Final = """\
# Conformance

What programs and test data of others say of the service and its files. This page is written by
`python3 scripts/test.py -m judges --write-conformance`; without the option that run fails where its
outcome is another than this page's. Versions may differ, and so may the number of checks, which
grows with what is judged.

A finding is a fault that a judge reports; one that is explained below counts as none. Planted are
faults that were put into what is judged, each of which its judge has to find.

"""
_FILES: Final = "The files hold, each kind in one of its own: {}.\n\n"


class Judge(msgspec.Struct, frozen=True):
    """A program or test data of others, and what it is asked to hold us to."""

    name: str
    version: str
    asked_for: str


class _Verdict(msgspec.Struct):
    judged: list[str]
    checks: int = 0
    findings: int = 0
    planted: int = 0


class Conformance:
    """The verdicts of a run."""

    def __init__(self) -> None:
        self._verdicts: dict[Judge, _Verdict] = {}
        self._exceptions: dict[Judge, dict[str, str]] = {}

    def judged(self, judge: Judge, what: str, checks: int, findings: Iterable[str] = ()) -> None:
        """Record what a judge looked at, in how many checks, and what it found there."""
        verdict = self._of(judge)
        if what not in verdict.judged:
            verdict.judged.append(what)
        verdict.checks += checks
        verdict.findings += len(list(findings))

    def excepted(self, judge: Judge, exceptions: Mapping[str, str]) -> None:
        """Record what a judge says and we stay with: the place and why, or why and how often."""
        if exceptions:
            self._exceptions.setdefault(judge, {}).update(exceptions)

    def planted(self, judge: Judge) -> None:
        """Record that a judge found a fault that was made for it."""
        self._of(judge).planted += 1

    def without_planted_fault(self) -> set[str]:
        """The judges of whom nobody knows whether they find anything."""
        return {judge.name for judge, verdict in self._verdicts.items() if not verdict.planted}

    def _of(self, judge: Judge) -> _Verdict:
        return self._verdicts.setdefault(judge, _Verdict([]))

    def page(self) -> str:
        """All of it as Markdown."""
        return _HEAD + _FILES.format("; ".join(CONTENTS)) + "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield _row(_COLUMNS)
        yield _row(["---"] * len(_COLUMNS))
        for judge in self._in_order(self._verdicts):
            verdict = self._verdicts[judge]
            judged = ", ".join(verdict.judged)
            numbers = (f"{verdict.checks:,}", f"{verdict.findings:,}", f"{verdict.planted:,}")
            yield _row((judge.asked_for, judge.name, judge.version, judged, *numbers))
        for judge in self._in_order(self._exceptions):
            yield f"\n## {judge.name}: {judge.asked_for}\n"
            yield from (f"- {key}: {value}" for key, value in self._exceptions[judge].items())

    @staticmethod
    def _in_order(judges: Iterable[Judge]) -> list[Judge]:
        return sorted(judges, key=lambda judge: (judge.asked_for, judge.name))


def comparable(page: str) -> list[str]:
    """The lines of a page without what may vary."""
    varying = [_COLUMNS.index(name) for name in _VARYING]
    return [_without(line, varying) for line in page.splitlines()]


def _without(line: str, columns: Iterable[int]) -> str:
    if not line.startswith("|"):
        return line
    cells = line.strip("|").split("|")
    return _row(cell.strip() for place, cell in enumerate(cells) if place not in columns)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
