"""Who may show our pages in a frame (CSP Level 3, 6.4.2: `frame-ancestors`)."""

import re
from typing import NamedTuple

from activities.settings import PORT, SettingsError
from web.http.app_state import AnyConnection, held

# Loopback is this machine, where there is no TLS to have.
_ORIGIN = re.compile(
    rf"https://(?:[a-z0-9_-]+\.)*[a-z0-9_-]+(?::{PORT})?"
    rf"|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::{PORT})?",
    re.ASCII,
)
# What a click must not be stolen for: to sign in, to operate, to delete, to share.
_NEVER = re.compile(r"/(?:sign-in|sign-out|admin|s|settings)(?:/.*)?|.*/(?:delete|shares?)(?:/.*)?")
_NOBODY = "'none'"


class FrameAncestors(NamedTuple):
    """The origins whose pages may show ours in a frame."""

    origins: tuple[str, ...]


def frame_ancestors(text: str) -> FrameAncestors:
    """The origins in a comma-separated list.

    Raises:
        SettingsError: one of them is none of https, or stands for several.
    """
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"EXPORT_FRAME_ANCESTORS: {origin!r} is not an origin of https; give scheme and "
                "host, and the port unless it is the usual one, such as https://learn.example.org"
            )
    return FrameAncestors(tuple(dict.fromkeys(found)))


def frame_policy(connection: AnyConnection) -> str:
    """The sources of `frame-ancestors` for the page that was asked for."""
    origins = held(connection.app.state, FrameAncestors).origins
    path = connection.scope["path"]
    return _NOBODY if not origins or _NEVER.fullmatch(path) else " ".join(origins)


def may_be_framed(connection: AnyConnection) -> bool:
    """True if some other site may show the page that was asked for."""
    return frame_policy(connection) != _NOBODY
