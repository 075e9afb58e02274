"""Days and moments, as people write them."""

import argparse
from contextlib import suppress
from datetime import UTC, date, datetime, time


def day_or_moment(text: str) -> date:
    """The day, or the moment with its zone, that a text names.

    Raises:
        argparse.ArgumentTypeError: it names none.
    """
    with suppress(ValueError):
        return date.fromisoformat(text)
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
    raise argparse.ArgumentTypeError(
        f"{text!r} is no day such as 2024-03-01 and no moment such as 2024-03-01T09:30+01:00"
    )


def moment(text: str) -> datetime:
    """The moment that a text names; of a day, when it begins in UTC.

    Raises:
        argparse.ArgumentTypeError: it names none.
    """
    found = day_or_moment(text)
    return found if isinstance(found, datetime) else datetime.combine(found, time.min, UTC)
