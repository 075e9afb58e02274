"""Calls about mails that tell of exports."""

from export_client.calls import Call, given
from export_client.model import Notifications

_PATH = "/api/export/notifications"


def notifications() -> Call[Notifications]:
    """Read which mails one gets."""
    return Call("GET", _PATH, Notifications)


def choose_notifications(
    on: list[str],
    *,
    email: str | None = None,
    after_seconds: int | None = None,
    language: str | None = None,
) -> Call[Notifications]:
    """Be told by mail of these: completed, failed, expiring; nothing when there are none.

    The address is the one that the token says was verified. An export that took less than
    `after_seconds` is not told of when it ends.
    """
    body = given(email=email, after_seconds=after_seconds, language=language)
    return Call("PUT", _PATH, Notifications, {"on": on, **body})
