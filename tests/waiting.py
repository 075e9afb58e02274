"""Waiting for something to come about, and not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    look: Callable[[], T | None],
    seconds: float = 60,
    *,
    pause: float = 0.05,
    otherwise: Callable[[], object] = lambda: "it did not come about",
) -> T:
    """Look again and again until there is something to see.

    Args:
        look: gives what is waited for, or something that is false.
        seconds: the seconds to wait at most.
        pause: seconds between two looks.
        otherwise: gives what to say when it does not come about.

    Returns:
        The first true value that `look` gave.

    Raises:
        AssertionError: the time was over before.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, otherwise()
        time.sleep(pause)
    return found
