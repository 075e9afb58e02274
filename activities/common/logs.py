"""The logs of the API and the workers: one JSON object a line, on standard error.

Each line has `time` (RFC 3339, UTC), `level`, `logger` and `message`; then the ids that are bound
to what is being worked on (`structlog.contextvars.bind_contextvars`), then what the line itself is
about. The lines of libraries, which use `logging`, look the same. A line has at most
2 kB: longer fields are cut.
"""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict

from activities.common.tracebacks import format_traceback

_MOST_BYTES = 2_000
# Characters of each field; one takes up to six bytes.
_LENGTHS = (1_000, 300, 100, 20, 5)


def get_logger(name: str) -> BoundLogger:
    """Return the logger of the module with this name, whose calls take fields by keyword.

    A field that is None is left out. No field may hold content, a title or a secret.
    """
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=True,
    )
    return logger


def configure() -> None:
    """Send everything from level info to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        ProcessorFormatter(
            processors=[_to_line], foreign_pre_chain=[structlog.contextvars.merge_contextvars]
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Each request to another service would be logged with its full URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # The caller logs when the last attempt has failed; stamina would log each.
    set_on_retry_hooks([])


def _to_line(_logger: object, _method: str, event: EventDict) -> str:
    record: logging.LogRecord = event.pop("_record")
    del event["_from_structlog"]
    line = {
        "time": datetime.fromtimestamp(record.created, UTC),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": event.pop("event"),
    }
    if record.name == "asyncio":
        # Its further lines show what a task or callback holds, messages of exceptions included.
        line["message"] = line["message"].partition("\n")[0]
    error = _raised(event.pop("exc_info", None))
    line |= {name: value for name, value in event.items() if value is not None}
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
