"""When a server wants to be asked again."""

from email.utils import parsedate_to_datetime

from activities.common.clock import utc_now


def seconds_of(retry_after: str) -> float | None:
    """The seconds that a `Retry-After` names: a number or a date (RFC 9110, 10.2.3).

    None when it names none.
    """
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after) - utc_now()).total_seconds()
    except (ValueError, TypeError):
        return None
