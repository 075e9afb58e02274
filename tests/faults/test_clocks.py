"""Clocks that are a day and more off, in the API or in the workers: all goes on, no file goes."""

from pathlib import Path

import httpx
import pytest

from tests.faults.arena import OWNER, SMALL, STRANGERS, running_arena
from tests.faults.launcher import API_CLOCK, LIBFAKETIME, WORKER_CLOCK
from tests.faults.oracle import Wanted

pytestmark = pytest.mark.faults

# Not the slow format: libfaketime breaks the sleep that it is slow by.
_LARGE = Wanted(OWNER, tuple(f"content-{n}" for n in range(1, 61)), "docx")


@pytest.fixture(autouse=True)
def _can_shift_clocks() -> None:
    if not any(Path("/usr/lib").glob(LIBFAKETIME)):
        pytest.fail("libfaketime is missing (Debian: faketime)")


@pytest.mark.parametrize("shift", ["+25h", "-25h"])
@pytest.mark.parametrize("clock", [API_CLOCK, WORKER_CLOCK])
def test_exports_end_and_stay_although_a_clock_is_wrong(
    tmp_path: Path, clock: str, shift: str
) -> None:
    with running_arena(tmp_path, {clock: shift}) as arena:
        ledger = arena.begin(SMALL, _LARGE, STRANGERS)
        for wanted in (SMALL, _LARGE, STRANGERS):
            ledger.submit(wanted)
        cancelled = ledger.submit(_LARGE)
        assert ledger.cancel(cancelled)
        arena.judge().assert_clean()

        arena.sweep()

        verdict = arena.judge()
        verdict.assert_clean()
        for job in verdict.jobs.values():
            if job["status"] == "completed":
                assert httpx.get(job["download_url"]).status_code == 200
