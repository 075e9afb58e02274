"""The benchmarks run and report; how fast they are is not judged here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.environment import CHECKOUT
from scripts.stack import Stack


def bench(tmp_path: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The result as written to a file, and what was printed."""
    file = tmp_path / "result.json"
    result = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts" / "bench.py"), *arguments, "--json", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report: dict[str, Any] = json.loads(file.read_bytes())
    return report, result.stdout


def test_overhead_compares_exports_with_workflows_of_no_ops(stack: Stack, tmp_path: Path) -> None:
    arguments = ("overhead", "--stack", str(stack.data_dir), "--runs", "3", "--warm-up", "1")
    report, printed = bench(tmp_path, *arguments)
    accepted, downloaded, noop = report["rows"]
    assert 0 < accepted["min ms"] < downloaded["min ms"]
    ratio = report["summary"]["median, export / no-ops"]
    assert ratio == downloaded["median ms"] / noop["median ms"]
    assert "workflow of three no-ops" in printed
    assert f"{report['machine']['cores']} cores" in printed


def test_service_that_does_not_run_is_not_measured(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts" / "bench.py"), "overhead", "--stack", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "no service runs" in result.stderr
