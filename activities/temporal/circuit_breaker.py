"""Leaves a server that has just not responded alone for a moment (Nygard, "Release It!", 2007)."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from activities.temporal.client import TemporalUnavailableError

T = TypeVar("T")

_OPEN_SECONDS = 1.0


class CircuitOpenError(TemporalUnavailableError):
    """The server was not asked, because it did not respond a moment ago."""


class CircuitBreaker:
    """Lets calls through, but after one that got no response one at a time, with a second between.

    Whoever waits for something else before a call passes here after that wait, so that not each of
    them waits for a time-out of its own. Only the response to a call says that the server is back.
    """

    def __init__(self) -> None:
        self._is_away = False
        self._is_tried = False
        self._open_until = float("-inf")

    @property
    def is_open(self) -> bool:
        """True if a call would be refused now."""
        return self._is_away and (self._is_tried or time.monotonic() < self._open_until)

    async def call(self, make: Callable[[], Awaitable[T]]) -> T:
        """Make a call and return its result.

        Args:
            make: makes the call. An error other than `TemporalUnavailableError` is a response.

        Raises:
            CircuitOpenError: the server did not respond a moment ago.
            TemporalUnavailableError: it did not respond to this call.
        """
        if self.is_open:
            raise CircuitOpenError
        tries = self._is_away
        self._is_tried |= tries
        try:
            made = await make()
        except TemporalUnavailableError:
            self._is_away = True
            self._open_until = time.monotonic() + _OPEN_SECONDS
            raise
        except Exception:
            self._is_away = False
            raise
        finally:
            if tries:
                self._is_tried = False
        self._is_away = False
        return made
