"""What every page keeps to: its security policy, its headers, and its language."""

import pytest

from activities.model.jobs import Status
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def every_page(api: Api, owner: str, visitor: Visitor) -> list[Page]:
    ids = api.add_content(owner, 60)
    jobs = [api.add_job(owner, status) for status in (Status.PENDING, Status.FAILED)]
    jobs.append(api.add_file(owner))
    return [
        visitor.get("/"),
        visitor.get("/", item=ids[:3]),
        visitor.get("/exports/new", item=ids[:5], format=["pdf", "csv"], options="1", parts="faqs"),
        visitor.get("/exports/new"),
        visitor.get("/exports"),
        visitor.get("/schedules"),
        visitor.get("/archives"),
        *(visitor.get(f"/exports/{job_id}") for job_id in jobs),
        visitor.get("/exports/nothing"),
        visitor.get("/sign-in?ended=1"),
    ]


def test_pages_meet_their_own_policy(every_page: list[Page], api: Api) -> None:
    for page in every_page:
        policy = dict(
            rule.strip().split(" ", 1)
            for rule in page.headers["content-security-policy"].split(";")
        )
        assert policy == POLICY
        assert page.find("//script[not(@src)] | //style | //@style | //base") == []
        assert [name for name in page.find("//@*") if name.attrname.startswith("on")] == []
        links = page.find("//script/@src | //link/@href | //img/@src | //form/@action | //a/@href")
        assert links
        assert [link for link in links if link and not link.startswith(("/", "#"))] == []
        assert [link for link in links if link.startswith("//")] == []


def test_pages_are_kept_by_nobody_and_tell_nobody_where_one_was(every_page: list[Page]) -> None:
    for page in every_page:
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["vary"] == "Cookie, Accept-Language"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_pages_have_a_language_a_title_and_one_heading(every_page: list[Page]) -> None:
    for page in every_page:
        assert page.find("/html/@lang") == ["en"]
        assert len(page.find("//h1")) == 1
        assert page.texts("//title")[0].endswith(" – Course export")
        ids = page.find("//@id")
        assert len(ids) == len(set(ids))


def test_a_form_key_never_comes_into_an_address(every_page: list[Page]) -> None:
    for page in every_page:
        for form in page.root.forms:
            posted = form.method == "POST"
            for button in form.xpath(".//button[@name='form_key']"):
                assert button.get("formmethod", "post") == "post"
                assert posted
            assert form.xpath(".//input[@name='form_key']") == []


def test_assets_may_be_kept_and_are_all_there(every_page: list[Page], visitor: Visitor) -> None:
    assets = {
        link
        for page in every_page
        for link in page.find("//script/@src | //link/@href | //img/@src")
        if not str(link).startswith("/exports/previews/")
    }
    assert len(assets) == 3
    for asset in assets:
        response = visitor.http.get(asset)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.content
    assert visitor.http.get("/assets/x/../app.py").status_code == 404
    assert visitor.http.get("/assets/x/base.html").status_code == 404


def test_a_page_without_a_script_reloads_while_the_export_goes_on(
    api: Api, owner: str, visitor: Visitor
) -> None:
    refresh = "//noscript/meta[@http-equiv='refresh']"
    assert visitor.get(f"/exports/{api.add_job(owner)}").find(refresh)
    assert not visitor.get(f"/exports/{api.add_file(owner)}").find(refresh)
