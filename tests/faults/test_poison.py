"""Content that kills whoever renders it, and a render that takes all memory."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena, running_arena
from tests.faults.launcher import MEMORY
from tests.faults.oracle import Wanted

pytestmark = pytest.mark.faults

_GIB = 1024**3


def test_item_that_kills_its_process_fails_its_job_and_no_other(arena: Arena) -> None:
    ledger = arena.begin(CHUNKED, STRANGERS)
    poison = ledger.submit(Wanted(SMALL.owner, SMALL.ids, "poison"), ends_as=frozenset({"failed"}))
    for _ in range(5):
        ledger.submit(STRANGERS)
        ledger.submit(CHUNKED)
        time.sleep(5)

    verdict = arena.judge(120)
    verdict.assert_clean()
    assert verdict.jobs[poison.job_id]["error"]["code"] == "render-failed"


@pytest.fixture
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service whose render workers may have little memory."""
    directory = tmp_path_factory.mktemp("cramped")
    with running_arena(directory, {MEMORY: str(4 * _GIB)}) as running:
        yield running


def test_render_that_takes_all_memory_fails_its_job_and_no_other(cramped: Arena) -> None:
    ledger = cramped.begin(CHUNKED, STRANGERS)
    hungry = ledger.submit(Wanted(SMALL.owner, SMALL.ids, "hungry"), ends_as=frozenset({"failed"}))
    ledger.submit(CHUNKED)
    ledger.submit(STRANGERS)

    verdict = cramped.judge(60)
    verdict.assert_clean()
    assert verdict.jobs[hungry.job_id]["error"]["code"] == "render-too-costly"
