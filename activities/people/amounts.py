"""Numbers, sizes, times and dates in the language that is spoken."""

import math
from datetime import UTC, datetime
from typing import Literal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from babel.units import format_unit

from activities.people.languages import spoken
from activities.people.words import _, ngettext

_KILO = 1_000
_MINUTE = 60
_HOUR = 60 * _MINUTE
_UNITS = ("digital-byte", "digital-kilobyte", "digital-megabyte", "digital-gigabyte")


def number(count: float) -> str:
    """A number with its digits in groups: `12,345`."""
    return format_decimal(count, locale=spoken().data)


def size(count: float) -> str:
    """Bytes in units that people compare: `1.2 MB`."""
    power = 0
    while count >= _KILO and power < len(_UNITS) - 1:
        count /= _KILO
        power += 1
    pattern = "#,##0.0" if power and (count < 10 or power == len(_UNITS) - 1) else "#,##0"
    return format_unit(
        count,
        _UNITS[power],
        length="short" if power else "long",
        format=pattern,
        locale=spoken().data,
    )


def duration(seconds: float) -> str:
    """A time to wait, no more exact than it is known."""
    if seconds < _MINUTE:
        whole = max(math.ceil(seconds), 1)
        return ngettext("about %(num)s second", "about %(num)s seconds", whole) % {"num": whole}
    if seconds < _HOUR:
        minutes = round(seconds / _MINUTE)
        return ngettext("about %(num)s minute", "about %(num)s minutes", minutes) % {"num": minutes}
    hours = format_decimal(round(seconds / _HOUR, 1), format="#,##0.0", locale=spoken().data)
    return _("about %(number)s hours") % {"number": hours}


def in_short(count: int, unit: Literal["millisecond", "second", "minute", "hour", "day"]) -> str:
    """A time in one short unit: `12 min`."""
    return format_unit(count, f"duration-{unit}", length="short", locale=spoken().data)


def day(moment: datetime) -> str:
    """The date in words: `4 March 2024`."""
    return format_date(moment, "long", locale=spoken().data)


def at_moment(moment: datetime) -> str:
    """The date, the time and its zone: `4 March 2024, 10:30 UTC`."""
    told = moment.astimezone(UTC)
    clock = format_skeleton("Hm", told, locale=spoken().data)
    return _("%(date)s, %(time)s UTC") % {"date": day(told), "time": clock}
