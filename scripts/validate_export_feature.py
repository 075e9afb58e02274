"""Validate a running export service from outside, through its REST API.

Takes the service that `up.py` runs in EXPORT_DATA_DIR (else .data in the checkout), with its demo
content. When none runs there, starts one in a temporary directory and stops it at the end.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from scripts.dev import prerequisites
from scripts.dev.stack import Stack, StackError
from scripts.dev.stack_file import StackInfo, read_running
from scripts.dev.temporal_cli import CliNotFoundError
from scripts.validation.checks import Check, Service, all_checks, called


def main() -> int:
    """Run the command; the exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            _service() as info,
            tempfile.TemporaryDirectory(prefix="export-validation-") as directory,
            called(info, Path(directory)) as service,
        ):
            return _validate(service)
    except (StackError, CliNotFoundError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


@contextlib.contextmanager
def _service() -> Iterator[StackInfo]:
    data_dir = Path(os.environ.get("EXPORT_DATA_DIR") or CHECKOUT / ".data")
    info = read_running(data_dir)
    if info is not None:
        _say(f"validating {info.api}, which runs in {data_dir}")
        yield info
        return
    _say(f"nothing runs in {data_dir}; starting a service of its own")
    prerequisites.fetch(_say)
    # What the caller's shell is set up for (a database, say) is not for a trial like this.
    settings = {name: "" for name in os.environ if name.startswith("EXPORT_")}
    with (
        tempfile.TemporaryDirectory(prefix="export-validation-") as directory,
        Stack(Path(directory), settings=settings, announce=_say) as stack,
    ):
        _say(f"validating {stack.api}")
        yield stack.info


def _validate(service: Service) -> int:
    checks = all_checks()
    width = max(len(check.name) for check in checks)
    _say(f"\n{'check':{width}}  result      ms")
    failures = [_run(check, service, width) for check in checks].count(False)
    _say(f"\n{failures} of {len(checks)} checks failed" if failures else "\nall checks passed")
    return 1 if failures else 0


def _run(check: Check, service: Service, width: int) -> bool:
    started = time.monotonic()
    try:
        check.run(service)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others run all the same
        failure = f"{type(error).__name__}: {error}"
    else:
        failure = ""
    milliseconds = (time.monotonic() - started) * 1000
    _say(f"{check.name:{width}}  {'FAILED' if failure else 'ok':6}  {milliseconds:6.0f}")
    if failure:
        _say(f"    {failure}")
    return not failure


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
