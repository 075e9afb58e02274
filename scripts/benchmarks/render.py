"""Processor time and memory of each renderer, beside the obvious way to write that format.

Each render runs in a process of its own; service and baselines take turns. What reading the
content and its Markdown takes, which they have in common, is measured in turns with the render, and
ratios are given with and without it. pandoc reads Markdown in a way of its own: what it takes in
all is compared. A PDF is also measured without its tags, of which platypus has none, and without
its contents pages. `rows` is XLSX of 1,000 short rows an item; `text` is csv, json and txt.
"""

import argparse
import shutil
import subprocess
import sys
from importlib.util import find_spec
from statistics import median

import msgspec

from scripts.benchmarks.render_baselines import BASELINES
from scripts.benchmarks.render_case import OURS, UNTAGGED, WITHOUT_CONTENTS, Rendered
from scripts.benchmarks.render_rows import RUST_WRITER
from scripts.benchmarks.render_typesetters import TYPST, WEASYPRINT
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
        for name, taken in takes.items():
            rows.append(_row(case if name == "service" else f"  {name}", taken))
        for ours in ("service", UNTAGGED):
            if ours in takes:
                what = case if ours == "service" else f"{case} {ours}"
                summary |= _ratios(what, takes[ours], takes)
    return Report(
        benchmark="render",
        settings={"items": arguments.items, "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _ratios(what: str, ours: list[Rendered], takes: _Takes) -> dict[str, float]:
    """What we took, beside each of the others, with reading and without."""
    found: dict[str, float] = {}
    for name, taken in takes.items():
        if name == WITHOUT_CONTENTS and ours is takes["service"]:
            found[f"{what}, CPU / {name}"] = _cpu(ours) / _cpu(taken)
        if name not in OURS:
            found[f"{what}, CPU / {name}"] = _cpu(ours) / _cpu(taken)
            whose = "ours without reading" if name == "pandoc" else "without reading"
            alone = _without_reading(ours) / _without_reading(taken)
            found[f"{what}, CPU / {name}, {whose}"] = alone
    return found


def _measure(case: str, items: int, runs: int) -> _Takes:
    names = ["service", *BASELINES[case]]
    if case == "pdf":
        names += [UNTAGGED, WITHOUT_CONTENTS]
    takes: _Takes = {name: [] for name in names if _is_here(name)}
    for _ in range(runs):
        for name, taken in takes.items():
            taken.append(_render(case, name, items))
    return takes


def _is_here(renderer: str) -> bool:
    """Whether the renderer is installed; some need not be."""
    if renderer == "pandoc":
        return shutil.which(renderer) is not None
    return renderer not in {RUST_WRITER, TYPST, WEASYPRINT} or find_spec(renderer) is not None


def _render(case: str, renderer: str, items: int) -> Rendered:
    command = [sys.executable, "-m", "scripts.benchmarks.render_case"]
    command += [case, renderer, str(items)]
    result = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(result.stdout, type=Rendered)


def _row(what: str, taken: list[Rendered]) -> Row:
    return {
        "format": what,
        "user CPU s": _cpu(taken),
        "without reading": _without_reading(taken),
        "peak MB": median(one.peak_bytes for one in taken) / 1e6,
        "growth MB": median(one.growth_bytes for one in taken) / 1e6,
        "file kB": median(one.file_bytes for one in taken) / 1e3,
    }


def _cpu(taken: list[Rendered]) -> float:
    return median(one.cpu_seconds for one in taken)


def _without_reading(taken: list[Rendered]) -> float:
    return median(one.cpu_seconds - one.reading_seconds for one in taken)
