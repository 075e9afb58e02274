"""How steps of retention change many rows: a slice at a time, and past what cannot be changed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from activities.steps import retention_step
from activities.steps.retention_step import Pace, in_slices, one_step

pytestmark = pytest.mark.anyio


class Rows:
    """Rows that are due, of which some cannot be changed."""

    def __init__(self, count: int, stuck: set[int]) -> None:
        self.due = list(range(count))
        self.stuck = stuck
        self.tried: list[list[int]] = []

    async def find(self, limit: int) -> list[int]:
        return self.due[:limit]

    async def change(self, ids: Sequence[int]) -> int:
        self.tried.append(list(ids))
        if self.stuck.intersection(ids):
            raise OperationalError("update", {}, Exception())
        self.due = [each for each in self.due if each not in ids]
        return len(ids)

    async def change_all(self) -> int:
        return await self.change_within(Pace(60))

    async def change_within(self, pace: Pace) -> int:
        return sum([done async for done in in_slices(pace, "row", self.find, self.change)])


@pytest.fixture(autouse=True)
def slices_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_step, "SLICE", 10)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
async def test_all_rows_are_changed_in_slices(count: int) -> None:
    rows = Rows(count, set())
    assert await rows.change_all() == count
    assert rows.due == []
    assert all(len(each) <= 10 for each in rows.tried)
    assert len(rows.tried) == -(-count // 10)


@pytest.mark.parametrize("stuck", [{0}, {34}, {3, 4, 5}, set(range(12)), set(range(35))])
async def test_rows_that_cannot_be_changed_hold_up_no_other(stuck: set[int]) -> None:
    rows = Rows(35, stuck)
    assert await rows.change_all() == 35 - len(stuck)
    assert set(rows.due) == stuck
    assert all(sum([each] == tried for tried in rows.tried) == 1 for each in stuck)


async def test_rows_that_cannot_be_changed_take_no_more_time_than_there_is() -> None:
    rows = Rows(35, {0, 1})
    await rows.change_within(Pace(0))
    assert len(rows.tried) == 2


async def test_what_has_much_to_do_leaves_time_to_what_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention_step, "RETENTION_STEP", timedelta(seconds=1))
    much, little = Rows(1_000_000, set()), Rows(35, set())
    async with one_step() as pace:
        await much.change_within(pace.share())
        assert much.due
        assert not pace.is_over
        await little.change_within(pace.share())
        assert not little.due
        await much.change_within(pace)
    assert pace.is_over
