"""Logs of the API: one JSON object a line, on standard error."""

import logging
from datetime import UTC, datetime

import msgspec

from activities.common.tracebacks import trace


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {
            name: value
            for name, value in getattr(record, "fields", {}).items()
            if value is not None
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["cause"] = trace(record.exc_info[1])
        return msgspec.json.encode(line, enc_hook=str).decode()


def configure() -> None:
    """Send everything from level info to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Each request to another service would be logged with its full URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
