"""Forms that no page of ours sent change nothing, and the cookie opens nothing but pages."""

from typing import Any

import pytest

from activities.model.jobs import Status
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, problem, token

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


def status_of(api: Api, owner: str, job_id: str) -> str:
    with api.client(owner) as client:
        return str(client.get(f"/api/export/jobs/{job_id}").json()["status"])


def jobs_of(api: Api, owner: str) -> int:
    with api.client(owner) as client:
        return int(client.get("/api/export/jobs").json()["total"])


def start_form(api: Api, owner: str, visitor: Visitor) -> dict[str, Any]:
    [item] = api.add_content(owner, 1)
    return dict(visitor.get("/exports/new", item=item).form("/exports"))


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_sites_form_does_nothing(
    api: Api, owner: str, visitor: Visitor, headers: dict[str, str]
) -> None:
    job_id = api.add_job(owner)
    key = visitor.get(f"/exports/{job_id}").form_key()

    cancelled = visitor.send(f"/exports/{job_id}/cancel", {"form_key": key}, **headers)
    started = visitor.send("/exports", start_form(api, owner, visitor), **headers)
    left = visitor.send("/sign-out", {"form_key": key}, **headers)

    assert [page.status for page in (cancelled, started, left)] == [403, 403, 403]
    assert "not sent by a page of this service" in cancelled.alert
    assert status_of(api, owner, job_id) == "pending"
    assert jobs_of(api, owner) == 1
    assert visitor.get("/").path == "/"


@pytest.mark.parametrize("headers", FOREIGN)
def test_nobody_is_signed_in_by_another_site(api: Api, owner: str, headers: dict[str, str]) -> None:
    with Visitor(api) as visitor:
        page = visitor.send("/sign-in", {"token": token(owner)}, **headers)

        assert page.status == 403
        assert not visitor.http.cookies


def test_a_form_belongs_to_its_session(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_job(owner)
    path = f"/exports/{job_id}/cancel"
    with Visitor(api) as other:
        other.sign_in(token(owner, jti="another session of the same owner"))
        foreign_key = other.get(f"/exports/{job_id}").form_key()

    for fields in ({}, {"form_key": ""}, {"form_key": "é"}, {"form_key": foreign_key}):
        page = visitor.send(path, fields)
        assert page.status == 403
        assert "earlier sign-in" in page.alert
    assert status_of(api, owner, job_id) == "pending"

    page = visitor.send(path, {"form_key": visitor.get("/").form_key()})
    assert page.status == 200
    assert status_of(api, owner, job_id) == "cancelled"


def test_a_browser_that_says_the_form_is_ours_is_believed(
    api: Api, owner: str, visitor: Visitor
) -> None:
    job_id = api.add_job(owner)
    fields = {"form_key": visitor.get("/").form_key()}

    page = visitor.send(
        f"/exports/{job_id}/cancel", fields, **{"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    )

    assert page.status == 200
    assert status_of(api, owner, job_id) == "cancelled"


def test_the_cookie_opens_nothing_of_the_api(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_file(owner)
    [item] = api.add_content(owner, 1)
    jobs = f"/api/export/jobs/{job_id}"
    body = {"content_ids": [item], "format": "txt"}

    for response in (
        visitor.http.get("/api/export/jobs"),
        visitor.http.get(jobs),
        visitor.http.get(f"{jobs}/download"),
        visitor.http.get(f"{jobs}/events"),
        visitor.http.delete(jobs),
        visitor.http.post("/api/export/", json=body, headers={"Origin": api.url}),
    ):
        problem(response, 401, "unauthenticated")
    assert jobs_of(api, owner) == 1


def test_a_bearer_token_opens_no_page(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PENDING)
    with Visitor(api) as visitor:
        headers = {"Authorization": f"Bearer {token(owner)}"}
        response = visitor.http.get(f"/exports/{job_id}", headers=headers)

        assert response.url.path == "/sign-in"
