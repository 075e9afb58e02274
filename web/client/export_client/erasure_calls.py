"""Calls that erase everything of an owner."""

from urllib.parse import quote

from export_client.calls import Call
from export_client.model import Erasure

_OWN = "/api/export/owner"
_ADMIN = "/api/export/admin"


def erase_everything() -> Call[Erasure]:
    """Erase all that the service has of one: exports, files, links, schedules and settings.

    Nothing undoes it. Content stays where it comes from.
    """
    return Call("DELETE", _OWN, Erasure)


def erasure(erasure_id: str) -> Call[Erasure]:
    """Read how far an erasure is."""
    return Call("GET", f"{_OWN}/erasures/{erasure_id}", Erasure)


def admin_erase_owner(owner: str) -> Call[Erasure]:
    """Erase all that the service has of an owner; nothing undoes it."""
    return Call("DELETE", f"{_ADMIN}/owners/{quote(owner)}", Erasure)


def admin_erasure(erasure_id: str) -> Call[Erasure]:
    """Read how far an erasure of any owner is."""
    return Call("GET", f"{_ADMIN}/erasures/{erasure_id}", Erasure)
