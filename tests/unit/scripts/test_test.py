"""What `scripts/test.py` runs, and what it says about coverage."""

import subprocess
from pathlib import Path
from typing import Any

import coverage
import pytest

from scripts import test
from scripts.dev import coverage_report, prerequisites


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run instead of running them; mypy fails."""
    found: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        found.append([Path(command[0]).name, *command[1:]])
        return subprocess.CompletedProcess(command, 3 if found[-1] == ["mypy"] else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(prerequisites, "fetch", lambda _: None)
    monkeypatch.setattr(coverage_report, "summary", lambda: "")
    return found


def test_arguments_go_on_to_pytest_and_a_failed_check_is_told_in_the_end(
    commands: list[list[str]],
) -> None:
    assert test.main(["-m", "deploy", "tests/deploy"]) == 3
    assert [command[0] for command in commands] == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
    ]
    assert commands[-1] == ["pytest", "-m", "deploy", "tests/deploy"]


def test_a_verb_runs_no_tests(commands: list[list[str]]) -> None:
    assert test.main(["--fix"]) == 0
    assert commands == [["ruff", "check", "--fix", "."], ["ruff", "format", "."]]
    commands.clear()
    assert test.main(["--checks"]) == 3
    assert [command[0] for command in commands] == ["ruff", "ruff", "mypy", "lint-imports"]


def test_coverage_is_measured_when_asked_for(commands: list[list[str]]) -> None:
    test.main(["--coverage", "tests/unit"])
    assert commands[-1] == ["pytest", "--cov", "--cov-report=", "tests/unit"]


def test_the_least_covered_modules_are_named_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = {"half.py": [1], "whole.py": [1, 2], "never.py": []}
    for name in lines:
        Path(name).write_text("a = 1\nb = 2\n")
    measured = coverage.CoverageData()
    measured.add_lines({str(tmp_path / name): each for name, each in lines.items()})
    measured.write()
    _, _, *rows = coverage_report.summary(count=2).splitlines()
    assert [row.split() for row in rows] == [
        ["never.py", "2", "2", "0%"],
        ["half.py", "2", "1", "50%"],
        ["TOTAL", "6", "3", "50%"],
    ]
