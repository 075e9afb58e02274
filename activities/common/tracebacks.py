"""Tracebacks for logs, without the messages of exceptions."""

import errno
import traceback
from collections.abc import Iterator

_FRAMES = 6


def format_traceback(error: BaseException) -> str:
    """Return in one line the types and places of an error and its causes, without their messages.

    Messages are left out because those of databases and parsers can quote the data. The codes of
    SQLite, PostgreSQL and the operating system say what a message would, such as `SQLITE_BUSY`.
    """
    return "; caused by ".join(_type_and_places(each) for each in causes_of(error))


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, then its cause, the cause of that, and so on; each once."""
    seen = set[int]()
    cause: BaseException | None = error
    # Who sets causes by hand can make them a circle.
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _type_and_places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames[::-1])
    kind = type(error)
    room = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{room}{kind.__qualname__}{_code(error)} at {places}"


def _code(error: BaseException) -> str:
    code = (
        getattr(error, "sqlite_errorname", None)
        or getattr(error, "sqlstate", None)
        or (errno.errorcode.get(error.errno or 0) if isinstance(error, OSError) else None)
    )
    return f" ({code})" if isinstance(code, str) else ""
