"""Moments as content and requests write them.

RFC 3339, and what programs make of it all the same: .NET's seven digits of a second are cut, since
rounding would turn the end of a day into the next one; second 60, which RFC 3339 (5.7) has for leap
seconds and Python has not, is the second before; a date alone is its midnight in UTC, and so is a
time without a zone.
"""

import re
from datetime import UTC, date, datetime

import msgspec

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:)(\d\d)(\.\d{1,6})?\d*((?:[Zz]|[+-]\d\d:\d\d)?))?",
    re.ASCII,
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ZONED = re.compile(r".*(?:[Zz]|[+-]\d\d:\d\d)")


def time_of(text: str) -> datetime:
    """The moment that a text names, in the zone in which it names it.

    Raises:
        ValueError: it names none.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("no date and no time of RFC 3339")
    day, minutes, seconds, fraction, zone = found.groups()
    if minutes is None:
        return _decoded(f"{day}T00:00:00Z")
    if seconds == "60":
        seconds, fraction = "59", None
    return _decoded(f"{day}T{minutes}{seconds}{fraction or ''}{zone or 'Z'}")


def _decoded(text: str) -> datetime:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise ValueError("no date and no time of RFC 3339") from None


def day_or_moment(text: str) -> date | datetime:
    """The day that a text names, or the moment with its zone.

    Raises:
        ValueError: it names neither.
    """
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if not _ZONED.fullmatch(text):
        raise ValueError("no day and no moment with a zone")
    moment = time_of(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no moment in UTC") from None


def in_utc(time: datetime) -> str:
    """The moment in UTC to the second, as RFC 3339 writes it: the year with all of its digits.

    `strftime` pads years before 1000 on some machines and not on others.
    """
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
