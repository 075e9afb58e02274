"""One line of a log, for processes that have only `logging`.

structlog brings asyncio, ssl and rich with it, 15 MB that no render needs. Its lines, which
`activities.common.logs` makes for all other processes, look the same.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from activities.common.tracebacks import format_traceback

_MOST_BYTES = 2_000
# Characters of each field; one takes up to six bytes.
_LENGTHS = (1_000, 300, 100, 20, 5)


class LineFormatter(logging.Formatter):
    """Writes records as lines, with the ids that are bound."""

    def __init__(self) -> None:
        """Begin without any id."""
        super().__init__()
        self._bound: dict[str, str] = {}

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        cause = getattr(record, "cause", None)
        fields = self._bound if cause is None else {**self._bound, "cause": cause}
        return as_line(record, record.getMessage(), fields, record.exc_info)

    @contextmanager
    def bound(self, **ids: str) -> Iterator[None]:
        """Tell these ids in each line that is logged meanwhile."""
        self._bound = ids
        try:
            yield
        finally:
            self._bound = {}


def write_lines(formatter: logging.Formatter) -> None:
    """Send everything from level info to standard error, as lines of a formatter."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def as_line(
    record: logging.LogRecord, message: str, fields: Mapping[str, object], exc_info: object
) -> str:
    """A record as one JSON object of at most 2 kB.

    Args:
        record: Who logged, when, and how grave it is.
        message: What it says.
        fields: What the line is about; those that are None are left out.
        exc_info: The exception that the call was given, in any of the ways of `logging`.
    """
    if record.name == "asyncio":
        # Its further lines show what a task or callback holds, messages of exceptions included.
        message = message.partition("\n")[0]
    line = {
        "time": datetime.fromtimestamp(record.created, UTC),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message,
    }
    line |= {name: value for name, value in fields.items() if value is not None}
    error = _raised(exc_info)
    if error is not None:
        line["cause"] = format_traceback(error)
    return _encoded(line)


def _encoded(line: Mapping[str, object]) -> str:
    """The line as JSON, in which what is too long is cut until the whole is short enough."""
    data = b""
    for length in (sys.maxsize, *_LENGTHS):
        cut = {name: _cut(value, length) for name, value in line.items()}
        data = msgspec.json.encode(cut, enc_hook=str)
        if len(data) <= _MOST_BYTES:
            break
    return data.decode()


def _cut(value: object, length: int) -> object:
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= length else f"{text[:length]}…"
    # Half of a surrogate pair is no Unicode text, and JSON could not hold it.
    return text.encode(errors="replace").decode()


def _raised(exc_info: object) -> BaseException | None:
    """Return the exception that a log call was given, in any of the ways of `logging`."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case _:
            return sys.exc_info()[1] if exc_info else None
