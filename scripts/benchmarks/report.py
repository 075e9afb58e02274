"""The report of a benchmark, for people and for programs."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any

import msgspec

Row = dict[str, str | float]
"""One line of a table by column name."""


def _cores() -> int:
    return len(os.sched_getaffinity(0))


class Machine(msgspec.Struct, frozen=True):
    """The machine on which a benchmark ran."""

    cores: int = msgspec.field(default_factory=_cores)
    system: str = msgspec.field(default_factory=platform.platform)
    python: str = msgspec.field(default_factory=platform.python_version)
    packages: dict[str, str] = msgspec.field(
        default_factory=lambda: {name: version(name) for name in ("temporalio", "litestar")}
    )
    load: float = msgspec.field(default_factory=lambda: os.getloadavg()[0])
    """One-minute load average when the benchmark ended: its own work, and that of others."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one benchmark."""

    benchmark: str
    settings: Mapping[str, Any]
    rows: Sequence[Row]
    """All with the columns of the first."""
    summary: Mapping[str, float] = {}
    """The figures that matter, by name."""
    machine: Machine = msgspec.field(default_factory=Machine)


def durations_row(what: str, seconds: Sequence[float]) -> Row:
    """A row that sums up how long something took."""
    return {
        "what": what,
        "median ms": median(seconds) * 1000,
        "p95 ms": percentile(seconds, 95) * 1000,
        "min ms": min(seconds) * 1000,
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many percent of all values lie."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def middle_ratio(values: Iterable[float], baselines: Iterable[float]) -> float:
    """The median of the ratios of values to the baselines that took turns with them."""
    return median([value / baseline for value, baseline in zip(values, baselines, strict=True)])


def as_text(report: Report) -> str:
    """The report as a table."""
    columns = list(report.rows[0])
    cells = [columns, *([_cell(row[column]) for column in columns] for row in report.rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = [_line(line, widths) for line in cells]
    if report.summary:
        lines.append("")
        lines += [f"{name}: {value:.3g}" for name, value in report.summary.items()]
    settings = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    machine = report.machine
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    lines += [
        "",
        f"{report.benchmark}: {settings}",
        f"{machine.cores} cores, load {machine.load:.1f}, Python {machine.python}, {packages}",
    ]
    return "\n".join(lines)


def as_markdown(report: Report) -> str:
    """The report as a section of a Markdown document."""
    columns = list(report.rows[0])
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)]]
    lines += [[_cell(row[column]) for column in columns] for row in report.rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    summary = "\n".join(f"- {name}: {value:.3g}" for name, value in report.summary.items())
    machine = report.machine
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    settings = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    place = f"{machine.cores} cores, load {machine.load:.1f}, Python {machine.python}, {packages}"
    parts = [f"### {report.benchmark}", settings, table, summary, place]
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
