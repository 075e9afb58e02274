"""Schedules and webhooks in Chromium: made from the pages, without barriers, in German, too."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from scripts.dev.stack import Stack
from tests.pages.tabs import LOOKS, Tab, barriers
from tests.receiver import Receiver

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "phone, dark"])
def tab(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Tab]:
    opened = Tab(browser, stack, **LOOKS[request.param], timezone_id="Asia/Tokyo", locale="de")
    yield opened
    opened.context.close()
    assert opened.wrong == []


def signed_in(tab: Tab, stack: Stack) -> None:
    tab.page.goto("/sign-in?lang=de")
    tab.page.locator("#token").fill(stack.token)
    tab.page.locator("form[action$='/sign-in'] button.primary").click()
    expect(tab.page.get_by_role("link", name="Zeitpläne")).to_be_visible()


def test_an_export_is_repeated_in_the_zone_of_the_browser(tab: Tab, stack: Stack) -> None:
    page = tab.page
    signed_in(tab, stack)
    page.goto("/exports/new?item=content-1")
    page.get_by_text("Diesen Export wiederholen").click()
    expect(page.get_by_label("Zeitzone")).to_have_value("Asia/Tokyo")
    assert barriers(page) == []
    page.get_by_label("Name", exact=True).fill("Für Ada")
    page.get_by_label("Wie oft").select_option("weekly")
    tab.button("Wiederholen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deine Zeitpläne")
    made = page.get_by_role("article").filter(has_text="Für Ada").first
    expect(made).to_contain_text("Jeden Montag um 6:00 (Asia/Tokyo)")
    assert barriers(page) == []
    made.get_by_role("button", name="Entfernen").click()


def test_a_webhook_is_added_tried_and_removed(tab: Tab, stack: Stack, receiver: Receiver) -> None:
    page = tab.page
    signed_in(tab, stack)
    page.goto("/webhooks")
    assert barriers(page) == []
    page.get_by_label("Adresse", exact=True).fill(f"{receiver.origin}/{uuid4().hex}")
    tab.button("Den Webhook hinzufügen").click()
    assert page.get_by_label("Geheimnis", exact=True).input_value().startswith("whsec_")
    assert barriers(page) == []
    page.get_by_role("link", name="Zum Webhook").click()
    tab.button("Einen Test senden").click()
    expect(page.locator("tbody .badge")).to_be_visible()
    assert barriers(page) == []
    tab.button("Entfernen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deine Webhooks")
