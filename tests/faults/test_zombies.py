"""A process is stopped past its heartbeat timeout and wakes up when others have taken over."""

import os
import signal
import time

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Wanted
from tests.faults.orders import Action

pytestmark = pytest.mark.faults

# A stopped worker still seems to wait for tasks: each of its open polls swallows one more attempt.
_SWALLOWED_SECONDS = 60


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ("render.item", CHUNKED),
        ("stored.fragment", CHUNKED),
        ("stored.file", CHUNKED),
    ],
)
def test_late_render_changes_nothing(arena: Arena, point: str, wanted: Wanted) -> None:
    ledger = arena.begin(wanted, STRANGERS)
    arena.orders.give(point, Action.STOP)
    ledger.submit(wanted)
    zombie = arena.orders.await_taken(point)
    try:
        arena.judge(_SWALLOWED_SECONDS).assert_clean()
    finally:
        os.kill(zombie, signal.SIGCONT)
    ledger.submit(wanted)
    time.sleep(2)
    ledger.submit(STRANGERS)

    arena.judge().assert_clean()


@pytest.mark.parametrize(
    "point",
    ["fetch.claimed", "stored.snapshot", "publish.in-place", "publish.completed"],
)
def test_late_fetch_or_publish_changes_nothing(arena: Arena, point: str) -> None:
    ledger = arena.begin(SMALL, STRANGERS)
    with arena.second_io_worker():
        arena.orders.give(point, Action.STOP)
        ledger.submit(SMALL)
        zombie = arena.orders.await_taken(point)
        try:
            ledger.submit(STRANGERS)
            arena.judge(_SWALLOWED_SECONDS).assert_clean()
        finally:
            os.kill(zombie, signal.SIGCONT)
        time.sleep(2)

        arena.judge().assert_clean()


def test_job_that_is_cancelled_while_its_publisher_sleeps_has_no_file(arena: Arena) -> None:
    ledger = arena.begin(SMALL, STRANGERS)
    with arena.second_io_worker():
        arena.orders.give("publish.in-place", Action.STOP)
        entry = ledger.submit(SMALL)
        zombie = arena.orders.await_taken("publish.in-place")
        try:
            assert ledger.cancel(entry)
            arena.judge(_SWALLOWED_SECONDS).assert_clean()
        finally:
            os.kill(zombie, signal.SIGCONT)
        time.sleep(2)

        arena.judge().assert_clean()


def test_publisher_that_slept_before_the_file_was_in_place_puts_none_there(arena: Arena) -> None:
    ledger = arena.begin(SMALL, STRANGERS)
    with arena.second_io_worker():
        arena.orders.give("staging.others-removed", Action.STOP)
        entry = ledger.submit(SMALL)
        zombie = arena.orders.await_taken("staging.others-removed")
        try:
            assert ledger.cancel(entry)
            arena.judge(_SWALLOWED_SECONDS).assert_clean()
        finally:
            os.kill(zombie, signal.SIGCONT)
        time.sleep(2)

        arena.judge().assert_clean()


def test_job_that_is_cancelled_while_its_renderer_sleeps_stays_cancelled(arena: Arena) -> None:
    ledger = arena.begin(CHUNKED)
    arena.orders.give("stored.fragment", Action.STOP)
    entry = ledger.submit(CHUNKED)
    zombie = arena.orders.await_taken("stored.fragment")
    try:
        assert ledger.cancel(entry)
        arena.judge().assert_clean()
    finally:
        os.kill(zombie, signal.SIGCONT)
    time.sleep(2)

    arena.judge().assert_clean()
