"""Deliveries of a job's file as its page shows them."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec

from activities.model.jobs import Delivery, SendingStatus
from activities.model.problems import NOT_READY
from activities.people.amounts import number
from web.pages.words import N_, _, ngettext

_STATES = MappingProxyType(
    {
        SendingStatus.PENDING: N_("To be delivered"),
        SendingStatus.DELIVERED: N_("Delivered"),
        SendingStatus.FAILED: N_("Not delivered"),
        SendingStatus.CANCELLED: N_("Not delivered"),
    }
)
_BADGES = MappingProxyType(
    {
        SendingStatus.PENDING: "pending",
        SendingStatus.DELIVERED: "completed",
        SendingStatus.FAILED: "failed",
        SendingStatus.CANCELLED: "cancelled",
    }
)
_ERRORS = MappingProxyType(
    {
        "no-destination": N_("The destination is no longer there."),
        "file-gone": N_("The file is gone."),
        "file-damaged": N_("The file is damaged."),
        "no-secret": N_("The service cannot sign in at the destination."),
        "no-mail-server": N_("This service sends no mails."),
        "not-allowed": N_("The destination does not let the service in."),
        "not-found": N_("The destination is not where it should be."),
        "unreachable": N_("The destination cannot be reached."),
        "unknown-host-key": N_("The destination is not the server that it should be."),
        "no-room": N_("There is no room left at the destination."),
        "refused": N_("The destination refused it."),
        "cut-short": N_("The connection broke off."),
        "refused-address": N_("The address is not one of the internet."),
        "redirected": N_("The destination has moved."),
        "bad-address": N_("The address is not one that mail can be sent to."),
        "worker-ended": N_("The service was interrupted."),
    }
)


class ShownDelivery(msgspec.Struct, frozen=True):
    """A delivery, in words."""

    to: str
    state: str
    badge: str
    """The class of its badge."""
    attempts: str
    """How often it was tried; empty before that."""
    delivered_at: datetime | None
    has_ended: bool
    """True if it is not tried any more unless somebody asks for it."""
    trouble: str
    """Why the last attempt failed; empty if it did not, or if it is not known."""


def show_deliveries(found: Sequence[Delivery]) -> list[ShownDelivery]:
    """Deliveries, in words."""
    return [_shown(each) for each in found]


def _shown(delivery: Delivery) -> ShownDelivery:
    tried = delivery.attempts
    attempts = ngettext("%(num)s attempt", "%(num)s attempts", tried) % {"num": number(tried)}
    if delivery.status is SendingStatus.CANCELLED:
        trouble = _(NOT_READY.detail)
    elif delivery.status is SendingStatus.DELIVERED:
        trouble = ""
    else:
        trouble = _(_ERRORS.get(delivery.error or "", ""))
        if trouble and delivery.status is SendingStatus.PENDING:
            again = _("It is tried again.")
            trouble = f"{trouble} {again}"
    return ShownDelivery(
        to=delivery.to,
        state=_(_STATES[delivery.status]),
        badge=_BADGES[delivery.status],
        attempts=attempts if tried else "",
        delivered_at=delivery.delivered_at,
        has_ended=delivery.status is not SendingStatus.PENDING,
        trouble=trouble,
    )
