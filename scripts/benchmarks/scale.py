"""Exports of ten to ten thousand items: time an item, and memory, as an export grows.

Rendered as the service does it, chunk by chunk from a snapshot on disk, each export in a process
of its own. The baseline is the same format at the second of the sizes. A large export takes longer
than the machine keeps its speed, so it is stopped again and again for the baseline to take a turn.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median_low

import msgspec

from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_case import Taken
from scripts.benchmarks.report import Report, Row
from scripts.dev.environment import CHECKOUT

_FORMATS = [
    *("json", "csv", "txt", "xlsx", "docx", "html", "epub", "imscc", "scorm", "jsonl", "tsv"),
    # These hold all of an export at once.
    *("anki", "pdf"),
]
# One render of a PDF takes all of its items.
_MOST_WHOLE = {"pdf": 1_000}
# Making up content takes longer than exporting it; with other ids it is other content.
_DISTINCT = 500
_LEAST_SIZES = 3
_TURN_SECONDS = 4.0
_LEAST_TURNS = 4
"""The fewest renders of the baseline."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    sizes = [10, 100, 1_000, 10_000]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes, help="three or more")
    parser.add_argument("--formats", nargs="+", default=_FORMATS)


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
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
            taken = {n: _render(format_id, snapshot, n) for n in sizes if n not in (base, largest)}
            most, usual = _render_in_turns(format_id, snapshot, largest, base)
            taken |= {largest: most, base: usual}
            rows += [_row(format_id, size, taken[size]) for size in sizes]
            names = f"{format_id}, {largest:,} items / {base:,}"
            growth = largest / base
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
    return _taken(_start(format_id, snapshot, items))


def _render_in_turns(
    format_id: str, snapshot: Path, largest: int, base: int
) -> tuple[Taken, Taken]:
    """The average cost of the largest export, and that of one of the base meanwhile."""
    most: list[Taken] = []
    usual: list[Taken] = []
    while len(usual) < _LEAST_TURNS:
        process = _start(format_id, snapshot, largest)
        try:
            while not _ends_within(process, _TURN_SECONDS):
                process.send_signal(signal.SIGSTOP)
                usual.append(_render(format_id, snapshot, base))
                process.send_signal(signal.SIGCONT)
            most.append(_taken(process))
        finally:
            process.kill()
        usual.append(_render(format_id, snapshot, base))
    return _mean(most), _mean(usual)


def _mean(turns: list[Taken]) -> Taken:
    return Taken(
        mean([each.cpu_seconds for each in turns]),
        median_low([each.peak_bytes for each in turns]),
        turns[0].file_bytes,
    )


def _start(format_id: str, snapshot: Path, items: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scripts.benchmarks.scale_case"]
    command += [format_id, str(snapshot), str(items)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE)


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _taken(process: subprocess.Popen[bytes]) -> Taken:
    printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return msgspec.json.decode(printed, type=Taken)


def _row(format_id: str, items: int, taken: Taken) -> Row:
    return {
        "format": format_id,
        "items": f"{items:,}",
        "CPU s": taken.cpu_seconds,
        "CPU ms an item": taken.cpu_seconds / items * 1000,
        "peak MB": taken.peak_bytes / 1e6,
        "file MB": taken.file_bytes / 1e6,
    }
