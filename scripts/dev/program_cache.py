"""Programs that this project fetches for itself, once, into the user's cache directory."""

import contextlib
import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path


class NoGoError(RuntimeError):
    """A program has to be built, and there is no Go on `PATH`."""


class BuildError(RuntimeError):
    """Go could not build a program; its own output says why."""


def cache_directory(environment: Mapping[str, str]) -> Path:
    """The directory of downloads of this project, within the user's cache directory."""
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "export-service"


def cached(directory: Path, program: str, fetch: Callable[[Path], None]) -> Path:
    """A program in the cache; several processes may ask at once, and one fetches.

    Args:
        directory: the program's own, in the cache.
        program: the name of its file, and how the name of what `fetch` leaves begins.
        fetch: puts the program into the directory that it is given.
    """
    path = directory / program
    if path.exists():
        return path
    with locked(directory):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=directory) as name:
                draft = Path(name)
                fetch(draft)
                next(file for file in draft.iterdir() if file.name.startswith(program)).replace(
                    path
                )
    return path


def go_install(package: str, directory: Path, environment: Mapping[str, str], *flags: str) -> None:
    """Build a Go program (`import/path@version`) into a directory, with flags for Go.

    Raises:
        NoGoError: there is no Go.
        BuildError: Go failed.
    """
    go = shutil.which("go", path=environment.get("PATH"))
    if go is None:
        raise NoGoError(f"there is no Go to build {package}")
    build = {**environment, "GOBIN": str(directory), "CGO_ENABLED": "0"}
    try:
        subprocess.run([go, "install", *flags, package], env=build, check=True)
    except subprocess.CalledProcessError:
        raise BuildError(f"Go could not build {package}") from None


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Make the directory, and let no other process into this block for it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
