"""Cron expressions of five fields, as `crontab(5)` has them: minute, hour, day, month, weekday.

Where both a day of the month and a weekday are given, a day matches that is either, as in POSIX.
"""

from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

import msgspec

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


class CronError(ValueError):
    """A text is no cron expression; the message is a sentence for people."""


class _Field(msgspec.Struct, frozen=True):
    name: str
    first: int
    last: int
    names: MappingProxyType[str, int] = MappingProxyType({})


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, MappingProxyType({name: n for n, name in enumerate(_MONTHS, 1)})),
    _Field("weekday", 0, 7, MappingProxyType({name: n for n, name in enumerate(_DAYS)})),
)


class Cron(msgspec.Struct, frozen=True):
    """A cron expression; each field as the numbers that match."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...] | None
    """Days of the month; None: any."""
    months: tuple[int, ...]
    weekdays: tuple[int, ...] | None
    """0 is Sunday; None: any."""

    def includes(self, day: date) -> bool:
        """Whether there are times on a day."""
        if day.month not in self.months:
            return False
        if self.days is None and self.weekdays is None:
            return True
        of_month = self.days is not None and day.day in self.days
        return of_month or (self.weekdays is not None and day.isoweekday() % 7 in self.weekdays)

    def times(self) -> list[time]:
        """The times of a day, in order."""
        return [time(hour, minute) for hour in self.hours for minute in self.minutes]

    def shortest(self) -> timedelta:
        """The least time between two of a day, and the last of one and the first of the next."""
        moments = [datetime.combine(date.min, each) for each in self.times()]
        following = [*moments[1:], moments[0] + timedelta(days=1)]
        return min(later - earlier for earlier, later in zip(moments, following, strict=True))


def parse_cron(text: str) -> Cron:
    """Read a cron expression.

    Raises:
        CronError: it is none, or no day ever matches.
    """
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise CronError(
            "A cron expression has five fields: minute, hour, day of the month, month, weekday."
        )
    values = [_numbers(part.lower(), field) for part, field in zip(parts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = values
    cron = Cron(
        minutes,
        hours,
        None if parts[2].startswith("*") and len(days) == 31 else days,
        months,
        None
        if parts[4].startswith("*") and "/" not in parts[4]
        else tuple(sorted({number % 7 for number in weekdays})),
    )
    leap_year = (date(2024, 1, 1) + timedelta(days=number) for number in range(366))
    if not any(map(cron.includes, leap_year)):
        raise CronError("No day matches this cron expression.")
    return cron


def _numbers(text: str, field: _Field) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, field) if slash else 1
        if step < 1:
            raise _wrong(field)
        if span == "*":
            # 7 is Sunday again.
            first, last = field.first, min(field.last, 6) if field.last == 7 else field.last
        else:
            start, dash, end = span.partition("-")
            first = _number(start, field)
            last = _number(end, field) if dash else (field.last if slash else first)
        if not field.first <= first <= last <= field.last:
            raise _wrong(field)
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise _wrong(field)
    return int(text)


def _wrong(field: _Field) -> CronError:
    return CronError(
        f"The {field.name} of a cron expression is *, or numbers from {field.first} to "
        f"{field.last}, as in 1,3-5 or */2."
    )
