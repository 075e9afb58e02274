"""Operators end and reset workflows in Temporal, behind the service's back."""

import os
import subprocess
import time

import pytest

from scripts.dev.temporal_cli import find_or_fetch
from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Acknowledged
from workflows.contracts import workflow_id

pytestmark = pytest.mark.faults


def _temporal(arena: Arena, command: str, entry: Acknowledged, *options: str) -> None:
    """Do something to a job's workflow with Temporal's own command."""
    cli = find_or_fetch(os.environ, print)
    subprocess.run(
        [
            *(cli, "workflow", command, "--workflow-id", workflow_id(entry.job_id)),
            *("--reason", "a test", "--address", arena.stack.info.temporal_address),
            *options,
        ],
        check=True,
        capture_output=True,
    )


def _under_way(arena: Arena) -> Acknowledged:
    entry = arena.ledger.submit(CHUNKED)
    caller = arena.callers[CHUNKED.owner]
    caller.wait_until(entry.job_id, lambda job: job["progress"]["items_done"] > 0)
    return entry


def test_terminated_export_fails_and_leaves_nothing(arena: Arena) -> None:
    ledger = arena.begin(CHUNKED, STRANGERS)
    entry = _under_way(arena)
    _temporal(arena, "terminate", entry)
    entry.ends_as = frozenset({"failed"})
    ledger.submit(STRANGERS)
    time.sleep(31)  # younger jobs are left to whoever starts them
    arena.sweep()

    verdict = arena.judge()
    verdict.assert_clean()
    assert verdict.jobs[entry.job_id]["error"]["code"] == "terminated"


def test_export_that_is_reset_under_way_completes(arena: Arena) -> None:
    arena.begin(CHUNKED)
    entry = _under_way(arena)
    _temporal(arena, "reset", entry, "--type", "FirstWorkflowTask")

    arena.judge(30).assert_clean()


def test_export_that_is_reset_after_its_end_stays_as_it_is(arena: Arena) -> None:
    ledger = arena.begin(SMALL, CHUNKED)
    completed = ledger.submit(SMALL)
    cancelled = _under_way(arena)
    assert ledger.cancel(cancelled)
    arena.judge().assert_clean()
    for entry in (completed, cancelled):
        _temporal(arena, "reset", entry, "--type", "FirstWorkflowTask")
    time.sleep(5)

    arena.judge().assert_clean()
