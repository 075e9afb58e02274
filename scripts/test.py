"""Check the whole project: style, types, layers, tests. Arguments go on to pytest.

Every check runs, whatever the ones before it said; the exit code is that of the first that
failed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

import pytest

from activities.temporal import leave
from scripts import prerequisites

_CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main() -> int:
    """Run the checks; the exit code."""
    os.chdir(CHECKOUT)
    prerequisites.fetch(_say)
    codes = [_run(check) for check in _CHECKS]
    codes.append(_run_tests(sys.argv[1:]))
    return next((code for code in codes if code), 0)


def _run(check: tuple[str, ...]) -> int:
    _say(f"== {' '.join(check)}")
    program, *arguments = check
    started = time.monotonic()
    command = [str(Path(sys.prefix) / "bin" / program), *arguments]
    code = subprocess.run(command, check=False).returncode
    _say(f"== {program}: {_verdict(code)} in {time.monotonic() - started:.1f} s")
    return code


def _run_tests(arguments: list[str]) -> int:
    _say(f"== pytest {' '.join(arguments)}")
    code = int(pytest.main(arguments))
    _say(f"== pytest: {_verdict(code)}")
    return code


def _verdict(code: int) -> str:
    return f"failed ({code})" if code else "passed"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    # The tests used Temporal clients in this process.
    leave(main())
