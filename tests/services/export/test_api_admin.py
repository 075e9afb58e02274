"""What operators read and do over the API."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.model.jobs import Phase, Status
from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.api_kit import Api, owner_id, problem, token
from tests.services.export.kit import run_retention
from tests.waiting import eventually

ADMIN = "export:admin"
JOBS = "/api/export/admin/jobs"
AUDIT = "/api/export/admin/audit"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def operator(api: Api) -> Iterator[httpx.Client]:
    with api.client("an-operator", ADMIN) as client:
        yield client


def ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [job["job_id"] for job in response.json()["items"]]


def test_jobs_of_all_owners_are_found_by_what_they_are(
    api: Api, operator: httpx.Client, owner: str
) -> None:
    stranger = owner_id()
    failed = api.add_job(owner, Status.FAILED)
    pending = api.add_job(owner)
    cancelled = api.add_job(stranger, Status.CANCELLED, format_id="pdf")

    assert ids(operator.get(JOBS))[:3] == [cancelled, pending, failed]
    assert ids(operator.get(JOBS, params={"owner": owner})) == [pending, failed]
    mine = {"owner": owner, "status": "failed"}
    assert ids(operator.get(JOBS, params=mine)) == [failed]
    assert ids(operator.get(JOBS, params={"owner": owner, "reason": "render-failed"})) == [failed]
    assert ids(operator.get(JOBS, params={"owner": owner, "reason": "timed-out"})) == []
    assert ids(operator.get(JOBS, params={"owner": stranger, "format": "pdf"})) == [cancelled]
    page = operator.get(JOBS, params={"owner": owner, "page_size": 1, "page": 2})
    assert ids(page) == [failed]
    assert page.json()["total"] == page.json()["pages"] == 2
    assert f'owner={owner}>; rel="first"' in page.headers["link"]


def test_a_list_tells_of_open_jobs_what_their_pages_tell(
    api: Api, operator: httpx.Client, owner: str
) -> None:
    ended = api.add_file(owner)
    running = api.add_job(owner, Status.PROCESSING)
    api.in_database(
        lambda database: JobExecution(database).note_progress(running, Phase.RENDERING, 0, 1)
    )

    listed = operator.get(JOBS, params={"owner": owner}).json()["items"]
    assert listed == [operator.get(f"{JOBS}/{job_id}").json() for job_id in (running, ended)]
    assert listed[0]["last_progress_at"] is not None
    assert listed[1]["last_progress_at"] is None


def test_one_job_is_read_whoever_owns_it(api: Api, operator: httpx.Client) -> None:
    job_id = api.add_file(owner_id())
    job = operator.get(f"{JOBS}/{job_id}").json()
    assert job["status"] == "completed"
    assert job["file_size"] == len(b"The exported text.")
    assert job["workflow_url"] is None
    problem(operator.get(f"{JOBS}/{NOWHERE}"), 404, "not-found")


def test_an_operator_cancels_for_an_owner(api: Api, operator: httpx.Client, owner: str) -> None:
    job_id = api.add_job(owner)
    response = operator.delete(f"{JOBS}/{job_id}")
    assert (response.status_code, response.json()["status"]) == (202, "cancelled")
    problem(operator.delete(f"{JOBS}/{api.add_file(owner)}"), 409, "already-ended")

    (entry,) = operator.get(AUDIT, params={"job": job_id, "action": "cancelled"}).json()["items"]
    assert (entry["actor"], entry["owner_id"]) == ("an-operator", owner)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_retry_is_a_new_job_of_the_same_owner(
    api: Api, operator: httpx.Client, owner: str, status: Status
) -> None:
    old = api.add_job(owner, status)
    response = operator.post(f"{JOBS}/{old}/retry")
    assert response.status_code == 202
    new = response.json()
    assert new["job_id"] != old
    assert (new["owner_id"], new["format"]) == (owner, "txt")
    assert response.headers["location"].endswith(new["job_id"])
    with api.client(owner) as client:
        mine = client.get(f"/api/export/jobs/{new['job_id']}").json()
    assert (mine["status"], mine["progress"]["items_total"]) == ("pending", 2)

    again = operator.post(f"{JOBS}/{old}/retry")
    assert again.json()["job_id"] == new["job_id"]
    entries = operator.get(AUDIT, params={"owner": owner}).json()["items"]
    noted = [(entry["action"], entry["job_id"], entry["related_job_id"]) for entry in entries[:2]]
    assert sorted(noted) == sorted(
        [("created", new["job_id"], old), ("retried", old, new["job_id"])]
    )
    assert {entry["actor"] for entry in entries[:2]} == {"an-operator"}


def test_a_job_whose_file_is_lost_may_be_retried(
    api: Api, operator: httpx.Client, owner: str
) -> None:
    old = api.add_file(owner)
    api.in_database(lambda database: FileChecks(database).mark_lost(old, datetime.now(UTC)))
    shown = operator.get(f"{JOBS}/{old}").json()
    assert (shown["status"], shown["error"]["code"]) == ("completed", "file-lost")
    response = operator.post(f"{JOBS}/{old}/retry")
    assert response.status_code == 202
    assert response.json()["job_id"] != old


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_what_goes_on_or_has_a_file_is_not_retried(
    api: Api, operator: httpx.Client, owner: str, status: Status
) -> None:
    problem(operator.post(f"{JOBS}/{api.add_job(owner, status)}/retry"), 409, "not-retryable")
    problem(operator.post(f"{JOBS}/{api.add_file(owner)}/retry"), 409, "not-retryable")
    problem(operator.post(f"{JOBS}/{NOWHERE}/retry"), 404, "not-found")


def test_the_state_counts_jobs_and_failures_by_reason(
    api: Api, operator: httpx.Client, owner: str
) -> None:
    api.add_job(owner, Status.FAILED)
    failed = operator.get(JOBS, params={"status": "failed"}).json()["total"]

    def state() -> dict[str, Any]:
        found: dict[str, Any] = operator.get("/api/export/admin/state").json()
        return found

    # Counts may be five seconds old.
    eventually(lambda: state()["jobs"]["failed"] == failed)
    now = state()
    (failure,) = now["failures"]
    assert failure["reason"] == "render-failed"
    assert failure["last_day"] == failure["last_week"] == now["jobs"]["failed"]
    assert now["storage"]["free_bytes"] is None or now["storage"]["free_bytes"] > 0
    assert now["queues"] is None
    assert now["retention"] is None


def test_the_log_is_read_by_time_and_page(api: Api, operator: httpx.Client, owner: str) -> None:
    day = datetime(2024, 3, 1, 12, tzinfo=UTC)
    jobs = [api.add_job(owner, created_at=day + timedelta(hours=hour)) for hour in range(3)]

    def found(**query: str | int) -> list[str]:
        response = operator.get(AUDIT, params={"owner": owner, **query})
        return ids(response)

    assert found() == jobs[::-1]
    assert found(**{"from": "2024-03-01T13:00:00Z"}) == [jobs[2], jobs[1]]
    assert found(to="2024-03-01T15:00:00+02:00") == [jobs[0]]
    assert found(page_size=2, page=2) == [jobs[0]]
    page = operator.get(AUDIT, params={"owner": owner, "page_size": 2})
    assert 'rel="next"' in page.headers["link"]
    assert (
        httpx.get(
            page.links["next"]["url"], headers={"Authorization": f"Bearer {token('o', ADMIN)}"}
        ).json()["items"][0]["job_id"]
        == jobs[0]
    )


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        (JOBS, {"owner": "a\0b"}, "owner"),
        (JOBS, {"status": "lost"}, "status"),
        (JOBS, {"reason": "x" * 256}, "reason"),
        (AUDIT, {"from": "yesterday"}, "from"),
        (AUDIT, {"to": "0001-01-01T00:00:00+14:00"}, "to"),
        (AUDIT, {"action": "read"}, "action"),
        (AUDIT, {"job": "a\nb"}, "job"),
    ],
)
def test_filters_that_nothing_can_match_are_refused(
    operator: httpx.Client, path: str, query: dict[str, str], parameter: str
) -> None:
    document = problem(operator.get(path, params=query), 400, "invalid-request")
    assert document["errors"][0]["parameter"] == parameter


def test_a_running_service_tells_of_temporal(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.bulk("json", max_items=1)["job_id"])
    asyncio.run(run_retention(stack))
    with stack_operator(stack) as operator:
        state = operator.get("/api/export/admin/state").json()
        seen = operator.get(f"{JOBS}/{job['job_id']}").json()
    of_express = {"export-express"} if stack.settings.express else set()
    assert {queue["name"] for queue in state["queues"]} == of_express | {
        "export-io",
        "export-render",
        "export-render-small",
        "export-workflow",
    }
    assert all(queue["waiting"] >= 0 and queue["pollers"] > 0 for queue in state["queues"])
    retention = state["retention"]
    assert retention["next_run_at"] > job["created_at"]
    assert retention["reported_at"] > job["created_at"]
    assert state["storage"]["files"] == retention["last_report"]["stored_files"] > 0
    assert state["storage"]["used_bytes"] >= job["file"]["size"]
    assert seen["workflow_url"] == (
        f"{stack.info.temporal_ui}/namespaces/default/workflows/export-{job['job_id']}"
    )


def stack_operator(stack: Stack) -> httpx.Client:
    bearer = issue_token(stack.settings, "an-operator", ADMIN, timedelta(minutes=10))
    return httpx.Client(
        base_url=stack.api, headers={"Authorization": f"Bearer {bearer}"}, timeout=30
    )
