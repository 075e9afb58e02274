"""Processor time and memory of each renderer, beside the obvious way to write that format.

Each renderer runs in a process of its own; service and baselines take turns. Reading content and
its Markdown, which they have in common, takes most of the time of all but PDF: ratios are given
with it, and without it, of content that was read before; these also of a following export of as
many other items in the same process. pandoc reads Markdown in a way of its own: what it takes in
all is compared with our render without reading. A PDF is also measured without its tags, of which
platypus has none, and without its contents pages. `rows` is XLSX of 1,000 short rows an item;
`text` is csv, json and txt. HTML, IMSCC and SCORM are compared with our EPUB, EPUB with EbookLib
and decks with genanki, where EXPORT_BENCH_WRITERS names the Python of an environment that has
these.
"""

import argparse
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from select import select
from statistics import median

import msgspec

from scripts.benchmarks.render_alone import FIRST, FOLLOWING
from scripts.benchmarks.render_baselines import BASELINES
from scripts.benchmarks.render_books import EBOOKLIB
from scripts.benchmarks.render_case import OURS, SERVICE, UNTAGGED, WITHOUT_CONTENTS, Rendered
from scripts.benchmarks.render_decks import GENANKI
from scripts.benchmarks.render_rows import RUST_WRITER
from scripts.benchmarks.render_typesetters import TYPST, WEASYPRINT
from scripts.benchmarks.render_writers import writer_is_here
from scripts.benchmarks.report import Report, Row, middle_ratio
from scripts.dev.environment import CHECKOUT

_TEXT = ("csv", "json", "txt")
_ROUND_SECONDS = 1.0
"""The seconds of a round, in which each renderer has one turn."""
_LEAST_SECONDS = 3.0
"""Short renders are done again and again."""


class _Takes(msgspec.Struct, frozen=True):
    """The measurements of one renderer."""

    whole: list[Rendered]
    """With reading, of each run."""
    alone: dict[str, list[float]]
    """Without reading, by what was rendered: the seconds of each turn."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument(
        "formats", nargs="*", metavar="FORMAT", help=f"some of text, {', '.join(BASELINES)} (all)"
    )
    parser.add_argument("--items", type=int, default=100, help="items in the export (100)")
    parser.add_argument("--runs", type=int, default=3, help="processes for each figure (3)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
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
            rows.append(_row(case if name == SERVICE else f"  {name}", taken))
        for ours in (SERVICE, UNTAGGED):
            if ours in takes:
                summary |= _ratios(case if ours == SERVICE else f"{case} {ours}", ours, takes)
    return Report(
        benchmark="render",
        settings={"items": arguments.items, "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _ratios(what: str, ours: str, takes: dict[str, _Takes]) -> dict[str, float]:
    """The ratios of our measurements to those of each other renderer."""
    found: dict[str, float] = {}
    for name, taken in takes.items():
        if name in OURS and (ours, name) != (SERVICE, WITHOUT_CONTENTS):
            continue
        for kind, seconds in _SECONDS.items():
            found[f"{what}, CPU / {name}{kind}"] = middle_ratio(
                seconds(takes[ours]), seconds(taken)
            )
    return found


_SECONDS: dict[str, Callable[[_Takes], list[float]]] = {
    "": lambda taken: [run.cpu_seconds for run in taken.whole],
    ", without reading": lambda taken: taken.alone[FIRST],
    ", without reading, following": lambda taken: taken.alone[FOLLOWING],
}
"""The seconds that are compared, by the end of the comparison's name."""


def _measure(case: str, items: int, runs: int) -> dict[str, _Takes]:
    ours = OURS if case == "pdf" else (SERVICE,)
    names = [name for name in (*ours, *BASELINES[case]) if _is_here(name)]
    takes = {name: _Takes([], {FIRST: [], FOLLOWING: []}) for name in names}
    for _ in range(runs):
        for name, taken in takes.items():
            taken.whole.append(_rendered(case, name, items))
        _take_turns(case, items, takes)
    return takes


def _rendered(case: str, renderer: str, items: int) -> Rendered:
    command = _command("render_case", case, renderer, items)
    result = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(result.stdout, type=Rendered)


def _take_turns(case: str, items: int, takes: dict[str, _Takes]) -> None:
    """Let the renderers take turns, since the machine is never equally fast twice."""
    with ExitStack() as stack:
        processes = [_start(stack, case, name, items) for name in takes]
        for process in processes:
            _line_of(process)
        # By turns in proportion to what they take, all of them are done at about the same time.
        expected = [taken.whole[-1].cpu_seconds for taken in takes.values()]
        slices = [_ROUND_SECONDS * seconds / sum(expected) for seconds in expected]
        for part in (FIRST, FOLLOWING):
            spent = 0.0
            while spent < _LEAST_SECONDS:
                found = _by_turns(processes, part, slices)
                for taken, seconds in zip(takes.values(), found, strict=True):
                    taken.alone[part].append(seconds)
                spent += sum(found)


def _start(stack: ExitStack, case: str, renderer: str, items: int) -> subprocess.Popen[str]:
    process = stack.enter_context(
        subprocess.Popen(
            _command("render_alone", case, renderer, items),
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    # One that is stopped when something fails would be waited for without end.
    stack.callback(process.kill)
    return process


def _by_turns(
    processes: list[subprocess.Popen[str]], part: str, slices: list[float]
) -> list[float]:
    """Let each process render once, one of them at a time for its slice; what each of them took."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
        assert process.stdin
        process.stdin.write(f"{part}\n")
        process.stdin.flush()
    taken: dict[int, float] = {}
    while len(taken) < len(processes):
        for number, (process, seconds) in enumerate(zip(processes, slices, strict=True)):
            if number not in taken:
                process.send_signal(signal.SIGCONT)
                assert process.stdout
                if select([process.stdout], [], [], seconds)[0]:
                    taken[number] = float(_line_of(process))
                else:
                    process.send_signal(signal.SIGSTOP)
    return [taken[number] for number in range(len(processes))]


def _line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise subprocess.CalledProcessError(process.wait(), process.args)
    return line


def _command(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", f"scripts.benchmarks.{module}", *map(str, arguments)]


def _is_here(renderer: str) -> bool:
    """True if the renderer is installed; some are optional."""
    if renderer == "pandoc":
        return shutil.which(renderer) is not None
    if renderer in {EBOOKLIB, GENANKI}:
        return writer_is_here(renderer.lower())
    return renderer not in {RUST_WRITER, TYPST, WEASYPRINT} or find_spec(renderer) is not None


def _row(what: str, taken: _Takes) -> Row:
    seconds = (median(of(taken)) for of in _SECONDS.values())
    return {
        "format": what,
        **dict(zip(("CPU s", "without reading", "following"), seconds, strict=True)),
        "peak MB": median(run.peak_bytes for run in taken.whole) / 1e6,
        "growth MB": median(run.growth_bytes for run in taken.whole) / 1e6,
        "file kB": median(run.file_bytes for run in taken.whole) / 1e3,
    }
