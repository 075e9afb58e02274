"""The Temporal server comes back after workers have stopped asking for it often."""

import time
from pathlib import Path

import pytest

from scripts.benchmarks.outage import await_server, held_server
from tests.faults.arena import OWNER, SMALL, running_arena
from tests.waiting import eventually

pytestmark = pytest.mark.faults

# By then workers that wait for the same connection ask every seven to ten seconds.
_AWAY_SECONDS = 14.0
_SOON_SECONDS = 5.0
_EXPORTS = 8


def test_exports_go_on_at_once_when_a_server_is_back_that_was_long_away(
    tmp_path: Path,
) -> None:
    with held_server(tmp_path) as hold, running_arena(tmp_path, render_workers=1) as arena:
        arena.begin(SMALL)
        hold.touch()
        arena.kill("temporal")
        jobs = [arena.ledger.submit(SMALL) for _ in range(_EXPORTS)]
        time.sleep(_AWAY_SECONDS)
        hold.unlink()
        await_server(arena.stack.info.temporal_address)
        back = time.monotonic()
        caller = arena.callers[OWNER]

        def completed() -> int:
            return sum(caller.job(job.job_id)["status"] == "completed" for job in jobs)

        eventually(completed, 60)
        assert time.monotonic() - back < _SOON_SECONDS
        eventually(lambda: completed() == _EXPORTS, 60)
        assert time.monotonic() - back < 2 * _SOON_SECONDS
        arena.judge().assert_clean()
