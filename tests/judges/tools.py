"""Programs of others that judge the service, in the versions of the lock files beside this one.

They are fetched by npm and pip, once, into the project's directory in the user's cache: generators
of clients want other versions of some packages than the service does.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.dev.program_cache import cache_directory, locked

HERE = Path(__file__).parent


def npm_packages() -> Path:
    """The directory `node_modules` of what `package-lock.json` names."""

    def install(directory: Path) -> None:
        npm = shutil.which("npm")
        assert npm, "npm is not installed"
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, directory)
        # Scripts of packages report to their makers; none is needed.
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=directory, check=True)

    return _installed("npm", HERE / "package-lock.json", install) / "node_modules"


def python_programs() -> Path:
    """The directory of the programs of an environment with what `requirements.lock` names."""

    def install(directory: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        lock = HERE / "requirements.lock"
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)

    return _installed("python", HERE / "requirements.lock", install) / "bin"


def run(
    command: Sequence[str | Path], directory: Path, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, whatever its verdict."""
    return subprocess.run(
        list(map(str, command)),
        cwd=directory,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _installed(kind: str, lock: Path, install: Callable[[Path], None]) -> Path:
    """What a lock file names; a stamp ends it, as an environment of Python's cannot be moved."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = cache_directory(os.environ) / f"judges-{kind}-{digest}"
    directory, complete = place / "installed", place / "complete"
    with locked(place):
        if not complete.exists():
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            install(directory)
            complete.touch()
    return directory
