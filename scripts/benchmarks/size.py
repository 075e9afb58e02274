"""What a service costs that has run for years: a million jobs, twice as many audit rows, files.

Each case is a module of its own with a `measure(data)`, which runs services on the filled data with
the settings that it needs (`data.running`) and yields its figures, each with its goal. Cases run in
the order of `CASES`: what changes the data comes last.
"""

import argparse
import importlib

from scripts.benchmarks.figures import Figure, figures_report
from scripts.benchmarks.filled_data import Scale, filled_data
from scripts.benchmarks.report import Report

CASES = ("idle", "reads", "retention")
"""The cases: `idle` is `scripts.benchmarks.size_idle`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    usual = Scale()
    parser.add_argument(
        "--cases", nargs="+", choices=CASES, default=CASES, help="some of them only (all)"
    )
    parser.add_argument("--database", default="", metavar="URL", help="empty PostgreSQL (SQLite)")
    for name in ("jobs", "audit_rows", "files", "owners"):
        default = getattr(usual, name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=int, default=default, help=f"({default:,})")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    scale = Scale(
        jobs=arguments.jobs,
        audit_rows=arguments.audit_rows,
        files=arguments.files,
        owners=arguments.owners,
    )
    figures: list[Figure] = []
    with filled_data(scale, database=arguments.database) as data:
        for name in arguments.cases:
            figures += importlib.import_module(f"scripts.benchmarks.size_{name}").measure(data)
    return figures_report(
        "size",
        {
            "jobs": scale.jobs,
            "audit rows": scale.audit_rows,
            "files": scale.files,
            "owners": scale.owners,
            "database": "PostgreSQL" if arguments.database else "SQLite",
        },
        figures,
    )
