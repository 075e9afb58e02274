"""Exports a second on 1, 2 and 4 hosts, each with an address and a quarter of a core of its own.

A host is a network namespace with an API and workers, held by a group of processes: only root can
make these. PostgreSQL, the S3 server and the four roles of Temporal, each a process, are outside.
What measures is `tests/hosts/throughput.py`, beside the servers that tests start.
"""

import argparse
import subprocess
import sys

import msgspec

from scripts.benchmarks.report import Report
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import StackError

_HOSTS = (1, 2, 4)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument(
        "--hosts", type=int, nargs="+", default=_HOSTS, help="numbers of hosts (1 2 4)"
    )
    parser.add_argument("--cores", type=float, default=0.25, help="of each host (0.25)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of a measurement (30)")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each (2)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report.

    Raises:
        StackError: it cannot be run on this machine, or failed.
    """
    command = [sys.executable, "-m", "tests.hosts.throughput", "--hosts"]
    command += map(str, arguments.hosts)
    for option in ("cores", "seconds", "rounds"):
        command += [f"--{option}", str(getattr(arguments, option))]
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        # When it ends, however that comes about, what measures ends as well, and tidies up.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as measuring:
        assert measuring.stdout is not None
        written = measuring.stdout.read()
    if measuring.returncode:
        raise StackError("the benchmark of hosts could not be run")
    return msgspec.json.decode(written, type=Report)
