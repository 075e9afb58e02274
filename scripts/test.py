"""Check the whole project: style, types, layers, tests. Arguments go on to pytest:

    python3 scripts/test.py --engines postgres-s3   the same tests on PostgreSQL and S3
    python3 scripts/test.py -m deploy               the deployment files

Every check runs, whatever the ones before it said; the exit code is that of the first that
failed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from scripts.dev import prerequisites
from scripts.dev.temporal_cli import CliNotFoundError

_CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main() -> int:
    """Run the checks; the exit code."""
    os.chdir(CHECKOUT)
    try:
        prerequisites.fetch(_say)
    except CliNotFoundError as error:
        _say(str(error))
        return 1
    codes = [_run(check) for check in (*_CHECKS, ("pytest", *sys.argv[1:]))]
    return next((code for code in codes if code), 0)


def _run(check: tuple[str, ...]) -> int:
    _say(f"== {' '.join(check)}")
    program, *arguments = check
    started = time.monotonic()
    command = [str(Path(sys.prefix) / "bin" / program), *arguments]
    code = subprocess.run(command, check=False).returncode
    verdict = f"failed ({code})" if code else "passed"
    _say(f"== {program} {verdict} in {time.monotonic() - started:.1f} s")
    return code


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
