"""When a schedule is due: by a cron expression in a time zone, or every so often."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from activities.automation.cron import Cron, parse_cron

SHORTEST = timedelta(minutes=15)
"""The least time between two runs."""
_LONGEST = timedelta(days=366)
_DAYS_LOOKED_AT = 366 * 9
"""In so many days each day that there is comes again: 29 February too, also around 2100."""
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?",
    re.ASCII,
)

_NO_ZONE = re.compile(r"(?:posix|right)/.*|posixrules|localtime|Factory")
"""Files beside those of the zones, which each machine has of its own or not at all."""


class TimetableError(ValueError):
    """There is no such timetable.

    Attributes:
        field: what is wrong: `cron`, `every` or `time_zone`.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Timetable(msgspec.Struct, frozen=True):
    """The times at which a schedule is due.

    A time of day that a change to summer time leaves out is as much later as the clock is put
    forward; of one that there is twice in autumn the first counts.
    """

    zone: str
    """An IANA name."""
    cron: str | None = None
    every: timedelta | None = None
    anchor: datetime | None = None
    """A moment from which `every` is counted, UTC."""

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The times after a moment, in order, in UTC."""
        if self.every is not None and self.anchor is not None:
            count = (moment - self.anchor) // self.every + 1
            while True:
                yield self.anchor + count * self.every
                count += 1
        elif self.cron is not None:
            yield from _times(parse_cron(self.cron), ZoneInfo(self.zone), moment)

    def upcoming(self, moment: datetime, count: int) -> list[datetime]:
        """So many of the times after a moment."""
        return list(islice(self.after(moment), count))

    def includes(self, moment: datetime) -> bool:
        """Whether it is due at exactly this moment."""
        return next(self.after(moment - timedelta(microseconds=1)), None) == moment

    def due_for(self, moment: datetime) -> datetime | None:
        """The time for which it is due at a moment; None if it is not due then.

        Of a time of day that there is twice Temporal takes either, by the zone.
        """
        if self.includes(moment):
            return moment
        local = moment.astimezone(ZoneInfo(self.zone))
        first = local.replace(fold=0).astimezone(UTC)
        return first if local.fold and self.cron is not None and self.includes(first) else None

    def moved(self, moment: datetime, until: datetime) -> list[datetime]:
        """The times in this period that stand for others which a clock put forward leaves out."""
        if self.cron is None:
            return []
        zone, cron, found = ZoneInfo(self.zone), parse_cron(self.cron), []
        day = moment.astimezone(zone).date()
        while day <= until.date():
            first = datetime.combine(day, datetime.min.time(), zone)
            following = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
            if first.utcoffset() != following.utcoffset() and cron.includes(day):
                for each in cron.times():
                    wall = datetime.combine(day, each, zone)
                    there = wall.astimezone(UTC).astimezone(zone)
                    if there.replace(tzinfo=None) != wall.replace(tzinfo=None):
                        found.append(there)
            day += timedelta(days=1)
        return found


def read_timetable(cron: str | None, every: str | None, zone: str, anchor: datetime) -> Timetable:
    """The timetable that a request asks for.

    Args:
        cron: a cron expression, or None.
        every: a duration of ISO 8601 in weeks, days, hours, minutes and seconds, or None.
        zone: an IANA time zone.
        anchor: the moment from which `every` is counted.

    Raises:
        TimetableError: there is none, both are given, or it is due more often than it may be.
    """
    if (cron is None) == (every is None):
        raise TimetableError("cron", "Give either cron or every.")
    if not _is_zone(zone):
        raise TimetableError("time_zone", "time_zone is an IANA name such as Europe/Berlin.")
    if cron is not None:
        try:
            shortest = parse_cron(cron).shortest()
        except ValueError as error:
            raise TimetableError("cron", str(error)) from None
        if shortest < SHORTEST:
            raise TimetableError("cron", "A schedule is due every 15 minutes at most.")
        return Timetable(zone, cron=" ".join(cron.split()))
    duration = read_duration(every or "")
    if not SHORTEST <= duration <= _LONGEST:
        raise TimetableError("every", "every is from PT15M to P366D.")
    return Timetable(zone, every=duration, anchor=anchor.astimezone(UTC).replace(microsecond=0))


def _is_zone(name: str) -> bool:
    if _NO_ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def read_duration(text: str) -> timedelta:
    """A duration of ISO 8601 in weeks, days, hours, minutes and seconds.

    Raises:
        TimetableError: it is none.
    """
    found = _DURATION.fullmatch(text)
    if found is None or text in ("P", "PT"):
        raise TimetableError("every", "every is a duration of ISO 8601 such as P1D or PT6H.")
    return timedelta(**{name: int(value) for name, value in found.groupdict("0").items()})


def written(every: timedelta) -> str:
    """A duration in days, hours, minutes and seconds, as ISO 8601 writes it."""
    hours, rest = divmod(every.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    day = f"{every.days}D" if every.days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    of_day = "".join(f"{number}{unit}" for number, unit in parts if number)
    return f"P{day}" + (f"T{of_day}" if of_day else "")


def _times(cron: Cron, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    # What a clock put forward moves may come after the next one of the day, and be the same.
    day = moment.astimezone(zone).date() - timedelta(days=1)
    last = moment
    for _ in range(_DAYS_LOOKED_AT):
        if cron.includes(day):
            walls = (datetime.combine(day, each, zone) for each in cron.times())
            for due in sorted({wall.astimezone(UTC) for wall in walls}):
                if due > last:
                    yield due
                    last = due
        day += timedelta(days=1)
