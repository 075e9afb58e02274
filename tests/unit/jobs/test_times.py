"""Times go in with any time zone and come out as the same moment in UTC."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import OwnerUsage, Status
from tests.unit.jobs.jobs_kit import OWNER, RUN, complete, new_job

pytestmark = pytest.mark.anyio

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), ZoneInfo("America/New_York")]


@pytest.mark.parametrize("zone", ZONES, ids=str)
async def test_every_time_of_a_job_is_the_same_moment_in_utc(
    records: JobRecords, execution: JobExecution, zone: timezone | ZoneInfo
) -> None:
    moment = MOMENT.astimezone(zone)
    await records.create(new_job("done", created_at=moment))
    await execution.claim("done", RUN, moment)
    await complete(execution, "done", now=moment)
    await records.create(new_job("cancelled", created_at=moment))
    await records.request_cancel("cancelled", moment)
    done, cancelled = await records.get("done"), await records.get("cancelled")
    assert done is not None
    assert cancelled is not None
    times = (done.created_at, done.started_at, done.completed_at, cancelled.cancel_requested_at)
    assert times == (MOMENT,) * 4
    assert [time.utcoffset() for time in times if time] == [timedelta(0)] * 4


@pytest.mark.parametrize("zone", ZONES, ids=str)
async def test_times_are_compared_as_moments(
    records: JobRecords, lifecycle: JobLifecycle, zone: timezone | ZoneInfo
) -> None:
    await records.create(new_job(created_at=MOMENT.astimezone(zone)))
    second = timedelta(seconds=1)
    for other in ZONES:
        moment = MOMENT.astimezone(other)
        assert [page async for page in lifecycle.open_jobs(moment - second, 10)] == []
        [[job]] = [page async for page in lifecycle.open_jobs(moment + second, 10)]
        assert job.created_at == MOMENT
        assert await records.usage(OWNER, moment + second) == OwnerUsage(1, 0, None)
        assert await records.usage(OWNER, moment - second) == OwnerUsage(1, 1, MOMENT)
    assert (await records.count_by_status())[Status.PENDING] == 1
