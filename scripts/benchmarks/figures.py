"""Figures that have a goal each, and the report of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from scripts.benchmarks.report import Report, Row


class Figure(msgspec.Struct, frozen=True):
    """One measured number."""

    what: str
    value: float
    unit: str = ""
    """Empty for a ratio."""
    at_most: float | None = None
    """The goal: the most that the number may be, in its unit."""
    at_least: float | None = None
    """The goal: the least that it may be."""

    @property
    def goal(self) -> str:
        """The goal as it is shown; empty when there is none."""
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        return ", ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)

    @property
    def is_met(self) -> bool:
        """True if the number is within its goal."""
        too_little = self.at_least is not None and self.value < self.at_least
        too_much = self.at_most is not None and self.value > self.at_most
        return not (too_little or too_much)


def figures_report(
    benchmark: str, settings: Mapping[str, Any], figures: Iterable[Figure]
) -> Report:
    """The report of a benchmark that judges each of its figures by itself."""
    listed = list(figures)
    return Report(
        benchmark=benchmark,
        settings=settings,
        rows=[_row(figure) for figure in listed],
        summary={"goals missed": sum(not figure.is_met for figure in listed)},
    )


def _row(figure: Figure) -> Row:
    met = "" if not figure.goal else "yes" if figure.is_met else "NO"
    return {
        "what": figure.what,
        "figure": figure.value,
        "unit": figure.unit,
        "goal": figure.goal,
        "met": met,
    }
