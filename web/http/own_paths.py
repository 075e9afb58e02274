"""Paths of this service that somebody else names: where a sign-in leads to."""

import re

from web.http.app_state import AnyConnection
from web.http.urls import path_prefix

# Nothing that a browser could take for another host.
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
_LONGEST = 8_000
"""Characters of a path: an address that is longer does not come through proxies."""
HOME = "/"


def own_path(connection: AnyConnection, text: str) -> str | None:
    """The path, query included, as it is below the prefix; None: it is no path of ours."""
    if len(text) > _LONGEST or not _OWN_PATH.fullmatch(text):
        return None
    prefix = path_prefix(connection)
    if not prefix or not re.match(rf"{re.escape(prefix)}(?:[/?#]|$)", text):
        return text
    rest = text.removeprefix(prefix)
    if not rest.startswith("/"):
        return f"{HOME}{rest}"
    # What is left must not be another host either.
    return rest if _OWN_PATH.fullmatch(rest) else None


def own_path_or_home(connection: AnyConnection, text: str) -> str:
    """The page that a sign-in leads to: a path of ours, else the first page."""
    return own_path(connection, text) or HOME
