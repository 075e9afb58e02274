"""Everything can be below a path of a host that is others' too."""

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest

from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import BOTH, Api, owner_id, token

PREFIX = "/school/exports"
PUBLIC = f"http://www.example{PREFIX}"
ADDRESSES = "//@href | //@src | //@action | //@formaction | //@data-events | //@data-preview"


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service whose callers find it below a path."""
    with Api(tmp_path_factory.mktemp("below"), {"EXPORT_PUBLIC_URL": PUBLIC}) as running:
        yield running


@pytest.fixture(scope="module")
def people(below: Api) -> Iterator[Visitor]:
    """Somebody who has content and exports, and operates the service too."""
    owner = owner_id()
    below.add_content(owner, 51)
    below.add_job(owner)
    below.add_file(owner)
    with Visitor(below) as visitor:
        visitor.send(f"{PREFIX}/sign-in", {"token": token(owner, f"{BOTH} export:admin")})
        yield visitor


def addresses(page: Page) -> set[str]:
    """The paths that the page leads to."""
    found = {str(each) for each in page.find(ADDRESSES) if str(each).startswith("/")}
    for refresh in page.find("//meta[@http-equiv='refresh']/@content"):
        found.add(str(refresh).partition("url=")[2])
    return found - {""}


def test_every_link_of_every_page_is_below_it_and_leads_somewhere(people: Visitor) -> None:
    waiting = [f"{PREFIX}/", f"{PREFIX}/nothing-here"]
    seen: dict[str, int] = {}
    while waiting:
        asked = waiting.pop()
        path = asked.partition("?")[0]
        if path in seen:
            continue
        # An event stream would go on for as long as the job.
        method = "HEAD" if path.endswith("/events") else "GET"
        response = people.http.request(method, asked)
        seen[path] = response.status_code
        if response.headers["content-type"].startswith("text/html"):
            found = addresses(Page(response))
            assert {each for each in found if not each.startswith(f"{PREFIX}/")} == set(), asked
            waiting += found
    assert {f"{PREFIX}/exports", f"{PREFIX}/admin/audit", f"{PREFIX}/docs"} <= set(seen)
    # What forms alone may ask for is there, too: 405.
    assert [each for each, status in seen.items() if status == 404] == [f"{PREFIX}/nothing-here"]
    assert max(seen.values()) <= 405


def test_a_sign_in_stays_below_it(below: Api) -> None:
    with Visitor(below) as visitor:
        visitor.http.follow_redirects = False
        asked = visitor.http.get(f"{PREFIX}/exports", params={"page": 2})
        there = visitor.http.get(asked.headers["location"])
        form = Page(there).form(f"{PREFIX}/sign-in") | {"token": token(owner_id())}
        came = visitor.post(f"{PREFIX}/sign-in", form)
        cookie = SimpleCookie(came.headers["set-cookie"])["export_session"]

        assert asked.headers["location"].startswith(f"{PREFIX}/sign-in?")
        assert came.headers["location"] == f"{PREFIX}/exports?page=2"
        assert cookie["path"] == f"{PREFIX}/"
        assert visitor.http.get(came.headers["location"]).status_code == 200


def test_without_the_last_slash_one_is_led_to_where_the_cookie_counts(people: Visitor) -> None:
    page = people.get(f"{PREFIX}?text=a")

    assert page.path == f"{PREFIX}/"
    assert "Signed in as" in page.text


def test_a_link_from_elsewhere_is_followed_below_it(below: Api) -> None:
    with Visitor(below) as visitor:
        headers = {"Sec-Fetch-Site": "cross-site"}
        page = Page(visitor.http.get(f"{PREFIX}/exports?page=2", headers=headers))

        assert f"{PREFIX}/exports?page=2" in addresses(page)


@pytest.mark.parametrize("prefix", [PREFIX, ""], ids=["kept", "taken away by a proxy"])
def test_the_api_is_there_and_says_so(below: Api, prefix: str) -> None:
    owner = owner_id()
    [item] = below.add_content(owner, 1)
    finished = below.add_file(owner)
    with below.client(owner) as client:
        made = client.post(f"{prefix}/api/export/", json={"content_ids": [item], "format": "txt"})
        listed = client.get(f"{prefix}/api/export/jobs")
        job = client.get(f"{prefix}/api/export/jobs/{finished}").json()
        described = client.get(f"{prefix}/docs/openapi.json").json()
        missing = client.get(f"{prefix}/api/export/jobs/nothing").json()
        odd = client.get(f"{prefix}//api/export/jobs")
        alive = client.get(f"{prefix}/health/live")

    assert made.headers["location"] == f"{PUBLIC}/api/export/jobs/{made.json()['job_id']}"
    assert listed.links["first"]["url"].startswith(f"{PUBLIC}/api/export/jobs?")
    assert job["download_url"].startswith(f"{PUBLIC}/api/export/jobs/{finished}/download?")
    assert described["servers"] == [{"url": PUBLIC}]
    assert missing["instance"] == f"{prefix}/api/export/jobs/nothing"
    assert (odd.status_code, alive.status_code) == (404, 200)
    with below.client() as nobody:
        assert nobody.get(job["download_url"].replace(PUBLIC, prefix)).status_code == 200


def test_over_tls_the_cookie_is_for_that_path_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"EXPORT_PUBLIC_URL": f"https://www.example{PREFIX}"}
    with Api(tmp_path_factory.mktemp("tls"), settings) as api, Visitor(api) as visitor:
        visitor.http.follow_redirects = False
        came = visitor.post(
            f"{PREFIX}/sign-in", {"token": token(owner_id())}, Origin="https://www.example"
        )
        cookie = SimpleCookie(came.headers["set-cookie"])["__Secure-export_session"]

    assert (cookie["path"], cookie["secure"]) == (f"{PREFIX}/", True)
