"""The Temporal server is killed or silent under load: all jobs go on when it is back."""

import os
import signal
import time

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena

pytestmark = pytest.mark.faults

_KILLS = 3


def test_jobs_survive_a_server_that_is_killed_again_and_again(arena: Arena) -> None:
    ledger = arena.begin(SMALL, CHUNKED, STRANGERS)
    for _ in range(_KILLS):
        for wanted in (CHUNKED, SMALL, STRANGERS, SMALL):
            ledger.submit(wanted)
        pid = arena.pid("temporal")
        arena.kill("temporal")
        for wanted in (SMALL, STRANGERS):
            ledger.submit(wanted)  # taken although the server is away
        arena.await_other_process("temporal", pid)
        time.sleep(2)

    arena.judge(60).assert_clean()


def test_jobs_survive_a_server_that_is_silent_for_longer_than_heartbeats_may(arena: Arena) -> None:
    ledger = arena.begin(SMALL, CHUNKED, STRANGERS)
    running = ledger.submit(CHUNKED)
    arena.callers[CHUNKED.owner].wait_until(
        running.job_id, lambda job: job["progress"]["items_done"] > 0
    )
    pid = arena.pid("temporal")
    os.kill(pid, signal.SIGSTOP)
    try:
        for wanted in (SMALL, STRANGERS):
            ledger.submit(wanted)
        time.sleep(8)
    finally:
        os.kill(pid, signal.SIGCONT)

    arena.judge(40).assert_clean()
