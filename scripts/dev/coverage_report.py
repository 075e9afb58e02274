"""Measures how much of the service a run of pytest executes, and reports it in a few lines.

From Python 3.12 on a line is reported once (PEP 669), which costs little, also in the processes
that tests start. In Python 3.11 coverage.py would be told of a line each time, and tests that
compute would take twice their processor time. SlipCover, which takes its marks out of the code
again, adds a fifth; it measures the processes of pytest alone.
"""

import io
import json
import sys
from pathlib import Path
from types import MappingProxyType

import coverage

_IS_MONITORED = sys.version_info >= (3, 12)
_SLIPCOVER_FILE = Path(".coverage.slipcover")
PYTEST = (
    ("pytest", "--cov", "--cov-report=")
    if _IS_MONITORED
    else ("slipcover", "--json", "--out", str(_SLIPCOVER_FILE), "-m", "pytest")
)
"""The beginning of a command that runs pytest and measures it."""
VARIABLES = MappingProxyType({"COVERAGE_CORE": "sysmon"} if _IS_MONITORED else {})
"""The environment variables that it needs."""
_MEASURED = (
    "tests and by the processes that they start"
    if _IS_MONITORED
    else "the processes of pytest; those that they start count from Python 3.12 on"
)


def summary(count: int = 10) -> str:
    """The share of all lines that the last measured run of tests executed, as a small table.

    Args:
        count: the number of modules to name, from the least covered one on.
    """
    if _SLIPCOVER_FILE.exists():
        _keep_for_coverage(json.loads(_SLIPCOVER_FILE.read_bytes()))
        _SLIPCOVER_FILE.unlink()
    measured = coverage.Coverage()
    measured.load()
    table = io.StringIO()
    measured.report(file=table, sort="cover", skip_empty=True)
    header, *lines = table.getvalue().splitlines()
    modules = [line for line in lines if ".py " in line]
    total = next(line for line in lines if line.startswith("TOTAL"))
    return "\n".join([f"== least covered by {_MEASURED}", header, *modules[:count], total])


def _keep_for_coverage(found: dict[str, dict[str, dict[str, list[int]]]]) -> None:
    """Write what SlipCover found as coverage.py's own, whose reports then tell of it."""
    data = coverage.CoverageData()
    data.erase()
    data.add_lines(
        {
            str(Path(name).absolute()): each["executed_lines"]
            for name, each in found["files"].items()
        }
    )
    data.write()
