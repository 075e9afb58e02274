"""Owners' schedules in a real Temporal server: due when their rows say so."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow
from temporalio.service import RPCError

from activities.automation.schedule_records import ScheduleRecords
from activities.automation.timetable import read_timetable
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.steps.schedule_sweep import ScheduleSweep
from activities.temporal import export_schedules
from activities.temporal.export_schedules import delete_schedule, put_schedule, schedule_ids
from tests.sample_schedules import sample_schedule
from tests.unit.temporal_server import temporal_server
from workflows.contracts import export_schedule_id

pytestmark = pytest.mark.anyio

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


async def due(client: Client, cron: str, zone: str, start: datetime) -> Sequence[datetime]:
    """The next ten times after a moment, as Temporal has them."""
    timetable = read_timetable(cron, None, zone, NOW)
    spec = export_schedules._spec(timetable, NOW)
    spec.start_at = start
    action = ScheduleActionStartWorkflow("None", id="none", task_queue="none")
    name = f"probe-{cron}-{zone}-{start}"
    handle = await client.create_schedule(name, Schedule(action=action, spec=spec))
    return (await handle.describe()).info.next_action_times


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0 0 13 * 5", "15,45 */6 * * mon-fri", "0 12 1 1,7 *", "*/15 1-3 * * *"]
)
async def test_temporal_is_due_when_the_timetable_is(client: Client, cron: str, zone: str) -> None:
    timetable = read_timetable(cron, None, zone, NOW)
    for start in (
        datetime(2027, 3, 12, tzinfo=UTC),
        datetime(2027, 3, 26, tzinfo=UTC),
        datetime(2027, 10, 29, 12, tzinfo=UTC),
        datetime(2027, 11, 5, tzinfo=UTC),
    ):
        found = await due(client, cron, zone, start)
        before = start - timedelta(microseconds=1)
        ours = [each for each in timetable.upcoming(before, 30) if each <= found[-1]]
        runs = dict.fromkeys(filter(None, map(timetable.due_for, found)))
        assert list(runs) == ours, (cron, zone, start)


async def test_temporal_follows_changes_and_what_is_removed_is_gone(client: Client) -> None:
    table = read_timetable(None, "PT6H", "UTC", NOW)
    await put_schedule(client, "one", table, paused=False, now=NOW)
    handle = client.get_schedule_handle(export_schedule_id("one"))
    times = (await handle.describe()).info.next_action_times
    assert all(map(table.includes, times))
    later = msgspec.structs.replace(table, every=timedelta(hours=7))
    await put_schedule(client, "one", later, paused=True, now=NOW)
    described = await handle.describe()
    assert described.schedule.state.paused
    assert all(map(later.includes, described.info.next_action_times))
    assert described.schedule.policy.catchup_window == timedelta(hours=1)
    async with asyncio.timeout(30):
        while await schedule_ids(client) != {"one"}:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.2)
    await delete_schedule(client, "one")
    await delete_schedule(client, "one")  # whoever was interrupted does it again
    with pytest.raises(RPCError):
        await handle.describe()


async def test_what_either_side_lost_is_mended(client: Client, database: Database) -> None:
    records = ScheduleRecords(database)
    sweep = ScheduleSweep(records, client)
    table = read_timetable(None, "PT6H", "UTC", NOW)
    await put_schedule(client, "orphan", table, paused=False, now=NOW)
    lost = sample_schedule("lost", "owner", NOW, cron=None, every_seconds=86_400)
    assert await records.create(lost)
    await records.followed("lost", 1, utc_now())
    assert await records.to_follow(utc_now(), 10) == []
    async with asyncio.timeout(30):
        while "orphan" not in await schedule_ids(client):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.2)
    assert await sweep.sweep() >= 2
    with pytest.raises(RPCError):
        await client.get_schedule_handle(export_schedule_id("orphan")).describe()
    assert [each.schedule_id for each, *_ in await records.to_follow(utc_now(), 10)] == ["lost"]
