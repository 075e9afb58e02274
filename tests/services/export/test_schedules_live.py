"""Schedules with everything behind them: Temporal fires, workers look, the API makes the export."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy
from temporalio.service import RPCError

from activities.automation.timetable import read_timetable
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.waiting import eventually
from workflows.contracts import export_schedule_id

URL = "/api/export/schedules"
T = TypeVar("T")


def with_temporal(stack: Stack, call: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        return await call(await Client.connect(stack.info.temporal_address))

    return asyncio.run(run())


def outcomes(client: ServiceClient, schedule_id: str) -> list[str]:
    runs = client.http.get(f"{URL}/{schedule_id}").json()["last_jobs"]
    return [f"{run['outcome']} {run['status'] or ''}".strip() for run in runs]


def test_schedule_fires_once_for_each_of_its_times_and_exports_what_changed(
    stack: Stack, client: ServiceClient
) -> None:
    body = {
        "name": "Every quarter of an hour",
        "cron": "*/15 * * * *",
        "export": {"format": "json", "max_items": 2},
        "only_changed": True,
    }
    made = client.http.post(URL, json=body)
    assert made.status_code == 201, made.text
    schedule_id = made.json()["schedule_id"]
    name = export_schedule_id(schedule_id)

    async def is_there(temporal: Client) -> bool:
        try:
            await temporal.get_schedule_handle(name).describe()
        except RPCError:
            return False
        return True

    eventually(lambda: with_temporal(stack, is_there), 30)
    times = read_timetable("*/15 * * * *", None, "UTC", datetime.now(UTC))
    *_, first, second = times.upcoming(datetime.now(UTC) - timedelta(hours=2), 3)

    async def fire(temporal: Client, due: datetime) -> None:
        handle = temporal.get_schedule_handle(name)
        for _ in range(2):
            await handle.backfill(
                ScheduleBackfill(due, due, overlap=ScheduleOverlapPolicy.ALLOW_ALL)
            )

    with_temporal(stack, lambda temporal: fire(temporal, first))
    eventually(lambda: outcomes(client, schedule_id) == ["started completed"], 60)
    # The items beyond the first two are new to those who have the first two.
    with_temporal(stack, lambda temporal: fire(temporal, second))
    eventually(lambda: outcomes(client, schedule_id) == ["started completed"] * 2, 60)
    newest, oldest = client.http.get(f"{URL}/{schedule_id}").json()["last_jobs"]
    job = client.job(newest["job_id"])
    assert job["changes"]["since_job_id"] == oldest["job_id"]
    assert job["changes"]["new"] == 2
    client.http.post(f"{URL}/{schedule_id}/pause")

    async def is_paused(temporal: Client) -> bool:
        described = await temporal.get_schedule_handle(name).describe()
        return described.schedule.state.paused

    eventually(lambda: with_temporal(stack, is_paused), 30)
    client.http.delete(f"{URL}/{schedule_id}")
    eventually(lambda: not with_temporal(stack, is_there), 30)
