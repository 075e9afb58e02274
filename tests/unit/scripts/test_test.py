"""What `scripts/test.py` runs, and what it says about coverage."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import coverage
import pytest

from scripts import test
from scripts.dev import coverage_report, prerequisites
from scripts.dev.environment import CHECKOUT


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run instead of running them; mypy fails."""
    found: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        found.append([Path(command[0]).name, *command[1:]])
        return subprocess.CompletedProcess(command, 3 if found[-1] == ["mypy"] else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(prerequisites, "fetch", lambda _: None)
    monkeypatch.setattr(coverage_report, "summary", lambda: "TOTAL 97%")
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


def test_a_run_of_everything_says_what_is_covered(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    test.main([])
    assert commands[-1] == list(coverage_report.PYTEST)
    assert "TOTAL 97%" in capsys.readouterr().out
    test.main(["tests/unit"])
    assert commands[-1] == ["pytest", "tests/unit"]
    assert "TOTAL" not in capsys.readouterr().out


def test_lines_are_measured_of_processes_that_end_like_ours(tmp_path: Path) -> None:
    for package in ("workflows", "activities", "web"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "web" / "half.py").write_text("def f(x):\n    if x:\n        x = 2\n    return x\n")
    (tmp_path / "web" / "never.py").write_text("a = 1\n")
    (tmp_path / "pyproject.toml").write_text((CHECKOUT / "pyproject.toml").read_text())
    (tmp_path / "test_one.py").write_text(
        "from web.half import f\ndef test_f(): assert f(0) == 0\ndef test_g(): assert f(0) == 0\n"
    )
    # As our own tests end: without the interpreter's tear-down.
    (tmp_path / "conftest.py").write_text(
        "import atexit, os, pytest\n"
        "@pytest.hookimpl(trylast=True)\n"
        "def pytest_unconfigure():\n"
        "    atexit._run_exitfuncs()\n"
        "    os._exit(0)\n"
    )
    report = "from scripts.dev.coverage_report import summary; print(summary())"
    # It is no worker of the run that this test belongs to.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = own | coverage_report.VARIABLES | {"PYTHONPATH": str(CHECKOUT)}
    program, *arguments = coverage_report.PYTEST
    command = [str(Path(sys.prefix) / "bin" / program), *arguments, "-q", "-n", "2", "test_one.py"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    told = subprocess.run(
        [sys.executable, "-c", report],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [row.split() for row in told.splitlines()]
    assert ["web/never.py", "1", "1", "0%"] in rows
    assert ["web/half.py", "4", "1", "75%"] in rows


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
