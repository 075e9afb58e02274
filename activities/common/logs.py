"""The logs of the API and the workers: one JSON object a line, on standard error.

Each line has `time` (RFC 3339, UTC), `level`, `logger` and `message`; then the ids that are bound
to what is being worked on (`structlog.contextvars.bind_contextvars`), then what the line itself is
about. The lines of libraries, which use `logging`, look the same. A line has at most
2 kB: longer fields are cut.
"""

import logging

import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict

from activities.common.log_lines import as_line, write_lines


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
    write_lines(
        ProcessorFormatter(
            processors=[_to_line], foreign_pre_chain=[structlog.contextvars.merge_contextvars]
        )
    )
    # Each request to another service would be logged with its full URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # The caller logs when the last attempt has failed; stamina would log each.
    set_on_retry_hooks([])


def _to_line(_logger: object, _method: str, event: EventDict) -> str:
    record: logging.LogRecord = event.pop("_record")
    del event["_from_structlog"]
    message: str = event.pop("event")
    return as_line(record, message, event, event.pop("exc_info", None))
