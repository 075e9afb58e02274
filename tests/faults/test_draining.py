"""SIGTERM under load, as every deploy sends it: nothing that was taken is dropped."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.faults.arena import CHUNKED, OWNER, SMALL, STRANGERS, Arena
from tests.waiting import eventually
from workflows.policies import DRAIN_TIMEOUT

pytestmark = pytest.mark.faults

_ROUNDS = 3
_API_DRAIN_SECONDS = 20


def test_stopping_workers_hand_their_jobs_on(arena: Arena) -> None:
    ledger = arena.begin(SMALL, CHUNKED, STRANGERS)
    for _ in range(_ROUNDS):
        for wanted in (SMALL, CHUNKED, STRANGERS):
            ledger.submit(wanted)
        time.sleep(0.5)
        for role in ("worker-io", "worker-render"):
            pid = arena.pid(role)
            os.kill(pid, signal.SIGTERM)
            _await_end(pid, DRAIN_TIMEOUT.total_seconds() + 5)
            arena.await_other_process(role, pid)

    arena.judge(40).assert_clean()


def test_stopping_api_answers_every_request_that_it_took(arena: Arena) -> None:
    ledger = arena.begin(SMALL, STRANGERS)
    with _callers(arena) as responses:
        for _ in range(_ROUNDS):
            time.sleep(1)
            pid = arena.pid("api")
            os.kill(pid, signal.SIGTERM)
            _await_end(pid, _API_DRAIN_SECONDS)
            arena.await_other_process("api", pid)
            ledger.submit(SMALL)
            ledger.submit(STRANGERS)

    # Without a second API behind a balancer, some find nobody there; that is no broken promise.
    responses.pop("nobody there", None)
    assert set(responses) == {"200"}
    assert responses["200"] > _ROUNDS
    arena.judge().assert_clean()


@contextmanager
def _callers(arena: Arena) -> Iterator[Counter[str]]:
    """Ask for the list of jobs without pause, on connections that are used once."""
    responses: Counter[str] = Counter()
    done = threading.Event()
    headers = {**arena.callers[OWNER].http.headers, "Connection": "close"}

    def call() -> None:
        while not done.is_set():
            try:
                response = httpx.get(f"{arena.stack.api}/api/export/jobs", headers=headers)
                responses[str(response.status_code)] += 1
            except httpx.ConnectError:
                responses["nobody there"] += 1
                time.sleep(0.05)
            except httpx.TransportError as error:
                responses[type(error).__name__] += 1

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield responses
    finally:
        done.set()
        for thread in threads:
            thread.join()


def _await_end(pid: int, seconds: float) -> None:
    eventually(lambda: not _runs(pid), seconds, otherwise=lambda: f"{pid} does not end")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
