"""A flood of lines is cut short, and says by how much."""

import asyncio
import json

import pytest

from activities.common import log_floods, logs
from activities.common.log_floods import FloodGate
from tests.unit.common.test_logs import _restored  # noqa: F401 - puts the loggers back


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def told(capsys: pytest.CaptureFixture[str]) -> list[int]:
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["message"] for line in lines} <= {"lines not logged"}
    return [line["count"] for line in lines]


def gate(clock: Clock, of_one: int = 3, of_all: int = 5) -> FloodGate:
    logs.configure()
    logger = logs.get_logger("test")
    return FloodGate(logger, "lines not logged", of_one=of_one, of_all=of_all, clock=clock)


def test_a_source_has_its_lines_a_second_and_the_rest_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    floods = gate(clock)
    assert [floods.admits("a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert floods.admits("b")
    clock.now += 1
    assert floods.admits("a")
    assert told(capsys) == [2]
    clock.now += 1
    assert floods.admits("a")
    assert told(capsys) == []


def test_many_sources_together_have_no_more_than_all(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    floods = gate(clock)
    assert sum(floods.admits(str(number)) for number in range(100)) == 5
    clock.now += 1
    assert floods.admits("a")
    assert told(capsys) == [95]


def test_sources_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_floods, "_MOST_SOURCES", 10)
    floods = gate(Clock(), of_one=2, of_all=1_000)
    assert sum(floods.admits(str(number)) for number in range(1_000)) == 10 + 2


def test_a_flood_is_told_when_nothing_comes_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    async def flood() -> None:
        floods = gate(Clock(), of_one=1)
        for _ in range(4):
            floods.admits("a")
        await asyncio.sleep(1.2)

    asyncio.run(flood())
    assert told(capsys) == [3]
