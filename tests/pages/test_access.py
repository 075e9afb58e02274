"""Everybody sees their own content and exports, after signing in, and nothing else."""

import pytest
from litestar.routes import HTTPRoute

from tests.pages.visitor import Visitor
from tests.services.export.api_kit import READ, Api, owner_id
from web.app import create_app

OPEN = {
    "/check",
    "/sign-in",
    "/assets/{digest}/{name}",
    "/enter",
    "/enter/{code}",
    "/erased/{erasure_id}",
    "/s/{code}",
    "/s/{code}/file",
}
"""And what leads from others: `tests/pages/test_oidc.py`, `tests/pages/test_lti.py`."""
NOWHERE = "00000000-0000-4000-8000-000000000000"


def pages(api: Api) -> list[tuple[str, str]]:
    """Method and path of every page that is not for everybody."""
    return [
        (method, route.path_format)
        for route in create_app(api.settings).routes
        if isinstance(route, HTTPRoute)
        and not route.path.startswith(("/api", "/docs", "/health", "/metrics"))
        and route.path_format not in OPEN
        and not route.path.startswith(("/sign-in/oidc", "/lti/", "/s/"))
        for method in sorted(route.methods - {"OPTIONS"})
    ]


def test_without_signing_in_there_is_nothing(api: Api, owner: str) -> None:
    job_id = api.add_file(owner)
    found = pages(api)
    assert len(found) >= 9
    with Visitor(api) as visitor:
        visitor.http.follow_redirects = False
        for method, path in found:
            response = visitor.http.request(
                method,
                path.format(
                    job_id=job_id,
                    webhook_id=NOWHERE,
                    delivery_id=NOWHERE,
                    schedule_id=NOWHERE,
                    archive_id=NOWHERE,
                    share_id=NOWHERE,
                    preview_id=NOWHERE,
                    place=1,
                    to=NOWHERE,
                ),
                headers={"Origin": api.url},
            )

            if path == "/sign-out":
                assert response.status_code == 403
                continue
            if path == "/":
                assert response.status_code == 200
                assert "Take your courses with you" in response.text or method == "HEAD"
                continue
            assert response.status_code == 303, path
            assert response.headers["location"].startswith("/sign-in"), path


@pytest.mark.parametrize("path", ["", "/events", "/download", "/receipt"])
def test_anothers_export_looks_like_none(api: Api, visitor: Visitor, path: str) -> None:
    theirs = api.add_file(owner_id())

    responses = [visitor.get(f"/exports/{job_id}{path}") for job_id in (theirs, NOWHERE, "nothing")]

    assert {page.status for page in responses} == {404}
    assert len({page.text for page in responses}) == 1


def test_anothers_export_is_neither_cancelled_nor_made_again(api: Api, visitor: Visitor) -> None:
    stranger = owner_id()
    theirs = api.add_job(stranger)
    key = {"form_key": visitor.get("/").form_key()}

    assert visitor.send(f"/exports/{theirs}/cancel", key).status == 404
    assert visitor.get("/exports/new", again=theirs).status == 404
    with api.client(stranger) as client:
        assert client.get(f"/api/export/jobs/{theirs}").json()["status"] == "pending"


def test_anothers_content_is_not_there(api: Api, owner: str, visitor: Visitor) -> None:
    [mine] = api.add_content(owner, 1)
    [theirs] = api.add_content(owner_id(), 1, study_guide="$x$ ![](data:image/png;base64,AA)")

    both = visitor.get("/exports/new", item=[mine, theirs])
    none = visitor.get("/exports/new", item=[theirs])

    assert "1 item" in both.texts("//h2")
    assert "1 of the items you chose is no longer there" in both.text
    assert "Choose at least one item" in none.alert
    assert theirs not in visitor.get("/").text


def test_who_may_only_read_starts_and_cancels_nothing(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    job_id = api.add_job(owner)
    with Visitor(api, owner, READ) as reader:
        form = reader.get("/exports/new", item=item).form("/exports")
        started = reader.send("/exports", form)
        cancelled = reader.send(f"/exports/{job_id}/cancel", {"form_key": form["form_key"]})

        assert (started.status, cancelled.status) == (403, 403)
        assert "export:write" in started.alert
        assert reader.get("/exports").texts("//article//h2") == ["A title"]


def test_who_is_refused_a_page_is_still_signed_in(api: Api, owner: str) -> None:
    with Visitor(api, owner, READ) as reader:
        page = reader.get("/admin")

        assert page.status == 403
        assert f"Signed in as {owner}" in page.text
        assert page.texts("//header//nav//a") == [
            *("Content", "Exports", "Webhooks", "Schedules", "Settings")
        ]
        assert reader.send("/sign-out", page.form("/sign-out")).path == "/sign-in"


@pytest.mark.parametrize(("scope", "closed"), [(READ, "/admin"), ("export:admin", "/exports")])
def test_a_refusal_leads_only_to_what_is_open(
    api: Api, owner: str, scope: str, closed: str
) -> None:
    with Visitor(api, owner, scope) as visitor:
        page = visitor.get(closed)

        assert page.status == 403
        assert page.find("//main//a")
        links = [
            link for link in page.find("//a/@href") if link.startswith("/") and "lang=" not in link
        ]
        assert {link: visitor.get(link).status for link in links} == dict.fromkeys(links, 200)
