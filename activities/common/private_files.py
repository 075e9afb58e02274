"""Files that no other user of the machine can read or put in place of the service's own."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OF_OTHERS = 0o077
PRIVATE_UMASK = _OF_OTHERS
"""What a process and its children write is then readable by their user alone."""
_WRITABLE_BY_OTHERS = 0o022


class UnusableDirectoryError(RuntimeError):
    """A directory cannot be the service's own; the message is for the operator."""


def keep_files_private() -> None:
    """Make what this process and its children write from now on readable by their user alone."""
    os.umask(PRIVATE_UMASK)


def mend_directory(directory: Path) -> None:
    """Make a directory for this user alone; one of ours that others may enter is closed to them.

    A directory that is shared on purpose, since another user owns it or since everybody may write
    to it (a sticky one, such as `/tmp`), stays as it is.

    Raises:
        UnusableDirectoryError: it is missing and cannot be made.
    """
    with _told(directory):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = directory.stat()
        if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
            _close(directory, status)


def own_directory(directory: Path) -> None:
    """Make a directory for this user alone, or take one that nobody else can have prepared.

    Raises:
        UnusableDirectoryError: what is there is a symbolic link, no directory, another user's, or
            may be written to by others; whoever prepared it could read, change or redirect what
            the service writes (CWE-377, CWE-59). Or it is missing and cannot be made.
    """
    with _told(directory):
        with suppress(FileExistsError):
            directory.mkdir(parents=True, mode=0o700)
        status = directory.lstat()
    if stat.S_ISLNK(status.st_mode):
        reason = "is a symbolic link"
    elif not stat.S_ISDIR(status.st_mode):
        reason = "is no directory"
    elif status.st_uid != os.geteuid():
        reason = f"belongs to another user (uid {status.st_uid})"
    elif status.st_mode & _WRITABLE_BY_OTHERS:
        reason = "may be written to by other users"
    else:
        _close(directory, status)
        return
    raise UnusableDirectoryError(
        f"{directory} {reason}; name a directory of the service's own in EXPORT_TEMP_PATH"
    )


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnusableDirectoryError(f"{directory} cannot be made: {reason}") from None


def _close(directory: Path, status: os.stat_result) -> None:
    if status.st_mode & _OF_OTHERS:
        directory.chmod(stat.S_IMODE(status.st_mode) & ~_OF_OTHERS)
