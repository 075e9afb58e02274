"""Changing many rows in short transactions, between which others write.

SQLite lets in whoever asks at the right moment. A writer who finds it locked asks again after 1, 2,
5, 10 ms and so on, so most of the time must be free for each to come through soon.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")

SLICE = 200
"""Rows that one transaction changes at most: some 5 to 50 ms, in which no other process writes to
SQLite."""

_FREE = 2.0
_LONGEST_PAUSE_SECONDS = 1.0


async def with_pause(change: Awaitable[_T]) -> _T:
    """Await a change of the database, then leave it to others for longer than that took."""
    begun = time.monotonic()
    done = await change
    taken = time.monotonic() - begun
    await asyncio.sleep(min(taken * _FREE, _LONGEST_PAUSE_SECONDS))
    return done


async def until_none_is_left(change: Callable[[], Awaitable[int]]) -> int:
    """Make a change again until it finds no rows; returns how many rows it changed.

    Args:
        change: changes at most `SLICE` rows, which it does not find again, and returns how many.
    """
    changed = 0
    while more := await with_pause(change()):
        changed += more
    return changed
