"""Processor time and memory of each renderer, beside the obvious way to write that format.

Each render runs in a process of its own. Service and baseline take turns.
"""

import argparse
import subprocess
import sys
from statistics import median

import msgspec

from scripts.benchmarks.render_baselines import BASELINES
from scripts.benchmarks.render_case import Taken
from scripts.benchmarks.report import Report, Row
from scripts.environment import CHECKOUT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "formats", nargs="*", metavar="FORMAT", help=f"some of {', '.join(BASELINES)} (all)"
    )
    parser.add_argument("--items", type=int, default=100, help="items in the export (100)")
    parser.add_argument("--runs", type=int, default=3, help="processes for each figure (3)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    formats = arguments.formats or list(BASELINES)
    if unknown := set(formats) - set(BASELINES):
        sys.exit(f"no baseline for {', '.join(sorted(unknown))}; there are {', '.join(BASELINES)}")
    rows: list[Row] = []
    summary: dict[str, float] = {}
    for format_id in formats:
        ours, baseline = _compare(format_id, arguments.items, arguments.runs)
        name, _ = BASELINES[format_id]
        rows += [_row(format_id, ours), _row(f"  {name}", baseline)]
        summary[f"{format_id}, CPU / {name}"] = _cpu(ours) / _cpu(baseline)
    return Report(
        benchmark="render",
        settings={"items": arguments.items, "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _compare(format_id: str, items: int, runs: int) -> tuple[list[Taken], list[Taken]]:
    ours, baseline = [], []
    for _ in range(runs):
        ours.append(_render(format_id, "service", items))
        baseline.append(_render(format_id, "baseline", items))
    return ours, baseline


def _render(format_id: str, whose: str, items: int) -> Taken:
    command = [sys.executable, "-m", "scripts.benchmarks.render_case"]
    command += [format_id, whose, str(items)]
    result = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(result.stdout, type=Taken)


def _row(what: str, taken: list[Taken]) -> Row:
    return {
        "format": what,
        "user CPU s": _cpu(taken),
        "peak MB": median(one.peak_bytes for one in taken) / 1e6,
        "file kB": median(one.file_bytes for one in taken) / 1e3,
    }


def _cpu(taken: list[Taken]) -> float:
    return median(one.cpu_seconds for one in taken)
