"""What is wrong with a data directory, in a sentence, before anything is started in it."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

_DATABASES = ("export.db", "temporal.db")
SECRETS = "secrets.json"
RETENTION_STAMP = "temporal.retention"
"""Says what the Temporal database beside it has been told."""
_SQLITE = b"SQLite format 3\0"


class UnusableDataError(RuntimeError):
    """The directory, or something in it, cannot be used; the message is for the user."""


def check(data_dir: Path) -> None:
    """Make a data directory and what is in it, and see that all of it can be used.

    Raises:
        UnusableDataError: it is no directory, cannot be written, or has a damaged database.
    """
    check_directory(data_dir, "data")
    check_directory(data_dir / "logs", "logs")
    for name in (*_DATABASES, SECRETS, "demo.sha256", RETENTION_STAMP):
        _check_file(data_dir / name)
    for name in _DATABASES:
        _check_database(data_dir / name)


def missing(data_dir: Path) -> list[Path]:
    """What a start makes before anything runs and what is not there yet, the innermost first."""
    made = [data_dir / SECRETS, data_dir / "files", data_dir / "logs", data_dir, *data_dir.parents]
    return [path for path in made if not path.exists()]


def remove_empty(directories: Iterable[Path]) -> None:
    """Remove those directories that are there and hold nothing."""
    for directory in directories:
        with contextlib.suppress(OSError):
            directory.rmdir()


def check_directory(directory: Path, use: str) -> None:
    """Make a directory if it is missing, and see that files can be made there.

    Raises:
        UnusableDataError: they cannot.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"?")
    except OSError as error:
        reason = _obstacle(directory) or error.strerror or type(error).__name__
        raise UnusableDataError(f"{directory} cannot be used for {use}: {reason}") from None


def _obstacle(directory: Path) -> str:
    """What is in the place of a directory or of one above it, in words; empty for nothing."""
    for path in (directory, *directory.parents):
        if path.is_symlink() and not path.exists():
            return f"{path} is a link that leads nowhere"
        if path.exists() and not path.is_dir():
            return f"{path} is a file, and no directory; choose another place"
    return ""


def _check_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise UnusableDataError(f"{path} is not a file; move it away")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise UnusableDataError(f"{path} cannot be read and written by this user")


def _check_database(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        start = file.read(len(_SQLITE))
    if start and start != _SQLITE:
        raise UnusableDataError(f"{path} is damaged: it is no SQLite database. Put back a copy")
