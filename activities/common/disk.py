"""Recognizes a full disk by the errors that it causes."""

import errno

from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import DBAPIError

from activities.common.tracebacks import causes_of

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
# SQLite's words, the operating system's, which PostgreSQL passes on, and the object store's.
_WORDS = ("disk is full", "no space left", f"os error {errno.ENOSPC}")


def is_disk_full(error: BaseException) -> bool:
    """Return whether a full disk is behind an error, however deep in its causes."""
    return any(_says_full(each) for each in causes_of(error))


def _says_full(error: BaseException) -> bool:
    match error:
        case OSError():
            return error.errno in _ERRNOS
        case StorageError():
            words = str(error)
        case DBAPIError():
            # Not the error's own text, which quotes the statement.
            words = str(error.orig)
        case _:
            return False
    return any(each in words.lower() for each in _WORDS)
