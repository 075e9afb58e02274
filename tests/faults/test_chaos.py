"""The chaos run, for a moment: it breaks things, and accounts for every job."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.dev.environment import CHECKOUT

pytestmark = pytest.mark.faults


def test_a_short_chaos_run_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "chaos.json"
    result = subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "chaos.py", "--minutes", "0.5", "--json", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(file.read_bytes())
    assert report["violations"] == []
    assert sum(len(times) for times in report["faults"].values()) >= 2
    assert report["jobs"]["completed"] >= 10
    assert "all is well" in result.stdout
