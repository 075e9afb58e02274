"""The Temporal server comes back after workers have stopped asking for it often."""

import contextlib
import os
import socket
import stat
import time
from pathlib import Path

import pytest

from scripts.dev.temporal_cli import find_or_fetch
from tests.faults.arena import OWNER, SMALL, running_arena
from tests.waiting import eventually

pytestmark = pytest.mark.faults

# By then workers that wait for the same connection ask every seven to ten seconds.
_AWAY_SECONDS = 14.0
_SOON_SECONDS = 5.0
_EXPORTS = 8


def _held_back(cli: Path, hold: Path, program: Path) -> None:
    """A Temporal CLI that starts once `hold` is gone."""
    program.write_text(f'#!/bin/sh\nwhile [ -e "{hold}" ]; do sleep 0.1; done\nexec "{cli}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def _await_server(address: str) -> None:
    host, port = address.split(":")

    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return True
        return False

    eventually(listens, 60)


def test_exports_go_on_at_once_when_a_server_is_back_that_was_long_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = tmp_path / "hold"
    program = tmp_path / "temporal"
    _held_back(find_or_fetch(os.environ, print), hold, program)
    monkeypatch.setenv("TEMPORAL_CLI_PATH", str(program))
    with running_arena(tmp_path, render_workers=1) as arena:
        arena.begin(SMALL)
        hold.touch()
        arena.kill("temporal")
        jobs = [arena.ledger.submit(SMALL) for _ in range(_EXPORTS)]
        time.sleep(_AWAY_SECONDS)
        hold.unlink()
        _await_server(arena.stack.info.temporal_address)
        back = time.monotonic()
        caller = arena.callers[OWNER]

        def completed() -> int:
            return sum(caller.job(job.job_id)["status"] == "completed" for job in jobs)

        eventually(completed, 60)
        assert time.monotonic() - back < _SOON_SECONDS
        eventually(lambda: completed() == _EXPORTS, 60)
        assert time.monotonic() - back < 2 * _SOON_SECONDS
        arena.judge().assert_clean()
