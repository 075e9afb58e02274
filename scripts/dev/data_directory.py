"""What is wrong with a data directory, in a sentence, before anything is started in it."""

import os
import tempfile
from pathlib import Path

_DATABASES = ("export.db", "temporal.db")
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
    for name in (*_DATABASES, "secrets.json", "demo.sha256"):
        _check_file(data_dir / name)
    for name in _DATABASES:
        _check_database(data_dir / name)


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
        reason = error.strerror or type(error).__name__
        raise UnusableDataError(f"{directory} cannot be used for {use}: {reason}") from None


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
