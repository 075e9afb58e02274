"""Measures what attacks cost others, each beside the same without it, and its goal.

Callers without a token begin requests and do not end them. Owners with one have an id that Temporal
would refuse, items of a few kilobytes that become a hundred thousand times as many cells, exports
that keep processors busy, and texts that are formulas where another separator is taken. The attacks
come from this machine and are bounded in count and time.
"""

import argparse
from collections.abc import Callable, Mapping
from types import MappingProxyType

from scripts.benchmarks import attacks_by_owners, attacks_without_token
from scripts.benchmarks.attacker import ATTACKS
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, add_stack_argument, running_service

_BY_OWNERS: Mapping[str, Callable[[Service, argparse.Namespace], list[Row]]] = MappingProxyType(
    {
        "an owner whom Temporal would refuse": attacks_by_owners.refused_owner,
        "items that become bombs": attacks_by_owners.costly_item,
        "owners of costly exports": attacks_by_owners.costly_exports,
        "formulas behind other separators": attacks_by_owners.formulas,
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument(
        "--requests", type=int, default=2_000, help="beside each attack without a token (2000)"
    )
    parser.add_argument(
        "--connections", type=int, default=4_000, help="of an attack without a token (4000)"
    )
    parser.add_argument("--owners", type=int, default=12, help="beside the one refused (12)")
    parser.add_argument(
        "--costly-owners", type=int, default=8, help="whose exports keep processors busy (8)"
    )
    parser.add_argument(
        "--exports", type=int, default=10, help="small ones beside the costly ones (10)"
    )
    parser.add_argument("--attack", choices=[*ATTACKS, *_BY_OWNERS], help="only this one")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    chosen = [arguments.attack] if arguments.attack else [*ATTACKS, *_BY_OWNERS]
    rows: list[Row] = []
    with running_service(arguments.stack) as service:
        names = [name for name in chosen if name in ATTACKS]
        if names:
            rows += attacks_without_token.rows(service, names, arguments)
        for name in chosen:
            if name in _BY_OWNERS:
                rows += _BY_OWNERS[name](service, arguments)
    return Report(
        benchmark="attacks",
        settings={
            name: getattr(arguments, name)
            for name in ("requests", "connections", "owners", "costly_owners", "exports")
        },
        rows=rows,
        summary={"goals that do not hold": sum(row["holds"] == "no" for row in rows)},
    )
