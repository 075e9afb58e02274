"""Exports of ten to ten thousand items: time an item, and memory, as an export grows.

Rendered as the service does it, chunk by chunk from a snapshot on disk, each export in a process
of its own. The baseline is the same format at the second of the sizes, the median of renders before
and after the others: the largest takes long enough for the machine's speed to change.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, median_low

import msgspec

from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_case import Taken
from scripts.benchmarks.report import Report, Row
from scripts.environment import CHECKOUT

_FORMATS = ["json", "csv", "txt", "xlsx", "docx", "pdf"]
# One render of a PDF takes all of its items.
_MOST_WHOLE = {"pdf": 1_000}
# Making up content takes longer than exporting it; with other ids it is other content.
_DISTINCT = 500
_LEAST_SIZES = 3
_BASE_RENDERS = 4
"""Before the largest export, and as many after it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    sizes = [10, 100, 1_000, 10_000]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes, help="three or more")
    parser.add_argument("--formats", nargs="+", default=_FORMATS)


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    rows: list[Row] = []
    summary: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
        snapshot = Path(directory, "snapshot.jsonl")
        _write(snapshot, max(arguments.sizes))
        for format_id in arguments.formats:
            sizes = [n for n in arguments.sizes if n <= _MOST_WHOLE.get(format_id, n)]
            if len(sizes) < _LEAST_SIZES:
                continue
            base, largest = sizes[1], sizes[-1]
            before = [_render(format_id, snapshot, base) for _ in range(_BASE_RENDERS)]
            taken = {size: _render(format_id, snapshot, size) for size in sizes if size != base}
            after = [_render(format_id, snapshot, base) for _ in range(_BASE_RENDERS)]
            taken[base] = usual = _middle([*before, *after])
            rows += [_row(format_id, size, taken[size]) for size in sizes]
            names = f"{format_id}, {largest:,} items / {base:,}"
            growth, most = largest / base, taken[largest]
            summary[f"{names}: CPU an item"] = most.cpu_seconds / usual.cpu_seconds / growth
            summary[f"{names}: peak memory"] = most.peak_bytes / usual.peak_bytes
    return Report(benchmark="scale", settings={}, rows=rows, summary=summary)


def _write(snapshot: Path, count: int) -> None:
    items = list(corpus(min(count, _DISTINCT)))
    with snapshot.open("wb") as file:
        for number in range(count):
            item = msgspec.structs.replace(items[number % len(items)], id=f"bench-{number + 1}")
            file.write(msgspec.json.encode(item) + b"\n")


def _render(format_id: str, snapshot: Path, items: int) -> Taken:
    command = [sys.executable, "-m", "scripts.benchmarks.scale_case"]
    command += [format_id, str(snapshot), str(items)]
    result = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(result.stdout, type=Taken)


def _middle(renders: Sequence[Taken]) -> Taken:
    return Taken(
        median([each.cpu_seconds for each in renders]),
        median_low([each.peak_bytes for each in renders]),
        renders[0].file_bytes,
    )


def _row(format_id: str, items: int, taken: Taken) -> Row:
    return {
        "format": format_id,
        "items": f"{items:,}",
        "CPU s": taken.cpu_seconds,
        "CPU ms an item": taken.cpu_seconds / items * 1000,
        "peak MB": taken.peak_bytes / 1e6,
        "file MB": taken.file_bytes / 1e6,
    }
