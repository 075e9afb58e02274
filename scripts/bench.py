"""Measure the service. Every figure comes with a baseline that was measured beside it."""

import argparse
import importlib
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.environment import enter

if __name__ == "__main__":
    enter()

import msgspec

from activities.temporal import leave
from scripts.benchmarks.report import Report, as_text
from scripts.stack import StackError
from scripts.temporal_cli import CliNotFoundError

BENCHMARKS = ("overhead", "throughput", "render", "api", "startup", "fairness")
"""Modules of `scripts.benchmarks`."""


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
        chosen.set_defaults(run=module.run)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report: Report = arguments.run(arguments)
    except (StackError, CliNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(as_text(report))
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return 0


if __name__ == "__main__":
    # Benchmarks use Temporal clients in this process.
    leave(main())
