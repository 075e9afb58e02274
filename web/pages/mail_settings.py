"""Of what somebody is told by mail, as the page for settings shows and takes it."""

from collections.abc import Mapping, Sequence

import msgspec

from activities.people.languages import Language, known_language, spoken
from activities.people.mail_texts import MAIL_EVENTS, MailEvent
from web.auth.tokens import Caller
from web.http.json_body import decode
from web.pages.fields import Fields
from web.pages.words import N_, ngettext
from web.schemas.notifications import NotificationRequest, NotificationResponse
from web.services.notification_choice import NotificationChoice

_LABELS: dict[MailEvent, str] = {
    "completed": N_("An export is ready"),
    "failed": N_("An export has failed"),
    "expiring": N_("A file is removed within a day"),
}
_MINUTE = 60
_MINUTES = (0, 1, 5, 15, 60)
"""Of what takes less nobody is told; the choices."""
_MOST_MINUTES = 1_440


class MailSettings(msgspec.Struct, frozen=True):
    """What can be chosen, and what is."""

    is_available: bool
    """Whether the service sends mails."""
    address: str | None
    """The verified one of whoever is signed in."""
    kept: NotificationResponse
    events: Mapping[MailEvent, str]
    waits: Sequence[tuple[int, str]]
    minutes: int
    """Of what takes less nobody is told."""
    language: Language


async def mail_settings(caller: Caller, choice: NotificationChoice) -> MailSettings:
    """What the caller can choose, and has chosen."""
    kept = await choice.get(caller)
    minutes = -(-kept.after_seconds // _MINUTE)
    return MailSettings(
        is_available=choice.available,
        address=caller.email,
        kept=kept,
        events=_LABELS,
        waits=[(each, _wait(each)) for each in sorted({*_MINUTES, minutes})],
        minutes=minutes,
        language=known_language(kept.language or "") or spoken(),
    )


async def keep_mail_settings(caller: Caller, choice: NotificationChoice, fields: Fields) -> None:
    """Keep what a form says.

    Raises:
        ProblemError: the service sends no mails, or the caller has no verified address.
    """
    # Fields count from 1.
    minutes = fields.number("minutes", maximum=_MOST_MINUTES) if fields.one("minutes") != "0" else 0
    body = {
        "on": [event for event in MAIL_EVENTS if event in fields.every("on")],
        "after_seconds": minutes * _MINUTE,
        "language": fields.one("language") or None,
    }
    await choice.put(caller, decode(msgspec.json.encode(body), NotificationRequest))


def _wait(minutes: int) -> str:
    told = ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return told % {"num": minutes}
