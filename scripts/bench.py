"""Measure the service. Every figure comes with a baseline that was measured beside it."""

import argparse
import importlib
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

import msgspec

from activities.temporal.client import hard_exit
from scripts.benchmarks.report import Report, as_markdown, as_text
from scripts.dev.stack import StackError
from scripts.dev.temporal_cli import CliNotFoundError

BENCHMARKS = (
    "overhead",
    "traces",
    "throughput",
    "pollers",
    "fairness",
    "rounds",
    "cores",
    "bundle",
    "render",
    "maths",
    "pictures",
    "scale",
    "api",
    "download",
    "watch",
    "startup",
    "attacks",
    "size",
    "soak",
    "outage",
    "archive",
    "hosts",
)
"""The benchmarks, which are modules of `scripts.benchmarks`."""


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    choices = parser.add_subparsers(metavar="BENCHMARK", required=True)
    for name in BENCHMARKS:
        module = importlib.import_module(f"scripts.benchmarks.{name}")
        text = module.__doc__ or ""
        chosen = choices.add_parser(name, help=text.partition("\n")[0], description=text)
        chosen.add_argument("--json", type=Path, metavar="FILE", help="write the result there too")
        module.add_arguments(chosen)
        chosen.set_defaults(run=module.run, names=())
    everything = choices.add_parser("all", help="All of them, as they are by default.")
    everything.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    everything.add_argument("--markdown", type=Path, metavar="FILE", help="and as tables there")
    everything.set_defaults(names=BENCHMARKS)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if arguments.names:
            _run_all(parser, arguments)
            return 0
        report: Report = arguments.run(arguments)
    except (StackError, CliNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(as_text(report))
    _write_json(arguments.json, report)
    return 0


def _run_all(parser: argparse.ArgumentParser, wanted: argparse.Namespace) -> None:
    """Run each benchmark; what is done is written after each, so that an end loses none."""
    reports: list[Report] = []
    for name in wanted.names:
        arguments = parser.parse_args([name])
        reports.append(arguments.run(arguments))
        print(as_text(reports[-1]), end="\n\n", flush=True)
        _write_json(wanted.json, reports)
        if wanted.markdown is not None:
            wanted.markdown.write_text("\n".join(map(as_markdown, reports)))


def _write_json(file: Path | None, result: Report | list[Report]) -> None:
    if file is not None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(result)))


if __name__ == "__main__":
    # Benchmarks use Temporal clients in this process.
    hard_exit(main())
