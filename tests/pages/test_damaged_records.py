"""An export whose record cannot be read: its owner and operators see which, and all others."""

from typing import Any

from sqlalchemy import text

from activities.model.jobs import Status
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, problem
from tests.unit.jobs.jobs_kit import change_row

ADMIN = "export:admin"


def damage(api: Api, job_id: str, **values: Any) -> None:
    api.in_database(lambda database: change_row(database, job_id, **values))


def test_its_owner_sees_it_as_damaged_and_all_others(
    api: Api, owner: str, visitor: Visitor
) -> None:
    older = api.add_file(owner)
    damaged = api.add_file(owner)
    newer = api.add_file(owner)
    with api.client(owner) as client:
        url = client.get(f"/api/export/jobs/{damaged}").json()["download_url"]
        damage(api, damaged, options=text("'{'"))
        listed = client.get("/api/export/jobs").json()
        assert [job["job_id"] for job in listed["items"]] == [newer, damaged, older]
        pages = [
            client.get("/api/export/jobs", params={"page_size": 1, "page": page}).json()
            for page in (1, 2, 3)
        ]
        assert [page["items"][0]["job_id"] for page in pages] == [newer, damaged, older]
        job = client.get(f"/api/export/jobs/{damaged}").json()
        assert (job["status"], job["download_url"]) == ("completed", None)
        assert job["error"]["code"] == "record-damaged"
        assert job["file"]["name"] == "Lesson.txt", "what can be read is shown"
        problem(client.get(f"/api/export/jobs/{damaged}/download"), 410, "record-damaged")
        problem(client.get(url), 410, "record-damaged")
    page = visitor.get("/exports")
    badges = page.texts("//article//span[contains(@class, 'badge')]")
    assert badges == ["Ready", "Damaged record", "Ready"]
    assert visitor.get(f"/exports/{damaged}").status == 200


def test_operators_see_it_as_damaged_and_cannot_retry_it(api: Api, owner: str) -> None:
    damaged, whole = api.add_job(owner, Status.FAILED), api.add_job(owner, Status.FAILED)
    damage(api, damaged, options=text("'{'"))
    with api.client("an-operator", ADMIN) as client:
        listed = client.get("/api/export/admin/jobs", params={"owner": owner}).json()["items"]
        assert {job["job_id"]: job["error"]["code"] for job in listed} == {
            damaged: "record-damaged",
            whole: "render-failed",
        }
        problem(client.post(f"/api/export/admin/jobs/{damaged}/retry"), 409, "not-retryable")
        assert client.get("/api/export/admin/state").status_code == 200
        metrics = client.get("/metrics").text
    assert 'export_errors_total{reason="record-damaged"}' in metrics
    [told] = [line for line in api.log() if line.get("id") == damaged]
    assert told["message"] == "record damaged"
    with Visitor(api, "an-operator", ADMIN) as operator:
        page = operator.get("/admin/jobs", owner=owner)
        assert page.status == 200
        assert "record-damaged" in page.text
        assert operator.get(f"/admin/jobs/{damaged}").status == 200
