"""The call about the room that files take."""

from export_client.calls import Call
from export_client.model import Usage


def usage() -> Call[Usage]:
    """Read how much room one's files take."""
    return Call("GET", "/api/export/usage", Usage)
