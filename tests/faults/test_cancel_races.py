"""Cancelling races completing: exactly one of them wins, and the answer says which."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from statistics import median

import pytest

from tests.faults.arena import SMALL, Arena

pytestmark = pytest.mark.faults

_RACES = 2_000
_AT_ONCE = 16
# A slow machine has fewer races.
_LONGEST_SECONDS = 150.0


def test_cancel_and_completion_never_both_win(arena: Arena) -> None:
    usual = _usual_seconds(arena)
    ledger = arena.begin(SMALL)
    chance = random.Random(2_000)
    delays = [chance.uniform(0, 2 * usual) for _ in range(_RACES)]

    end = time.monotonic() + _LONGEST_SECONDS

    def race(delay: float) -> bool | None:
        if time.monotonic() > end:
            return None
        entry = ledger.submit(SMALL)
        time.sleep(delay)
        return ledger.cancel(entry)

    with ThreadPoolExecutor(_AT_ONCE) as callers:
        promised = Counter(callers.map(race, delays))

    verdict = arena.judge()
    verdict.assert_clean()
    assert verdict.statuses == Counter(cancelled=promised[True], completed=promised[False])
    print(f"{verdict.statuses.total()} races: {dict(verdict.statuses)}")  # noqa: T201
    for side in (promised[True], promised[False]):
        assert side > verdict.statuses.total() / 10, "no race: one side always won"


def _usual_seconds(arena: Arena) -> float:
    """How long an export takes when that many run at once."""
    ledger = arena.begin(SMALL)
    with ThreadPoolExecutor(_AT_ONCE) as callers:
        list(callers.map(ledger.submit, [SMALL] * 2 * _AT_ONCE))
    jobs = arena.judge().jobs.values()
    return median(
        (_time(job["completed_at"]) - _time(job["created_at"])).total_seconds() for job in jobs
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
