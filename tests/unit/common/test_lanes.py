"""Work that takes long holds up nobody else's, whoever asks for however much of it."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from activities.common import lanes
from activities.common.lanes import FairLane, TooBusyError

pytestmark = pytest.mark.anyio


class Work:
    """Work that lasts until a test ends it or it is stopped."""

    def __init__(self, name: str, done: list[str]) -> None:
        self.begun = threading.Event()
        self.end = threading.Event()
        self.stopped = threading.Event()
        self.name = name
        self._done = done

    def __call__(self) -> str:
        self.begun.set()
        assert self.end.wait(10)
        self._done.append(self.name)
        return self.name

    def stop(self) -> None:
        self.stopped.set()
        self.end.set()


@pytest.fixture
async def lane() -> AsyncIterator[FairLane]:
    made = FairLane("test", 2)
    yield made
    await made.close()


async def begun(work: Work) -> None:
    assert await asyncio.to_thread(work.begun.wait, 5)


async def test_one_who_asks_for_much_leaves_a_thread_to_the_others(lane: FairLane) -> None:
    done: list[str] = []
    greedy = [Work(f"greedy {number}", done) for number in range(16)]
    asked = [asyncio.create_task(lane.run_for("greedy", work)) for work in greedy]
    await begun(greedy[0])
    modest = Work("modest", done)
    modest.end.set()
    assert await asyncio.wait_for(lane.run_for("modest", modest), 5) == "modest"
    assert not any(work.begun.is_set() for work in greedy[1:])
    for work in greedy:
        work.end.set()
    await asyncio.gather(*asked)
    assert done == ["modest", *(f"greedy {number}" for number in range(16))]


async def test_those_who_ask_take_turns(lane: FairLane) -> None:
    done: list[str] = []
    everything = [Work(f"{who} {number}", done) for who in "abc" for number in range(3)]
    asked = [asyncio.create_task(lane.run_for(work.name[0], work)) for work in everything]
    for work in everything:
        work.end.set()
    await asyncio.gather(*asked)
    assert {each[2] for each in done[:3]} == {"0"}
    assert {each[2] for each in done[-3:]} == {"2"}


async def test_what_nobody_waits_for_is_dropped_or_stopped(lane: FairLane) -> None:
    done: list[str] = []
    running, waiting, last = (Work(name, done) for name in ("running", "waiting", "last"))
    asked = [asyncio.create_task(lane.run_for("me", work)) for work in (running, waiting, last)]
    await begun(running)
    for task in asked[:2]:
        task.cancel()
    last.end.set()
    assert await asyncio.wait_for(asked[2], 5) == "last"
    assert running.stopped.is_set()
    assert not waiting.begun.is_set()


async def test_a_turn_that_does_not_come_is_given_up(
    lane: FairLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_TURN_SECONDS", 0.05)
    first, second = Work("first", []), Work("second", [])
    asked = asyncio.create_task(lane.run_for("me", first))
    await begun(first)
    with pytest.raises(TooBusyError):
        await lane.run_for("me", second)
    first.end.set()
    assert await asked == "first"
    second.end.set()
    assert await lane.run_for("me", second) == "second"


async def test_what_takes_too_long_is_stopped(
    lane: FairLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_LONGEST_SECONDS", 0.05)
    work = Work("endless", [])
    with pytest.raises(TooBusyError):
        await lane.run_for("me", work)
    assert await asyncio.to_thread(work.stopped.wait, 5)
