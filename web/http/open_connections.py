"""The connections that wait for their callers: how long they may, and who goes when there are many.

A slow caller costs a connection and what it sent so far. Each has a deadline; when connections or
memory run out before that, the one that has stood still longest makes room. So callers who send
what they have to say are served however many others only begin to.
"""

import enum
import time
from typing import Protocol

from activities.settings import Settings

try:
    import resource
except ImportError:  # Windows has no such limit.
    resource = None  # type: ignore[assignment]

_OWN_FILES = 500
"""Open files that the process needs beside its connections: database, storage, Temporal."""
_FEWEST_CONNECTIONS = 100
# Ending a connection takes some 0.1 ms; thousands that are due at once must not hold up the others.
_SWEEP_SECONDS = 0.004


class Wait(enum.Enum):
    """The event that a connection waits for; connections of the first kind are closed first."""

    END = "the end of what nobody will read"
    REST = "the rest of a request"
    REQUEST = "a request"


class WaitingConnection(Protocol):
    """A connection as `OpenConnections` sees it."""

    wait: Wait | None
    """The event that it waits for; None while the service works for it."""
    held: int
    """Bytes of memory that an unfinished request takes."""

    def time_out(self, now: float) -> None:
        """End it, or give it more time if it was not its caller who was slow."""

    def drop(self) -> None:
        """End it at once."""


class OpenConnections:
    """All connections of a server that wait, the longest first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.most = _affordable_connections(settings.max_connections)
        self._deadlines: dict[Wait, dict[WaitingConnection, float]] = {wait: {} for wait in Wait}
        self._held = 0

    def waits(
        self, connection: WaitingConnection, wait: Wait, deadline: float, held: int = 0
    ) -> None:
        """Note that a connection waits from now on.

        Args:
            connection: which.
            wait: for what.
            deadline: of the event loop's clock, seconds.
            held: bytes of memory that its unfinished request takes.
        """
        self.works(connection)
        connection.wait = wait
        connection.held = held
        self._held += held
        self._deadlines[wait][connection] = deadline
        if wait is Wait.REST:
            unfinished = self._deadlines[wait]
            while self._held > self.settings.max_unfinished_bytes and unfinished:
                next(iter(unfinished)).drop()

    def works(self, connection: WaitingConnection) -> None:
        """Note that a connection does not wait, or is no more."""
        if connection.wait is not None:
            self._held -= connection.held
            del self._deadlines[connection.wait][connection]
            connection.wait = None

    def make_room(self) -> bool:
        """End the connection that has waited longest; whether there was one."""
        for connections in self._deadlines.values():
            if connections:
                next(iter(connections)).drop()
                return True
        return False

    def sweep(self, now: float) -> None:
        """End those whose time is over; what cannot be done at once is left to the next sweep."""
        due = [
            connection
            for connections in self._deadlines.values()
            for connection, deadline in connections.items()
            if deadline <= now
        ]
        until = time.perf_counter() + _SWEEP_SECONDS
        for connection in due:
            connection.time_out(now)
            if time.perf_counter() > until:
                break


def _affordable_connections(wanted: int) -> int:
    """The number of connections within the limit on open files, which is raised if it can be."""
    if resource is None:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OWN_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # macOS allows fewer than it says.
        allowed = soft
    return max(min(wanted, allowed - _OWN_FILES), _FEWEST_CONNECTIONS)
