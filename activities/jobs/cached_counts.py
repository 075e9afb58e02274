"""Counts the entries of lists, and caches large counts.

Counting a long list takes longer than reading a page of it, on either database. So a large total
is kept for a moment, while a small one, in which a reader sees every change, is always exact.
"""

import time
from collections.abc import Callable, Hashable

_LARGE = 1_000
_FRESH_SECONDS = 5.0
_LISTS_KEPT = 1_000


class CachedCounts:
    """The counts of entries in lists of one kind, which threads may share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count with a clock.

        Args:
            clock: the time in seconds, from any moment on.
        """
        self._clock = clock
        self._counted: dict[Hashable, tuple[int, float]] = {}

    def of(self, wanted: Hashable, count: Callable[[], int | None]) -> int:
        """The number of entries of a list; one above a thousand may be five seconds old.

        Args:
            wanted: a key of the list and its conditions.
            count: asks the database.
        """
        known = self.known(wanted)
        if known is not None:
            return known
        now = self._clock()
        total = count() or 0
        if total > _LARGE:
            if len(self._counted) >= _LISTS_KEPT:
                self._counted.clear()
            self._counted[wanted] = (total, now)
        return total

    def known(self, wanted: Hashable) -> int | None:
        """The number of entries of a list; None if it was not counted in the last five seconds."""
        counted = self._counted.get(wanted)
        if counted is None or self._clock() - counted[1] >= _FRESH_SECONDS:
            return None
        return counted[0]
