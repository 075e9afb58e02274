"""When a server wants to be asked again."""

from email.utils import parsedate_to_datetime

from activities.common.clock import utc_now


def seconds_of(retry_after: str, most: float) -> float | None:
    """The seconds that a `Retry-After` names: a number or a date (RFC 9110, 10.2.3).

    None when it names none.

    Args:
        retry_after: the value of the header; empty where there is none.
        most: what counts as so many seconds if it is more.
    """
    if retry_after.isascii() and retry_after.isdecimal():
        seconds = float(retry_after)
    else:
        try:
            seconds = (parsedate_to_datetime(retry_after) - utc_now()).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), most)
