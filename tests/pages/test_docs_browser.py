"""The page of the API's description in Chromium: it shows how to begin, to everybody."""

import pytest
from playwright.sync_api import Browser, expect

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
