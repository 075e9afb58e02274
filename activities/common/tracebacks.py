"""Tracebacks for logs, without the messages of exceptions."""

import traceback
from collections.abc import Iterator

_FRAMES = 6


def format_traceback(error: BaseException) -> str:
    """Return in one line the types and places of an error and its causes, without their messages.

    Messages are left out because those of databases and parsers can quote the data.
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
    return f"{room}{kind.__qualname__} at {places}"
