"""Cancelling races completing: exactly one of them wins, and the answer says which."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.arena import SMALL, Arena

pytestmark = pytest.mark.faults

_RACES = 2_000
_AT_ONCE = 16
# A slow machine has fewer races.
_LONGEST_SECONDS = 300.0
_FIRST_DELAY_SECONDS = 0.2
_STEP = 1.05


class _Delays:
    """Seconds to wait before cancelling, such that each side wins about half of the races."""

    def __init__(self) -> None:
        self._chance = random.Random(2_000)
        self._middle = _FIRST_DELAY_SECONDS

    def next(self) -> float:
        return self._chance.uniform(0, 2 * self._middle)

    def learn(self, *, cancelled: bool) -> None:
        self._middle *= _STEP if cancelled else 1 / _STEP


def test_cancel_and_completion_never_both_win(arena: Arena) -> None:
    ledger = arena.begin(SMALL)
    delays = _Delays()
    end = time.monotonic() + _LONGEST_SECONDS

    def race(_: int) -> bool | None:
        if time.monotonic() > end:
            return None
        entry = ledger.submit(SMALL)
        time.sleep(delays.next())
        cancelled = ledger.cancel(entry)
        delays.learn(cancelled=cancelled)
        return cancelled

    with ThreadPoolExecutor(_AT_ONCE) as callers:
        outcomes = Counter(callers.map(race, range(_RACES)))

    verdict = arena.judge()
    verdict.assert_clean()
    cancelled, completed = outcomes[True], outcomes[False]
    assert verdict.statuses == {"cancelled": cancelled, "completed": completed}
    print(f"{cancelled} cancelled, {completed} completed")  # noqa: T201 - shown with -s
    assert min(cancelled, completed) > (cancelled + completed) / 10, "no race: one side always won"
