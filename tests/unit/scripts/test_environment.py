import importlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts.dev import environment


class Checkout:
    """A directory that looks like a checkout, and what was run to set it up."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[tuple[str, ...]] = []
        self.failing = False
        (root / "requirements.lock").write_text("a==1")
        (root / "pyproject.toml").write_text("[project]")
        (root / "web" / "client").mkdir(parents=True)
        (root / "web" / "client" / "pyproject.toml").write_text("[project]")

    def run(self, *command: str) -> None:
        self.commands.append(command)
        if self.failing:
            raise subprocess.CalledProcessError(1, command)
        if "venv" in command:
            python = environment.python_of(self.root)
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    checkout = Checkout(tmp_path)
    monkeypatch.setattr(environment, "_run", checkout.run)
    return checkout


def test_a_second_start_runs_nothing(checkout: Checkout) -> None:
    assert environment.ensure_installed(checkout.root)
    installed = list(checkout.commands)

    assert not environment.ensure_installed(checkout.root)
    assert checkout.commands == installed
    assert any("--require-hashes" in command for command in installed)
    assert any("--editable" in command for command in installed)


@pytest.mark.parametrize(
    "name", ["requirements.lock", "pyproject.toml", "web/client/pyproject.toml"]
)
def test_changed_requirements_are_installed_into_the_same_environment(
    checkout: Checkout, name: str
) -> None:
    environment.ensure_installed(checkout.root)
    checkout.commands.clear()
    (checkout.root / name).write_text("b==2")

    assert environment.ensure_installed(checkout.root)
    assert not any("venv" in command for command in checkout.commands)


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Checkout) -> None:
    environment.ensure_installed(checkout.root)
    checkout.commands.clear()
    environment.python_of(checkout.root).unlink()
    environment.python_of(checkout.root).parent.rmdir()

    assert environment.ensure_installed(checkout.root)
    assert any("venv" in command for command in checkout.commands)


def test_an_installation_that_failed_is_not_taken_for_done(checkout: Checkout) -> None:
    checkout.failing = True
    with pytest.raises(subprocess.CalledProcessError):
        environment.ensure_installed(checkout.root)

    assert not environment.is_current(checkout.root)


def test_a_moved_checkout_is_set_up_again(checkout: Checkout, tmp_path: Path) -> None:
    environment.ensure_installed(checkout.root)
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in (".venv", "requirements.lock", "pyproject.toml", "web"):
        (checkout.root / name).rename(moved / name)

    assert not environment.is_current(moved)


def test_two_starts_at_once_install_once(checkout: Checkout) -> None:
    starts = [
        threading.Thread(target=environment.ensure_installed, args=(checkout.root,))
        for _ in range(4)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert sum("--require-hashes" in command for command in checkout.commands) == 1


def test_an_old_python_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))

    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed; .* is 3\.9"):
        environment.enter()


def test_an_environment_that_cannot_be_used_is_told_in_a_sentence(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout.root / ".venv").write_text("")
    monkeypatch.setattr(environment, "CHECKOUT", checkout.root)

    with pytest.raises(SystemExit, match=r"Could not set up .*\.venv.*: Not a directory"):
        environment.enter()


def test_what_is_compiled_is_kept_whatever_is_set_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("compiled_here", "compiled_below"):
        (tmp_path / f"{name}.py").write_text("")
    environment.keep_bytecode()
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("compiled_here")
    subprocess.run([sys.executable, "-c", "import compiled_below"], cwd=tmp_path, check=True)
    kept = {file.name.partition(".")[0] for file in (tmp_path / "__pycache__").iterdir()}
    assert kept == {"compiled_here", "compiled_below"}
