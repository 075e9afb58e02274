"""A process is stopped past its heartbeat timeout and wakes up when others have taken over."""

import time

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Wanted

pytestmark = pytest.mark.faults

# A stopped worker still seems to wait for tasks: each of its open polls swallows one more attempt.
_SWALLOWED_SECONDS = 60


def _judge_when_it_is_up(arena: Arena) -> None:
    time.sleep(2)
    # One that wakes up may write its attempt's file before it learns that it is late.
    arena.sweep()
    arena.judge().assert_clean()


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ("render.item", CHUNKED),
        ("stored.fragment", CHUNKED),
        ("stored.file", CHUNKED),
        ("fetch.claimed", SMALL),
        ("stored.made", SMALL),
    ],
)
def test_late_render_changes_nothing(arena: Arena, point: str, wanted: Wanted) -> None:
    ledger = arena.begin(wanted, STRANGERS)
    with arena.asleep_at(point, wanted):
        arena.judge(_SWALLOWED_SECONDS).assert_clean()
    ledger.submit(wanted)
    ledger.submit(STRANGERS)
    _judge_when_it_is_up(arena)


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ("fetch.claimed", CHUNKED),
        ("stored.snapshot", CHUNKED),
        ("publish.in-place", SMALL),
        ("publish.completed", SMALL),
    ],
)
def test_late_fetch_or_publish_changes_nothing(arena: Arena, point: str, wanted: Wanted) -> None:
    ledger = arena.begin(wanted, STRANGERS)
    with arena.second_worker():
        with arena.asleep_at(point, wanted):
            ledger.submit(STRANGERS)
            arena.judge(_SWALLOWED_SECONDS).assert_clean()
        _judge_when_it_is_up(arena)


@pytest.mark.parametrize("point", ["staging.others-removed", "publish.in-place"])
def test_job_that_is_cancelled_while_its_publisher_sleeps_has_no_file(
    arena: Arena, point: str
) -> None:
    ledger = arena.begin(SMALL)
    with arena.second_worker():
        with arena.asleep_at(point, SMALL) as entry:
            assert ledger.cancel(entry)
            arena.judge(_SWALLOWED_SECONDS).assert_clean()
        _judge_when_it_is_up(arena)


def test_job_that_is_cancelled_while_its_renderer_sleeps_stays_cancelled(arena: Arena) -> None:
    ledger = arena.begin(CHUNKED)
    with arena.asleep_at("stored.fragment", CHUNKED) as entry:
        assert ledger.cancel(entry)
        arena.judge().assert_clean()
    _judge_when_it_is_up(arena)
