"""Open edX's own platform code launches the service by LTI 1.3."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from tests.judges.open_edx import OpenEdx
from tests.pages.test_lti import Browser, refused
from tests.pages.visitor import Page
from tests.services.export.api_kit import Api

pytestmark = pytest.mark.judges

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_SCREEN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}


class School(NamedTuple):
    """A service and the platform that launches it."""

    api: Api
    platform: OpenEdx

    def asked(self, browser: httpx.Client, person: str, **query: str) -> "Form":
        """Press the link in the course, up to the form that the platform has the browser post."""
        with httpx.Client(base_url=self.platform.url, timeout=30) as there:
            login = there.get("/launch", params={"as": person, **query}).headers["location"]
            authorise = browser.get(login)
            assert authorise.status_code == 303, authorise.text
            page = there.get(authorise.headers["location"])
        assert page.status_code == 200, page.text
        [form] = Page(page).root.forms
        return Form(form.get("action"), dict(form.form_values()))


class Form(NamedTuple):
    """What a platform has a browser post."""

    action: str
    fields: dict[str, str]

    def post(self, browser: httpx.Client, **changes: str) -> httpx.Response:
        return browser.post(
            self.action, data=self.fields | changes, headers={"Sec-Fetch-Site": "cross-site"}
        )


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    directory = tmp_path_factory.mktemp("lti")
    platform = OpenEdx(directory / "open-edx")
    api = Api(directory / "api", platform.settings)
    with platform.running(api.url), api:
        api.add_content("learner-1", 1, title="Homework")
        yield School(api, platform)


@pytest.fixture
def browser(school: School) -> Iterator[httpx.Client]:
    with Browser(school.api.url) as client:
        yield client


def export_form(browser: httpx.Client, title: str) -> Mapping[str, Any]:
    """What the person would send to export the item of this title."""
    content = Page(browser.get("/", headers=_SCREEN))
    [item] = content.find(f"//li[contains(., '{title}')]//input[@name='item']/@value")
    page = Page(browser.get("/exports/new", params={"item": item}, headers=_SCREEN))
    return page.form("/exports") | {"format": "txt"}


@pytest.mark.parametrize(
    ("person", "name"), [("teacher-1", "Ada Lovelace"), ("teacher-2", "Grace Hopper")]
)
def test_who_teaches_comes_in_and_may_export(
    school: School, browser: httpx.Client, person: str, name: str
) -> None:
    school.api.add_content(person, 1, title=f"Photosynthesis of {person}")
    came = school.asked(browser, person).post(browser)

    assert (came.status_code, came.headers["location"]) == (303, "/")
    form = export_form(browser, f"Photosynthesis of {person}")
    sent = browser.post("/exports", data=form, headers=_SCREEN)
    assert sent.status_code == 303, sent.text
    exports = Page(browser.get("/exports", headers=_SCREEN)).text
    assert f"Photosynthesis of {person}" in exports
    assert name in exports


def test_who_learns_comes_in_and_may_look(school: School, browser: httpx.Client) -> None:
    assert school.asked(browser, "learner-1").post(browser).status_code == 303

    assert "Homework" in Page(browser.get("/", headers=_SCREEN)).text
    refusal = browser.post("/exports", data=export_form(browser, "Homework"), headers=_SCREEN)
    assert refusal.status_code == 403


def test_custom_parameters_lead_to_an_item(school: School, browser: httpx.Client) -> None:
    came = school.asked(browser, "teacher-1", item="content-1").post(browser)
    assert came.headers["location"] == "/exports/new?item=content-1"


def test_a_launch_counts_once(school: School, browser: httpx.Client) -> None:
    form = school.asked(browser, "teacher-1")
    kept = browser.headers["Cookie"]
    assert form.post(browser).status_code == 303
    browser.headers["Cookie"] = kept
    assert "used before" in refused(form.post(browser))


def test_a_form_in_another_browser_asks_who_it_is(school: School, browser: httpx.Client) -> None:
    form = school.asked(browser, "teacher-1")
    with Browser(school.api.url) as other:
        page = form.post(other)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert "Ada Lovelace" in page.text
    assert "Biology, grade 9" in page.text


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"key": "another"}, "InvalidSignatureError"),
        ({"iss": "https://other.example"}, "InvalidIssuerError"),
        ({"aud": "another tool"}, "InvalidAudienceError"),
        ({"azp": "another tool"}, "azp"),
        ({f"{_CLAIM}deployment_id": "2"}, "deployment"),
        ({f"{_CLAIM}version": "1.1"}, "version"),
        ({f"{_CLAIM}message_type": "LtiDeepLinkingRequest"}, "message type"),
        ({f"{_CLAIM}target_link_uri": "https://evil.example/"}, "target"),
        ({"sub": ""}, "names nobody"),
    ],
)
def test_a_planted_fault_is_found(
    school: School, browser: httpx.Client, fault: dict[str, str], reason: str
) -> None:
    form = school.asked(browser, "teacher-1", fault=json.dumps(fault))
    assert reason in refused(form.post(browser))


def test_a_launch_belongs_to_its_own_flow(school: School, browser: httpx.Client) -> None:
    one, other = (school.asked(browser, "teacher-1") for _ in range(2))
    assert "another flow" in refused(one.post(browser, state=other.fields["state"]))
