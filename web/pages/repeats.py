"""How often the form for a new export lets it be repeated."""

import msgspec

from web.pages.fields import Fields
from web.pages.words import N_

CRON_DAYS = {"daily": "* * *", "weekdays": "* * mon-fri", "weekly": "* * mon", "monthly": "1 * *"}
"""The days of each, as the last three fields of a cron expression."""
REPEATS = {
    "daily": N_("Every day"),
    "weekdays": N_("Monday to Friday"),
    "weekly": N_("Every Monday"),
    "monthly": N_("On the first of each month"),
}
"""How often the form lets an export be repeated."""


class Repeat(msgspec.Struct, frozen=True):
    """What the form says of repeating the export."""

    name: str = ""
    days: str = "daily"
    at: str = "06:00"
    zone: str = ""
    """Empty: none has been chosen, so that the script may give that of the browser."""
    only_changed: bool = False
    wanted: bool = False
    """Whether it is shown opened."""


def read_repeat(fields: Fields) -> Repeat:
    """What the fields say of it."""
    usual = Repeat()
    if not fields.one("repeat"):
        return usual
    found = Repeat(
        fields.one("repeat_name")[:200],
        fields.one("repeat"),
        fields.one("repeat_at"),
        fields.one("repeat_zone")[:64],
        bool(fields.one("repeat_only_changed")),
    )
    wanted = msgspec.structs.replace(found, zone="") != usual
    return msgspec.structs.replace(found, wanted=wanted)
