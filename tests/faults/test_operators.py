"""Operators end and reset workflows in Temporal, behind the service's back."""

import os
import signal
import subprocess
import time

import msgspec
import pytest

from activities.common.database import Database
from activities.content.sql import SqlContent
from scripts.dev.temporal_cli import find_or_fetch
from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Acknowledged, Wanted
from tests.faults.orders import Action
from tests.services.export.kit import in_database
from workflows.contracts import workflow_id

pytestmark = pytest.mark.faults

ITS_OWN = Wanted(SMALL.owner, ("content-50",), "json")
"""An export of content that no other test reads, since it is changed here."""

# A worker that was stopped has seconds left to take tasks in, which time out then.
_SWALLOWED_SECONDS = 90


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


@pytest.mark.parametrize("point", ["staging.others-removed", "publish.in-place"])
def test_publish_that_sleeps_while_a_reset_run_publishes_other_bytes_leaves_its_file(
    arena: Arena, point: str
) -> None:
    ledger = arena.begin(ITS_OWN)
    caller = arena.callers[ITS_OWN.owner]
    with arena.second_worker():
        arena.orders.give(point, Action.STOP)
        entry = ledger.submit(ITS_OWN)
        sleeper = arena.orders.await_taken(point)
        try:
            _rename_content(arena, f"Renamed at {point}")
            _temporal(arena, "reset", entry, "--type", "FirstWorkflowTask")
            job = caller.wait(entry.job_id, _SWALLOWED_SECONDS)
        finally:
            os.kill(sleeper, signal.SIGCONT)
        time.sleep(3)
        arena.sweep()
    assert job["status"] == "completed"
    assert f"Renamed at {point}" in caller.download(job).decode()
    assert caller.job(entry.job_id)["download_url"]


def _rename_content(arena: Arena, title: str) -> None:
    """Change content behind the service's back, so that whoever reads it now makes other bytes."""

    async def change(database: Database) -> None:
        content = SqlContent(database)
        items = (await content.items(ITS_OWN.owner, list(ITS_OWN.ids))).items
        await content.store([msgspec.structs.replace(item, title=title) for item in items])

    in_database(arena.stack, change)


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
