"""The totals of lists: exact for short ones, a moment old for long ones."""

import asyncio
from collections.abc import Callable

import pytest

from activities.jobs.cached_counts import CachedCounts, CachedReading, Count


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def of(total: int) -> Callable[[], Count]:
    """A list of so many entries."""
    return lambda: Count(total, None)


def test_a_short_list_is_counted_each_time() -> None:
    counts = CachedCounts(Clock())
    assert counts.of("mine", of(999)).total == 999
    assert counts.of("mine", of(1_000)).total == 1_000
    assert counts.of("mine", of(0)).total == 0


def test_a_long_list_is_counted_again_after_five_seconds() -> None:
    clock = Clock()
    counts = CachedCounts(clock)
    assert counts.of("mine", of(100_000)).total == 100_000
    clock.now = 4.9
    assert counts.of("mine", of(100_001)).total == 100_000
    clock.now = 5.1
    assert counts.of("mine", of(100_001)).total == 100_001


def test_one_list_has_not_the_total_of_another() -> None:
    counts = CachedCounts(Clock())
    counts.of(("mine", "completed"), of(5_000))
    assert counts.of(("mine", "failed"), of(2)).total == 2
    assert counts.of(("yours", "completed"), of(3)).total == 3


def test_a_list_that_got_short_is_exact_again() -> None:
    clock = Clock()
    counts = CachedCounts(clock)
    counts.of("mine", of(5_000))
    clock.now = 6.0
    assert counts.of("mine", of(10)).total == 10
    assert counts.of("mine", of(11)).total == 11


def test_a_list_is_short_for_as_long_as_its_count_would_be_kept() -> None:
    clock = Clock()
    counts = CachedCounts(clock)
    assert not counts.is_short("mine")
    counts.of("mine", of(1_000))
    assert counts.is_short("mine")
    assert not counts.is_short("yours")
    clock.now = 5.1
    assert not counts.is_short("mine")
    counts.of("mine", of(10))
    counts.of("mine", of(1_001))
    assert not counts.is_short("mine")


@pytest.mark.anyio
async def test_what_many_ask_for_is_read_once_in_five_seconds() -> None:
    clock = Clock()
    readings = 0

    async def read() -> int:
        nonlocal readings
        readings += 1
        await asyncio.sleep(0)
        return readings

    cached = CachedReading(read, clock)
    assert await asyncio.gather(*(cached.get() for _ in range(20))) == [1] * 20
    clock.now = 4.9
    assert await cached.get() == 1
    clock.now = 5.1
    assert await asyncio.gather(*(cached.get() for _ in range(20))) == [2] * 20


@pytest.mark.anyio
async def test_a_reading_that_failed_is_tried_again() -> None:
    answers: list[int | None] = [None, 7]

    async def read() -> int:
        answer = answers.pop(0)
        if answer is None:
            raise ConnectionError
        return answer

    cached = CachedReading(read, Clock())
    with pytest.raises(ConnectionError):
        await cached.get()
    assert await cached.get() == 7
