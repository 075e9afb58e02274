"""Which destinations a caller may have files delivered to."""

from collections.abc import Sequence
from typing import NamedTuple

from activities.automation.destinations import (
    Destinations,
    UnusableDestinationsError,
    WebdavDestination,
    read_destinations,
)
from activities.automation.webdav_delivery import reach_of
from activities.settings import Settings, SettingsError
from web.auth.tokens import Caller
from web.http.json_body import pointer
from web.http.problems import FieldError


def open_destinations(settings: Settings) -> Destinations:
    """The destinations of the service, without their secrets, which the API never reads.

    Raises:
        SettingsError: the file cannot be used.
    """
    try:
        found = read_destinations(settings.destinations)
        for each in found:
            if isinstance(each, WebdavDestination):
                reach_of(each)
    except (UnusableDestinationsError, ValueError) as error:
        raise SettingsError(f"EXPORT_DESTINATIONS: {error}") from None
    if found.need_mail and not (settings.mail_from and settings.public_url):
        raise SettingsError(
            "EXPORT_DESTINATIONS: mail needs EXPORT_SMTP_URL, EXPORT_MAIL_FROM, EXPORT_PUBLIC_URL"
        )
    return found


class OfferedDestination(NamedTuple):
    """A destination, as it is chosen."""

    name: str
    is_mail: bool
    """True if a mail with a link is sent, and not the file itself."""


class DestinationChoice:
    """Says what a caller may choose, and refuses the rest."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations

    def names(self, caller: Caller) -> list[str]:
        """The names that a caller may choose."""
        return self._destinations.admitted(caller.owner_id, caller.tenant)

    def offered(self, caller: Caller) -> list[OfferedDestination]:
        """Those that a caller may choose."""
        found = [each for name in self.names(caller) if (each := self._destinations.get(name))]
        return [OfferedDestination(each.name, each.kind == "mail") for each in found]

    def errors(self, caller: Caller, wanted: Sequence[str]) -> list[FieldError]:
        """What is wrong with the names of a request, as members of `deliver_to`."""
        known = self.names(caller)
        told = f"you may choose {', '.join(known)}" if known else "there are none for you"
        errors = []
        for position, name in enumerate(wanted):
            where = pointer("deliver_to", position)
            if name not in known:
                detail = f"There is no such destination; {told}."
                errors.append(FieldError(detail, pointer=where))
            elif name in wanted[:position]:
                errors.append(FieldError("This destination is named twice.", pointer=where))
        return errors
