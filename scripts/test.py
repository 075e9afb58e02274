"""Check the whole project: style, types, layers, tests. Other arguments go on to pytest:

    python3 scripts/test.py                         everything
    python3 scripts/test.py --fix                   mend the style
    python3 scripts/test.py --checks                style, types and layers alone
    python3 scripts/test.py --engines postgres-s3   the same tests on PostgreSQL and S3
    python3 scripts/test.py -m deploy               the deployment files

Every check runs, whatever the ones before it said; the exit code is that of the first that
failed. A run of everything says how much of the service the tests cover.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from scripts.dev import coverage_report, prerequisites
from scripts.dev.temporal_cli import CliNotFoundError

_Command = tuple[str, ...]

_FIXES: tuple[_Command, ...] = (("ruff", "check", "--fix", "."), ("ruff", "format", "."))
_CHECKS: tuple[_Command, ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Run what the arguments of the command ask for; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        usage="%(prog)s [--fix | --checks | argument of pytest ...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_mutually_exclusive_group()
    verbs.add_argument("--fix", action="store_true", help="mend the style; no checks, no tests")
    verbs.add_argument("--checks", action="store_true", help="check all but the tests")
    wanted, rest = parser.parse_known_args(arguments)
    os.chdir(CHECKOUT)
    if wanted.fix:
        return _run_all(_FIXES)
    if wanted.checks:
        return _run_all(_CHECKS)
    try:
        prerequisites.fetch(_say)
    except CliNotFoundError as error:
        _say(str(error))
        return 1
    code = _run_all((*_CHECKS, ("pytest", *rest) if rest else coverage_report.PYTEST))
    if not rest:
        _say(coverage_report.summary())
    return code


def _run_all(commands: Iterable[_Command]) -> int:
    codes = [_run(command) for command in commands]
    return next((code for code in codes if code), 0)


def _run(command: _Command) -> int:
    _say(f"== {' '.join(command)}")
    program, *arguments = command
    started = time.monotonic()
    environment = os.environ | coverage_report.VARIABLES
    path = str(Path(sys.prefix) / "bin" / program)
    code = subprocess.run([path, *arguments], env=environment, check=False).returncode
    verdict = f"failed ({code})" if code else "passed"
    _say(f"== {program} {verdict} in {time.monotonic() - started:.1f} s")
    return code


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
