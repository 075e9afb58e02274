"""Exports of ten to ten thousand items: time an item, and memory, as an export grows.

Rendered as the service does it, chunk by chunk from a snapshot on disk, each export in a process
of its own. The baseline is the same format at the second of the sizes.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument(
        "--formats", nargs="+", default=["json", "csv", "txt", "xlsx", "docx", "pdf"]
    )


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
    rows: list[Row] = []
    summary: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
        snapshot = Path(directory, "snapshot.jsonl")
        _write(snapshot, max(arguments.sizes))
        for format_id in arguments.formats:
            sizes = [n for n in arguments.sizes if n <= _MOST_WHOLE.get(format_id, n)]
            taken = {size: _render(format_id, snapshot, size) for size in sizes}
            rows += [_row(format_id, size, each) for size, each in taken.items()]
            if len(sizes) > 2:
                base, most = taken[sizes[1]], taken[sizes[-1]]
                growth = sizes[-1] / sizes[1]
                names = f"{format_id}, {sizes[-1]:,} items / {sizes[1]:,}"
                summary[f"{names}: CPU an item"] = most.cpu_seconds / base.cpu_seconds / growth
                summary[f"{names}: peak memory"] = most.peak_bytes / base.peak_bytes
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


def _row(format_id: str, items: int, taken: Taken) -> Row:
    return {
        "format": format_id,
        "items": f"{items:,}",
        "CPU s": taken.cpu_seconds,
        "CPU ms an item": taken.cpu_seconds / items * 1000,
        "peak MB": taken.peak_bytes / 1e6,
        "file MB": taken.file_bytes / 1e6,
    }
