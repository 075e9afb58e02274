"""Processor time and memory of each renderer, beside the obvious way to write that format.

Each render runs in a process of its own; service and baselines take turns. What reading the
content and its Markdown takes, which they have in common, is measured as well, and ratios are
given with and without it. `rows` is XLSX of 1,000 short rows an item; `text` is csv, json and txt.
"""

import argparse
import shutil
import subprocess
import sys
from statistics import median

import msgspec

from scripts.benchmarks.render_baselines import BASELINES, READ_ALONE
from scripts.benchmarks.render_case import Rendered
from scripts.benchmarks.report import Report, Row
from scripts.environment import CHECKOUT

_TEXT = ("csv", "json", "txt")
_Takes = dict[str, list[Rendered]]
"""By renderer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "formats", nargs="*", metavar="FORMAT", help=f"some of text, {', '.join(BASELINES)} (all)"
    )
    parser.add_argument("--items", type=int, default=100, help="items in the export (100)")
    parser.add_argument("--runs", type=int, default=3, help="processes for each figure (3)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    cases = [
        case
        for name in arguments.formats or BASELINES
        for case in (_TEXT if name == "text" else (name,))
    ]
    if unknown := set(cases) - set(BASELINES):
        sys.exit(f"no baseline for {', '.join(sorted(unknown))}; there are {', '.join(BASELINES)}")
    rows: list[Row] = []
    summary: dict[str, float] = {}
    for case in cases:
        takes = _measure(case, arguments.items, arguments.runs)
        ours = _cpu(takes["service"])
        read = _cpu(takes[READ_ALONE])
        for name, taken in takes.items():
            rows.append(_row(case if name == "service" else f"  {name}", taken))
            if name in BASELINES[case]:
                summary[f"{case}, CPU / {name}"] = ours / _cpu(taken)
                if name != "pandoc":
                    ratio = (ours - read) / (_cpu(taken) - read)
                    summary[f"{case}, CPU / {name}, without reading"] = ratio
    return Report(
        benchmark="render",
        settings={"items": arguments.items, "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _measure(case: str, items: int, runs: int) -> _Takes:
    names = ["service", *BASELINES[case], READ_ALONE]
    if shutil.which("pandoc") is None:
        names = [name for name in names if name != "pandoc"]
    takes: _Takes = {name: [] for name in names}
    for _ in range(runs):
        for name, taken in takes.items():
            taken.append(_render(case, name, items))
    return takes


def _render(case: str, renderer: str, items: int) -> Rendered:
    command = [sys.executable, "-m", "scripts.benchmarks.render_case"]
    command += [case, renderer, str(items)]
    result = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(result.stdout, type=Rendered)


def _row(what: str, taken: list[Rendered]) -> Row:
    return {
        "format": what,
        "user CPU s": _cpu(taken),
        "peak MB": median(one.peak_bytes for one in taken) / 1e6,
        "growth MB": median(one.growth_bytes for one in taken) / 1e6,
        "file kB": median(one.file_bytes for one in taken) / 1e3,
    }


def _cpu(taken: list[Rendered]) -> float:
    return median(one.cpu_seconds for one in taken)
