"""Tells by an error why the database did not do what it was asked, in words without content."""

from typing import Literal, get_args

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from activities.common.disk import is_disk_full
from activities.common.tracebacks import causes_of

DatabaseFault = Literal["locked", "full", "read-only", "unavailable"]
"""`full` is its disk; `unavailable` is all else."""

FAULTS: tuple[DatabaseFault, ...] = get_args(DatabaseFault)

SENTENCES: dict[DatabaseFault, str] = {
    "locked": "Something else keeps the database locked.",
    "full": "The disk of the database is full.",
    "read-only": "The database cannot be written.",
    "unavailable": "The database cannot be reached, or refuses what it is asked.",
}

# https://sqlite.org/rescode.html; extended codes begin with the name of the primary one.
_SQLITE: tuple[tuple[str, DatabaseFault], ...] = (
    ("SQLITE_BUSY", "locked"),
    ("SQLITE_LOCKED", "locked"),
    ("SQLITE_READONLY", "read-only"),
    ("SQLITE_PERM", "read-only"),
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available,
# read_only_sql_transaction, insufficient_privilege.
_POSTGRESQL: dict[str, DatabaseFault] = {
    "55P03": "locked",
    "25006": "read-only",
    "42501": "read-only",
}


_OF_ERASED_OWNER = "the owner is being erased"
"""What triggers say who refuse a row of an owner who is being erased: migration 0029."""


class DatabaseLockedError(PoolTimeoutError):
    """Others waited for a lock all the time for which this work waited for them."""


def database_fault(error: BaseException) -> DatabaseFault | None:
    """The fault of the database that is behind an error, however deep; None: of something else."""
    causes = list(causes_of(error))
    if not any(isinstance(each, SQLAlchemyError) for each in causes):
        return None
    if is_disk_full(error):
        return "full"
    for each in causes:
        if isinstance(each, DatabaseLockedError):
            return "locked"
        if isinstance(each, DBAPIError) and (fault := _of_driver(each.orig)):
            return fault
    return "unavailable"


def is_of_erased_owner(error: BaseException) -> bool:
    """True if a row was refused since everything of its owner is being erased."""
    return any(
        isinstance(each, DBAPIError) and _OF_ERASED_OWNER in str(each.orig)
        for each in causes_of(error)
    )


def _of_driver(error: BaseException | None) -> DatabaseFault | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    for beginning, fault in _SQLITE:
        if name.startswith(beginning):
            return fault
    return _POSTGRESQL.get(getattr(error, "sqlstate", None) or "")
