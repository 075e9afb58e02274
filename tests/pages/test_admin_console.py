"""The admin console: operators see all owners' jobs, cancel and retry them, and read the log."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from activities.common.clock import utc_now
from activities.jobs.audit import Action
from activities.model.jobs import Status
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import BOTH, Api, token
from tests.waiting import eventually
from web.pages.admin_console import ACTION_LABELS

ADMIN = "export:admin"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def operator(api: Api) -> Iterator[Visitor]:
    """Somebody with an operator's rights and no others."""
    with Visitor(api, "an-operator", ADMIN) as signed_in:
        yield signed_in


def test_signing_in_leads_operators_to_the_console(api: Api, operator: Visitor) -> None:
    page = operator.sign_in(token("an-operator", ADMIN))
    assert page.path == "/admin"
    assert page.texts("//header//nav//a") == ["Operations"]
    with Visitor(api, "an-operator", f"{BOTH} {ADMIN}") as both:
        page = both.get("/")
    assert page.texts("//header//nav//a") == [
        "Content",
        "Exports",
        "Webhooks",
        "Schedules",
        "Settings",
        "Operations",
    ]


def test_signing_in_as_an_operator_is_noted(operator: Visitor) -> None:
    page = operator.get("/admin/audit", action="signed-in", actor="an-operator")
    assert page.texts("//tbody//td")[1:3] == ["an-operator", "Signed in token"]


def test_each_action_of_the_audit_log_has_words() -> None:
    assert ACTION_LABELS.keys() == set(Action)


@pytest.mark.parametrize("path", ["", "/jobs", f"/jobs/{NOWHERE}", "/audit"])
def test_others_find_no_console(visitor: Visitor, path: str) -> None:
    page = visitor.get(f"/admin{path}")
    assert page.status == 403
    assert "Operations" not in page.text


def test_owners_neither_cancel_nor_retry_there(api: Api, owner: str, visitor: Visitor) -> None:
    key = {"form_key": visitor.get("/").form_key()}
    for deed, status in (("cancel", Status.PENDING), ("retry", Status.FAILED)):
        job_id = api.add_job(owner, status)
        assert visitor.send(f"/admin/jobs/{job_id}/{deed}", key).status == 403
    with api.client(owner) as client:
        assert client.get("/api/export/jobs").json()["total"] == 2


def test_the_state_leads_to_the_jobs_behind_a_number(
    api: Api, owner: str, operator: Visitor
) -> None:
    api.add_job(owner, Status.FAILED)
    assert operator.get("/admin").status == 200

    def state() -> Page | None:
        page = operator.get("/admin")
        return (
            page
            if "render-failed" in page.texts("//section[@aria-labelledby='failures']//th//a")
            else None
        )

    page = eventually(state)  # its counts may be five seconds old
    assert "Temporal does not answer" in page.text
    link = page.find("//section[@aria-labelledby='failures']//th//a")[0].get("href")
    assert {cell.split()[0] for cell in operator.get(link).texts("//tbody//td[1]")} == {"Failed"}


def test_jobs_are_filtered(api: Api, owner: str, operator: Visitor) -> None:
    failed = api.add_job(owner, Status.FAILED)
    pending = api.add_job(owner)

    def found(**query: str) -> list[str]:
        return operator.get("/admin/jobs", owner=owner, **query).texts("//tbody//th")

    assert found() == [pending, failed]
    assert found(status="failed") == [failed]
    assert found(reason="render-failed") == [failed]
    assert found(format="pdf") == []
    assert operator.get("/admin/jobs", status="lost").status == 400
    assert operator.get("/admin/jobs", owner="a\0").status == 400


def test_a_job_shows_no_content(api: Api, owner: str, operator: Visitor) -> None:
    page = operator.get(f"/admin/jobs/{api.add_file(owner, name='Secret plans.txt')}")
    assert page.status == 200
    assert owner in page.text
    for secret in ("A title", "Secret plans", "signature="):
        assert secret not in page.text
    assert operator.get(f"/admin/jobs/{NOWHERE}").status == 404


def test_cancelling_is_done_and_noted(api: Api, owner: str, operator: Visitor) -> None:
    job_id = api.add_job(owner)
    page = operator.get(f"/admin/jobs/{job_id}")
    done = operator.send(f"/admin/jobs/{job_id}/cancel", {"form_key": page.form_key()})
    assert done.path == f"/admin/jobs/{job_id}"
    assert done.texts("//*[contains(@class, 'badge')]") == ["Cancelled"]
    assert done.texts("//tbody//tr[1]//td")[1:3] == ["an-operator", "Cancelled"]
    assert operator.send(f"/admin/jobs/{job_id}/cancel", {"form_key": "x"}).status == 403


def test_retrying_leads_to_the_new_job(api: Api, owner: str, operator: Visitor) -> None:
    old = api.add_job(owner, Status.FAILED)
    page = operator.get(f"/admin/jobs/{old}")
    key = {"form_key": page.form_key()}
    new = operator.send(f"/admin/jobs/{old}/retry", key)
    assert new.path.startswith("/admin/jobs/")
    assert new.path != f"/admin/jobs/{old}"
    assert old in new.text
    assert operator.send(f"/admin/jobs/{old}/retry", key).path == new.path
    completed = api.add_file(owner)
    assert operator.send(f"/admin/jobs/{completed}/retry", key).status == 409


def test_the_log_is_filtered_by_day(api: Api, owner: str, operator: Visitor) -> None:
    job_id = api.add_job(owner)
    today = operator.get("/admin/audit", owner=owner)
    assert job_id in today.text
    assert "1 entry" in today.text
    assert job_id in operator.get("/admin/audit", owner=owner, to="9999-12-31").text
    for query in ({"to": "2024-01-01"}, {"from": "2999-01-01"}, {"action": "expired"}):
        assert "Nothing like this" in operator.get("/admin/audit", owner=owner, **query).text
    assert operator.get("/admin/audit", **{"from": "yesterday"}).status == 400


def test_the_state_begins_with_open_jobs_the_oldest_first(
    api: Api, owner: str, operator: Visitor
) -> None:
    long_ago = utc_now() - timedelta(days=30)
    older = api.add_job(owner, created_at=long_ago)
    newer = api.add_job(owner, Status.PROCESSING, created_at=long_ago + timedelta(days=1))
    done = api.add_job(owner, Status.FAILED, created_at=long_ago)
    page = operator.get("/admin")
    listed = page.texts("//section[@aria-labelledby='open']//tbody//th")
    assert listed[:2] == [older, newer]
    assert done not in listed
    ages = page.texts("//section[@aria-labelledby='open']//tbody//td[4]")
    assert ages[:2] == ["30 days", "29 days"]
    progress = page.texts("//section[@aria-labelledby='open']//tbody//td[5]")
    assert progress[1].endswith((" sec", " secs")), "it began a moment ago"
    shown = operator.get(f"/admin/jobs/{newer}").texts("//dl[@data-work]//dt")
    assert shown == ["Age", "Last progress", "At"]
    assert page.find("//*[@data-refresh]"), "it is fetched again by itself"
