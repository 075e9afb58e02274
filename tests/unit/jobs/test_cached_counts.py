"""The totals of lists: exact for short ones, a moment old for long ones."""

from activities.jobs.cached_counts import CachedCounts


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_short_list_is_counted_each_time() -> None:
    totals = CachedCounts(Clock())
    assert totals.of("mine", lambda: 999) == 999
    assert totals.of("mine", lambda: 1_000) == 1_000
    assert totals.of("mine", lambda: 0) == 0


def test_a_long_list_is_counted_again_after_five_seconds() -> None:
    clock = Clock()
    totals = CachedCounts(clock)
    assert totals.of("mine", lambda: 100_000) == 100_000
    clock.now = 4.9
    assert totals.of("mine", lambda: 100_001) == 100_000
    clock.now = 5.1
    assert totals.of("mine", lambda: 100_001) == 100_001


def test_one_list_has_not_the_total_of_another() -> None:
    totals = CachedCounts(Clock())
    totals.of(("mine", "completed"), lambda: 5_000)
    assert totals.of(("mine", "failed"), lambda: 2) == 2
    assert totals.of(("yours", "completed"), lambda: 3) == 3


def test_a_list_that_got_short_is_exact_again() -> None:
    clock = Clock()
    totals = CachedCounts(clock)
    totals.of("mine", lambda: 5_000)
    clock.now = 6.0
    assert totals.of("mine", lambda: 10) == 10
    assert totals.of("mine", lambda: 11) == 11
