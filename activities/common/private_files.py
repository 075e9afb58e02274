"""Files that no other user of the machine can read or put in place of the service's own."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OF_OTHERS = 0o077
PRIVATE_UMASK = _OF_OTHERS
"""What a process and its children write is then readable by their user alone."""
_WRITABLE_BY_OTHERS = 0o022


class NotPrivateError(RuntimeError):
    """Another user may change what is in a directory; the message is for the operator."""


def keep_files_private() -> None:
    """Make what this process and its children write from now on readable by their user alone."""
    os.umask(PRIVATE_UMASK)


def mend_directory(directory: Path) -> None:
    """Make a directory for this user alone; one of ours that others may enter is closed to them.

    A directory that is shared on purpose, since another user owns it or since everybody may write
    to it (a sticky one, such as `/tmp`), stays as it is.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = directory.stat()
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        _close(directory, status)


def own_directory(directory: Path) -> None:
    """Make a directory for this user alone, or take one that nobody else can have prepared.

    Raises:
        NotPrivateError: what is there is a symbolic link, no directory, another user's, or may be
            written to by others. Whoever prepared it could read, change or redirect what the
            service writes (CWE-377, CWE-59).
    """
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
    raise NotPrivateError(
        f"{directory} {reason}; name a directory of the service's own in EXPORT_TEMP_PATH"
    )


def _close(directory: Path, status: os.stat_result) -> None:
    if status.st_mode & _OF_OTHERS:
        directory.chmod(stat.S_IMODE(status.st_mode) & ~_OF_OTHERS)
