"""Keeps what others can cause, as often as they like, from filling the log."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Final

from structlog.stdlib import BoundLogger

_WINDOW_SECONDS: Final = 1.0
_MOST_SOURCES = 4_096
_OTHERS = ""


class FloodGate:
    """Admits a few lines a second of each source, and logs how many it left out.

    One process, and one thread of it, has each.
    """

    def __init__(
        self,
        logger: BoundLogger,
        message: str,
        *,
        of_one: int = 20,
        of_all: int = 200,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing left out.

        Args:
            logger: gets a line a second while lines are left out.
            message: what that line says; how many were left out is its `count`.
            of_one: lines a second of one source.
            of_all: lines a second of all sources together.
            clock: seconds that never go back.
        """
        self._logger = logger
        self._message = message
        self._of_one = of_one
        self._of_all = of_all
        self._clock = clock
        self._since = float("-inf")
        self._lines: Counter[str] = Counter()
        self._admitted = 0
        self._left_out = 0

    def admits(self, source: str) -> bool:
        """True if there is room for one more line of this source."""
        now = self._clock()
        if now - self._since >= _WINDOW_SECONDS:
            self._begin(now)
        if source not in self._lines and len(self._lines) >= _MOST_SOURCES:
            source = _OTHERS
        self._lines[source] += 1
        if self._lines[source] <= self._of_one and self._admitted < self._of_all:
            self._admitted += 1
            return True
        if not self._left_out:
            # When nothing comes after a flood, it is still told.
            with suppress(RuntimeError):
                loop = asyncio.get_running_loop()
                # Not the context of the request that happens to be handled now.
                loop.call_later(_WINDOW_SECONDS, self._tell, context=Context())
        self._left_out += 1
        return False

    def _begin(self, now: float) -> None:
        self._tell()
        self._since = now
        self._lines.clear()
        self._admitted = 0

    def _tell(self) -> None:
        count, self._left_out = self._left_out, 0
        if count:
            self._logger.warning(self._message, count=count)
