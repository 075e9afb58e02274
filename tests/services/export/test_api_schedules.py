"""Schedules through the API: made, read, changed, run and removed, each by its owner alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.automation.open_run import open_run
from activities.automation.schedule_records import ScheduleRecords
from activities.common.database import Database
from activities.model.jobs import Status
from tests.services.export.api_kit import Api, owner_id, problem
from tests.waiting import eventually

URL = "/api/export/schedules"
DAILY: dict[str, Any] = {
    "name": "Each morning",
    "cron": "0 6 * * *",
    "time_zone": "Europe/Berlin",
    "export": {"format": "txt"},
}


@pytest.fixture
def owner() -> str:
    return owner_id()


@pytest.fixture
def client(api: Api, owner: str) -> Iterator[httpx.Client]:
    with api.client(owner) as client:
        yield client


def made(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = client.post(URL, json=DAILY | fields)
    assert response.status_code == 201, response.text
    schedule: dict[str, Any] = response.json()
    assert response.headers["location"].endswith(f"{URL}/{schedule['schedule_id']}")
    return schedule


def run_now(client: httpx.Client, schedule_id: str) -> None:
    assert client.post(f"{URL}/{schedule_id}/run").status_code == 202


def last(client: httpx.Client, schedule_id: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = client.get(f"{URL}/{schedule_id}").json()["last_jobs"]
    return runs


def settled(client: httpx.Client, schedule_id: str, count: int = 1) -> list[dict[str, Any]]:
    """The runs of a schedule, once none of so many waits."""

    def are_settled() -> bool:
        runs = last(client, schedule_id)
        return len(runs) >= count and all(run["outcome"] not in {"due", "looking"} for run in runs)

    eventually(are_settled, 60, otherwise=lambda: last(client, schedule_id))
    return last(client, schedule_id)


def test_schedule_is_read_listed_changed_paused_and_removed(client: httpx.Client) -> None:
    schedule = made(client, only_changed=True)
    url = f"{URL}/{schedule['schedule_id']}"
    assert client.get(url).json() == schedule
    assert client.get(URL).json() == {"items": [schedule]}
    assert len(schedule["next_runs"]) == 5
    assert schedule["export"]["format"] == "txt"
    changed = client.patch(url, json={"every": "P1D", "name": "Daily", "overlap": "queue"}).json()
    assert (changed["cron"], changed["every"], changed["name"]) == (None, "P1D", "Daily")
    assert changed["overlap"] == "queue"
    paused = client.post(f"{url}/pause").json()
    assert (paused["paused"], paused["next_runs"]) == (True, [])
    assert client.post(f"{url}/resume").json()["paused"] is False
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.get(URL).json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"cron": "* * * * *"}, "/cron"),
        ({"every": "P1D"}, "/cron"),
        ({"cron": None}, "/cron"),
        ({"time_zone": "Nowhere/Land"}, "/time_zone"),
        ({"name": ""}, "/name"),
        ({"name": " \r\n"}, "/name"),
        ({"name": "a\u202eb"}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"overlap": "both"}, "/overlap"),
        ({"deliver_to": ["school"]}, "/deliver_to/0"),
        ({"export": {"format": "txt", "max_items": 0}}, "/export/max_items"),
        ({"export": {"format": "txt", "filters": {"date_from": "x"}}}, "/export/filters/date_from"),
        ({"export": {"format": "doc"}}, "/export/format"),
        ({"export": {}}, "/export/format"),
        ({"export": {"format": "txt", "since": "2024-01-01"}}, "/export/since"),
        ({"export": {"format": "txt", "unknown": 1}}, "/export/unknown"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_wrong_schedule_is_refused_with_its_place(
    client: httpx.Client, body: dict[str, Any], pointer: str
) -> None:
    response = client.post(URL, json=DAILY | body)
    assert response.status_code == 400, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert client.get(URL).json() == {"items": []}


def test_an_owner_has_20_schedules_at_most(client: httpx.Client) -> None:
    for _ in range(20):
        made(client)
    problem(client.post(URL, json=DAILY), 409, "too-many-schedules")


def test_schedule_of_another_is_not_there(api: Api, client: httpx.Client) -> None:
    url = f"{URL}/{made(client)['schedule_id']}"
    with api.client(owner_id()) as other:
        for method, path in [
            ("GET", url),
            ("PATCH", url),
            ("DELETE", url),
            ("POST", f"{url}/run"),
            ("POST", f"{url}/pause"),
            ("POST", f"{url}/resume"),
        ]:
            body: dict[str, str] | None = {} if method == "PATCH" else None
            problem(other.request(method, path, json=body), 404, "not-found")
    assert client.get(url).status_code == 200


def test_run_makes_one_export_and_the_next_waits_or_is_skipped(
    api: Api, client: httpx.Client, owner: str
) -> None:
    api.add_content(owner, 2)
    schedule = made(client)["schedule_id"]
    run_now(client, schedule)
    [first] = settled(client, schedule)
    assert (first["outcome"], first["manual"], first["status"]) == ("started", True, "pending")
    job = client.get(f"/api/export/jobs/{first['job_id']}").json()
    assert (job["format"], job["progress"]["items_total"]) == ("txt", 2)
    run_now(client, schedule)
    assert settled(client, schedule, 2)[0]["outcome"] == "skipped"
    client.patch(f"{URL}/{schedule}", json={"overlap": "queue"})
    run_now(client, schedule)
    assert last(client, schedule)[0]["outcome"] == "due"
    run_now(client, schedule)
    assert last(client, schedule)[0]["outcome"] == "skipped"
    client.delete(f"/api/export/jobs/{first['job_id']}")
    queued = settled(client, schedule, 4)[1]
    assert queued["outcome"] == "started"
    assert client.get("/api/export/jobs").json()["total"] == 2


def test_run_without_content_fails_with_its_reason_and_five_pause_the_schedule(
    api: Api, client: httpx.Client
) -> None:
    schedule = made(client)["schedule_id"]
    for count in range(5):
        run_now(client, schedule)
        runs = settled(client, schedule, count + 1)
    assert {run["outcome"] for run in runs} == {"failed"}
    assert "No content matches" in runs[0]["reason"]

    async def come(database: Database) -> None:
        records = ScheduleRecords(database)
        found = await records.get(schedule)
        assert found is not None
        [due] = found.timetable.upcoming(datetime.now(UTC), 1)
        await open_run(records, found, due, due, manual=False)

    api.in_database(come)
    shown = client.get(f"{URL}/{schedule}").json()
    assert shown["paused"] is True
    assert "5 runs failed" in shown["paused_reason"]
    assert shown["last_jobs"][0]["outcome"] == "skipped"


def test_times_that_were_missed_are_told_and_a_time_comes_once(
    api: Api, client: httpx.Client
) -> None:
    schedule = made(client)["schedule_id"]

    async def come(database: Database) -> None:
        records = ScheduleRecords(database)
        found = await records.get(schedule)
        assert found is not None
        *_, due = found.timetable.upcoming(datetime.now(UTC), 4)
        runs = [
            await open_run(records, found, due, due + timedelta(minutes=number), manual=False)
            for number in range(2)
        ]
        assert runs[0] is not None
        assert runs[1] is not None
        assert runs[0].noted_at == runs[1].noted_at
        odd = due + timedelta(minutes=1)
        assert await open_run(records, found, odd, odd, manual=False) is None

    api.in_database(come)
    outcomes = [run["outcome"] for run in last(client, schedule)]
    assert outcomes[1:] == ["missed"] * 3


def test_only_changed_makes_no_export_when_nothing_is(
    api: Api, client: httpx.Client, owner: str
) -> None:
    export = DAILY["export"] | {"filters": {"date_to": "1999-01-01"}}
    schedule = made(client, only_changed=True, export=export)["schedule_id"]
    # Of an owner who has no content at all, and may be gone, it is a failure.
    run_now(client, schedule)
    [gone] = settled(client, schedule)
    assert gone["outcome"] == "failed"
    assert gone["reason"] == "There is no content of the owner at all."
    api.add_content(owner, 1)
    run_now(client, schedule)
    assert settled(client, schedule, 2)[0]["outcome"] == "nothing-new"


def test_nothing_of_an_erased_owner_is_left(api: Api, client: httpx.Client, owner: str) -> None:
    schedule = made(client)["schedule_id"]
    run_now(client, schedule)

    async def erase(database: Database) -> None:
        assert await ScheduleRecords(database).delete_all_of(owner) == 1

    api.in_database(erase)
    assert client.get(URL).json() == {"items": []}
    problem(client.get(f"{URL}/{schedule}"), 404, "not-found")


def test_since_names_one_export_or_moment_of_the_owner(
    api: Api, client: httpx.Client, owner: str
) -> None:
    api.add_content(owner, 2)
    bulk = "/api/export/bulk"
    both = {"format": "txt", "since": "2024-01-01", "since_job_id": "x"}
    problem(client.post(bulk, json=both), 400, "invalid-request")
    problem(client.post(bulk, json={"format": "txt", "since": "soon"}), 400, "invalid-request")
    unknown = {"format": "txt", "since_job_id": "x"}
    assert "removed" in problem(client.post(bulk, json=unknown), 404, "not-found")["detail"]
    theirs = {"format": "txt", "since_job_id": api.add_file(owner_id())}
    problem(client.post(bulk, json=theirs), 404, "not-found")
    open_job = {"format": "txt", "since_job_id": api.add_job(owner, Status.FAILED)}
    problem(client.post(bulk, json=open_job), 409, "items-not-known")
    response = client.post(bulk, json={"format": "txt", "since": "2024-01-01"})
    assert response.status_code == 202, response.text
    changes = response.json()["changes"]
    assert changes["since"] == "2024-01-01T00:00:00Z"
    assert (changes["new"], changes["changed"], changes["gone"]) == (2, 0, 0)
    nothing = client.post(bulk, json={"format": "txt", "since": "2025-01-01"})
    problem(nothing, 422, "nothing-changed")


@pytest.mark.parametrize(
    "unknown", [{"export": '{"format": 7}'}, {"export": "{"}, {"time_zone": "No/More"}]
)
def test_schedule_that_nobody_can_read_takes_no_list_with_it(
    api: Api, client: httpx.Client, unknown: dict[str, str]
) -> None:
    readable, other = (made(client)["schedule_id"] for _ in range(2))
    api.in_database(lambda database: ScheduleRecords(database).change(other, **unknown))
    listed = [each["schedule_id"] for each in client.get(URL).json()["items"]]
    assert readable in listed
    assert client.delete(f"{URL}/{other}").status_code == 204
