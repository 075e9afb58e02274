"""Bounds what one network may try of codes that there are not."""

import time
from collections import Counter
from collections.abc import Callable

_OF_ONE = 30
_WINDOW_SECONDS = 60.0
_MOST_NETWORKS = 10_000
_OTHERS = ""


class MissLimit:
    """Admits thirty misses a minute of each network.

    Who has a code that counts is never asked: a class behind one address gets its files, however
    many of them mistype.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with no misses; the clock gives seconds that never go back."""
        self._clock = clock
        self._since = float("-inf")
        self._misses: Counter[str] = Counter()

    def admits(self, network: str) -> bool:
        """Count a miss. False: the network has had as many as it may."""
        now = self._clock()
        if now - self._since >= _WINDOW_SECONDS:
            self._since = now
            self._misses.clear()
        if network not in self._misses and len(self._misses) >= _MOST_NETWORKS:
            network = _OTHERS
        self._misses[network] += 1
        return self._misses[network] <= _OF_ONE
