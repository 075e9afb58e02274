"""Caches what takes long to count or to read, for a moment.

Counting a long list takes longer than reading a page of it, on either database. So a large total
is kept for a moment, while a small one, in which a reader sees every change, is always exact.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_LARGE = 1_000
_FRESH_SECONDS = 5.0
_LISTS_KEPT = 1_000


class Count(NamedTuple):
    """The number of entries of a list at one moment."""

    total: int
    newest: object
    """The time of its newest entry then, as it is stored (`StoredTime`); None for an empty list."""


class CachedCounts:
    """The counts of entries in lists of one kind, which threads may share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count with a clock.

        Args:
            clock: the time in seconds, from any moment on.
        """
        self._clock = clock
        self._counted: dict[Hashable, tuple[Count, float]] = {}

    def of(self, wanted: Hashable, count: Callable[[], Count]) -> Count:
        """The number of entries of a list; one above a thousand may be five seconds old.

        Args:
            wanted: a key of the list and its conditions.
            count: asks the database.
        """
        known = self.known(wanted)
        if known is not None:
            return known
        now = self._clock()
        counted = count()
        if len(self._counted) >= _LISTS_KEPT:
            self._counted.clear()
        self._counted[wanted] = (counted, now)
        return counted

    def is_short(self, wanted: Hashable) -> bool:
        """Whether a list had a thousand entries at most within the last five seconds."""
        counted = self._fresh(wanted)
        return counted is not None and counted.total <= _LARGE

    def known(self, wanted: Hashable) -> Count | None:
        """The number of entries of a long list; None if it was not counted within five seconds."""
        counted = self._fresh(wanted)
        return counted if counted is not None and counted.total > _LARGE else None

    def _fresh(self, wanted: Hashable) -> Count | None:
        counted = self._counted.get(wanted)
        if counted is None or self._clock() - counted[1] >= _FRESH_SECONDS:
            return None
        return counted[0]


class CachedReading(Generic[T]):
    """A reading that is made at most once in five seconds, and once at a time, whoever asks."""

    def __init__(
        self, read: Callable[[], Awaitable[T]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep what a function reads.

        Args:
            read: reads it anew. If it raises, the next who asks has it tried again.
            clock: the time in seconds, from any moment on.
        """
        self._read = read
        self._clock = clock
        self._reading = asyncio.Lock()
        self._known: tuple[T, float] | None = None

    async def get(self) -> T:
        """What was read, at most five seconds ago."""
        async with self._reading:
            now = self._clock()
            if self._known is None or now - self._known[1] >= _FRESH_SECONDS:
                self._known = (await self._read(), now)
            return self._known[0]
