"""A schedule's run is killed at each of its steps: there is one export of it, and never two."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy
from temporalio.service import RPCError

from activities.automation.timetable import read_timetable
from tests.faults.arena import OWNER, Arena
from tests.faults.orders import Action
from tests.waiting import eventually
from workflows.contracts import export_schedule_id

pytestmark = pytest.mark.faults

URL = "/api/export/schedules"
CRON = "*/15 * * * *"
SECONDS = 60.0


def made(arena: Arena) -> str:
    """A schedule of which Temporal knows, or will."""
    body = {"name": "Often", "cron": CRON, "export": {"format": "json", "max_items": 2}}
    response = arena.callers[OWNER].http.post(URL, json=body)
    assert response.status_code == 201, response.text
    schedule_id: str = response.json()["schedule_id"]
    return schedule_id


async def _fired(address: str, schedule_id: str, due: datetime) -> bool:
    client = await Client.connect(address)
    handle = client.get_schedule_handle(export_schedule_id(schedule_id))
    try:
        await handle.backfill(ScheduleBackfill(due, due, overlap=ScheduleOverlapPolicy.ALLOW_ALL))
    except RPCError:
        return False
    return True


def fire(arena: Arena, schedule_id: str) -> None:
    """Let Temporal run it for the last time at which it would have been due."""
    times = read_timetable(CRON, None, "UTC", datetime.now(UTC))
    [due] = times.upcoming(datetime.now(UTC) - timedelta(minutes=15), 1)
    address = arena.stack.info.temporal_address
    eventually(lambda: asyncio.run(_fired(address, schedule_id, due)), SECONDS, pause=0.5)


def read(arena: Arena, schedule_id: str) -> dict[str, Any]:
    try:
        response = arena.callers[OWNER].http.get(f"{URL}/{schedule_id}")
    except httpx.TransportError:  # the API is started again
        return {"last_jobs": []}
    schedule: dict[str, Any] = response.json()
    return schedule


def assert_one_export(arena: Arena, schedule_id: str) -> None:
    """Wait for the run's export, then see that it is the only one."""

    def runs() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = read(arena, schedule_id)["last_jobs"]
        return found

    eventually(
        lambda: [run["status"] for run in runs()] == ["completed"],
        SECONDS,
        pause=0.5,
        otherwise=runs,
    )
    [run] = runs()
    jobs = arena.callers[OWNER].http.get("/api/export/jobs?page_size=100").json()["items"]
    assert [job["job_id"] for job in jobs].count(run["job_id"]) == 1


def newest_jobs_of(arena: Arena) -> set[str]:
    """Ids of the last hundred; the total of a long list may be five seconds old."""
    jobs = arena.callers[OWNER].http.get("/api/export/jobs?page_size=100").json()["items"]
    return {job["job_id"] for job in jobs}


@pytest.mark.parametrize(
    ("point", "action"),
    [
        ("schedule.opened", Action.KILL),
        ("open_run.done", Action.LOSE),
        ("open_run.done", Action.REPEAT),
        ("api.created", Action.KILL),
        ("schedule.started", Action.KILL),
    ],
)
def test_run_makes_one_export_whatever_is_killed(arena: Arena, point: str, action: Action) -> None:
    arena.begin()
    schedule_id = made(arena)
    before = newest_jobs_of(arena)
    arena.orders.give(point, action)
    fire(arena, schedule_id)
    arena.orders.await_taken(point, SECONDS)
    assert_one_export(arena, schedule_id)
    assert len(newest_jobs_of(arena) - before) == 1
    arena.callers[OWNER].http.delete(f"{URL}/{schedule_id}")


def test_temporal_follows_although_the_api_is_killed_once_it_was_told(arena: Arena) -> None:
    arena.begin()
    arena.orders.give("schedule.told", Action.KILL)
    schedule_id = made(arena)
    arena.orders.await_taken("schedule.told", SECONDS)
    fire(arena, schedule_id)
    assert_one_export(arena, schedule_id)
    arena.callers[OWNER].http.delete(f"{URL}/{schedule_id}")
