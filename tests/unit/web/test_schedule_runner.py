"""The round that lets Temporal follow schedules."""

from typing import Any, cast

import pytest

from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedules import Schedule
from activities.common.clock import utc_now
from activities.common.database import Database
from tests.sample_schedules import sample_schedule
from web.services.schedule_runner import ScheduleRunner

pytestmark = pytest.mark.anyio


class _Temporal:
    """Takes schedules."""

    def __init__(self) -> None:
        self.taken = list[str]()

    async def create_schedule(self, name: str, *_: Any, **__: Any) -> None:
        self.taken.append(name)


def schedule(schedule_id: str, zone: str) -> Schedule:
    return sample_schedule(schedule_id, schedule_id, utc_now(), time_zone=zone)


async def test_schedules_in_a_zone_that_is_no_more_take_no_place_of_others(
    database: Database,
) -> None:
    records, temporal = ScheduleRecords(database), _Temporal()
    for number in range(60):
        assert await records.create(schedule(f"gone-{number}", "US/No-More"))
    assert await records.create(schedule("there", "Europe/Berlin"))
    unused = cast("Any", object())
    runner = ScheduleRunner(records, unused, unused, cast("Any", temporal))
    for _ in range(2):
        await runner.do_what_is_due()
    assert temporal.taken == ["schedule-there"]
    assert await records.to_follow(utc_now(), 100) == []
