"""The page of the API's description in Chromium: it shows how to begin, to everybody."""

import pytest
from playwright.sync_api import Browser, expect

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.pages.tabs import LOOKS, barriers
from tests.services.export.api_kit import Api

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(browser: Browser, api: Api, scheme: str) -> None:
    context = browser.new_context(**LOOKS[scheme])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{api.url}/docs")
    expect(page.get_by_role("heading", name="The first export")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Show who you are")).to_be_visible()

    assert barriers(page) == []
    assert wrong == []
    context.close()


def test_the_dialog_in_which_a_request_is_tried_shuts_nobody_out(
    browser: Browser, api: Api
) -> None:
    context = browser.new_context(**LOOKS["light"])
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{api.url}/docs#tag/exports/POST/api/export/")
    behind = page.locator("main.references-rendered")
    for _ in range(2):
        page.get_by_role("button", name="Test Request").first.click()
        expect(page.get_by_role("button", name="Send").first).to_be_visible()
        expect(behind).to_have_js_property("inert", True)  # no key leads behind a dialog
        assert barriers(page) == []
        page.keyboard.press("Escape")
        expect(behind).to_have_js_property("inert", False)
    context.close()


def test_the_first_request_works_as_it_stands(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(**LOOKS["light"])
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{stack.api}/docs")
    page.get_by_placeholder("Token").fill(stack.token)
    page.goto(f"{stack.api}/docs#tag/exports/POST/api/export/")
    page.get_by_role("button", name="Test Request").first.click()
    with page.expect_response(lambda answer: answer.url.endswith("/api/export/")) as sent:
        page.get_by_role("button", name="Send").first.click()

    assert sent.value.status == 202
    job_id = sent.value.json()["job_id"]
    context.close()
    with ServiceClient(stack.api, stack.token) as caller:
        assert caller.wait(job_id)["status"] == "completed"
