"""A worker is killed at each point that matters: its job completes all the same, once."""

import os
import signal
import time
from datetime import datetime

import pytest

from tests.faults.arena import BUNDLE, CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Wanted
from tests.faults.orders import Action
from workflows.policies import WORKFLOW_TASK_TIMEOUT

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ("fetch.claimed", SMALL),
        ("stored.made", SMALL),
        ("fetch.claimed", CHUNKED),
        ("stored.snapshot", CHUNKED),
        ("render.item", CHUNKED),
        ("stored.fragment", CHUNKED),
        ("stored.file", CHUNKED),
        ("render.item", BUNDLE),
        ("bundle.written", BUNDLE),
        ("stored.bundle", BUNDLE),
        ("publish.in-place", BUNDLE),
        ("publish.in-place", SMALL),
        ("publish.completed", SMALL),
    ],
)
def test_job_completes_although_its_worker_is_killed(
    arena: Arena, point: str, wanted: Wanted
) -> None:
    ledger = arena.begin(wanted, STRANGERS)
    arena.orders.give(point, Action.KILL)

    ledger.submit(wanted)
    arena.orders.await_taken(point)
    ledger.submit(STRANGERS)

    arena.judge().assert_clean()


def test_workflow_goes_on_soon_when_its_worker_dies_while_it_decides(arena: Arena) -> None:
    ledger = arena.begin(SMALL)
    worker = arena.pid("worker-io")
    os.kill(worker, signal.SIGSTOP)
    entry = ledger.submit(SMALL)
    time.sleep(0.5)  # Temporal has given the stopped worker the task
    os.kill(worker, signal.SIGKILL)

    verdict = arena.judge()
    verdict.assert_clean()
    job = verdict.jobs[entry.job_id]
    started, created = (datetime.fromisoformat(job[name]) for name in ("started_at", "created_at"))
    assert started - created < 2 * WORKFLOW_TASK_TIMEOUT


@pytest.mark.parametrize("point", ["abandon.fenced", "abandon.removed"])
def test_cancelled_job_is_cleaned_up_although_its_worker_is_killed(
    arena: Arena, point: str
) -> None:
    ledger = arena.begin(CHUNKED, STRANGERS)
    arena.orders.give(point, Action.KILL)

    entry = ledger.submit(CHUNKED)
    caller = arena.callers[entry.wanted.owner]
    caller.wait_until(entry.job_id, lambda job: job["progress"]["items_done"] > 0)
    assert ledger.cancel(entry)
    arena.orders.await_taken(point)
    ledger.submit(STRANGERS)

    arena.judge().assert_clean()


def test_failed_job_is_cleaned_up_although_its_worker_is_killed(arena: Arena) -> None:
    ledger = arena.begin(STRANGERS)
    arena.orders.give("abandon.fenced", Action.KILL)

    ledger.submit(Wanted(SMALL.owner, SMALL.ids, "broken"), ends_as=frozenset({"failed"}))
    arena.orders.await_taken("abandon.fenced")
    ledger.submit(STRANGERS)

    arena.judge().assert_clean()


def test_jobs_complete_although_every_worker_is_killed_at_once(arena: Arena) -> None:
    ledger = arena.begin(CHUNKED, SMALL, STRANGERS)
    for wanted in (CHUNKED, SMALL, STRANGERS) * 3:
        ledger.submit(wanted)
    for role in ("worker-io", "worker-render"):
        arena.kill(role)

    arena.judge(60).assert_clean()
