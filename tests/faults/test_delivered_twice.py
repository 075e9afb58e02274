"""Activities run to their end and are delivered again: once and twice are the same."""

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena
from tests.faults.oracle import Wanted
from tests.faults.orders import Action
from workflows.contracts import ABANDON, ASSEMBLE, FETCH, PUBLISH, RENDER

pytestmark = pytest.mark.faults

_BROKEN = Wanted(SMALL.owner, SMALL.ids, "broken")
_JOBS = 10


@pytest.mark.parametrize("action", [Action.LOSE, Action.REPEAT])
def test_every_activity_may_be_delivered_again(arena: Arena, action: Action) -> None:
    ledger = arena.begin(SMALL, CHUNKED, STRANGERS)
    for step in (FETCH, RENDER, ASSEMBLE, PUBLISH, ABANDON):
        arena.orders.give(f"{step.name}.done", action, _JOBS)

    for wanted in (SMALL, STRANGERS) * (_JOBS // 2):
        ledger.submit(wanted)
    ledger.submit(CHUNKED)
    ledger.submit(_BROKEN, ends_as=frozenset({"failed"}))
    cancelled = ledger.submit(CHUNKED)
    assert ledger.cancel(cancelled)

    arena.judge(40).assert_clean()
    for step in (FETCH, RENDER, ASSEMBLE, PUBLISH, ABANDON):
        assert arena.orders.taken(f"{step.name}.done"), f"no {step.name} was disturbed"
