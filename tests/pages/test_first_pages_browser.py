"""Pictures of first pages in Chromium: they come, follow what is chosen, and hold up nobody."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from scripts.dev.stack import Stack
from tests.pages.tabs import DESKTOP, PATIENCE_MS, Tab, barriers

pytestmark = pytest.mark.browser

FIVE = "&".join(f"item=content-{number}" for number in (1, 6, 35, 55, 97))


@pytest.fixture
def tab(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=DESKTOP)
    opened.sign_in()
    yield opened
    opened.context.close()


def options_of_five(tab: Tab, stack: Stack) -> Page:
    tab.page.goto(f"{stack.api}/exports/new?{FIVE}&usual=1")
    return tab.page


@pytest.fixture(scope="module", autouse=True)
def drawn(browser: Browser, stack: Stack) -> None:
    """Pictures, drawn once: the very first may take a busy machine longer than anybody waits."""
    opened = Tab(browser, stack, viewport=DESKTOP)
    opened.sign_in()
    address = cover_of(options_of_five(opened, stack)).get_attribute("src")
    statuses = (opened.page.request.get(f"{stack.api}{address}").status for _ in range(6))
    assert 200 in statuses
    opened.context.close()


def cover_of(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("The first page: .+ and 4 more"))


def is_drawn(picture: Locator) -> None:
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True, timeout=PATIENCE_MS)
    expect(picture).to_have_js_property("naturalWidth", 700, timeout=PATIENCE_MS)


def test_pictures_follow_what_is_chosen(tab: Tab, stack: Stack) -> None:
    page = options_of_five(tab, stack)
    is_drawn(cover_of(page))
    is_drawn(page.get_by_role("img", name="A page of the content"))
    assert barriers(page) == []
    before = cover_of(page).get_attribute("src")
    page.get_by_label("Look", exact=True).select_option("ink")
    expect(cover_of(page)).not_to_have_attribute("src", before or "", timeout=PATIENCE_MS)
    is_drawn(cover_of(page))
    assert tab.wrong == []
    page.get_by_role("checkbox", name="PDF").uncheck()
    page.get_by_role("checkbox", name="Web page (HTML)").check()
    expect(page.locator("[data-first-pages]")).to_have_count(0)


def test_nothing_moves_when_a_picture_comes(tab: Tab, stack: Stack) -> None:
    waiting: list[Route] = []
    tab.context.route("**/exports/previews/**", lambda route: waiting.append(route))
    page = options_of_five(tab, stack)
    cover_of(page).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    before = page.locator("figure.first-pages").bounding_box()
    for route in waiting:
        route.continue_()
    is_drawn(cover_of(page))
    assert page.locator("figure.first-pages").bounding_box() == before


def test_the_page_says_when_there_are_none(tab: Tab, stack: Stack) -> None:
    tab.context.route("**/exports/previews/**", lambda route: route.fulfill(status=503))
    page = options_of_five(tab, stack)
    page.locator("#preview").scroll_into_view_if_needed()
    expect(page.get_by_text("The first pages cannot be shown now.")).to_be_visible()
    expect(tab.button("Start the export")).to_be_enabled()


def test_without_a_script_they_come_with_the_page(browser: Browser, stack: Stack) -> None:
    tab = Tab(browser, stack, viewport=DESKTOP, java_script_enabled=False)
    tab.sign_in()
    # Browsers without a script wait for nobody to scroll.
    with tab.page.expect_response("**/exports/previews/*/1") as told:
        page = options_of_five(tab, stack)
    assert told.value.status == 200
    page.get_by_label("Look", exact=True).select_option("ink")
    with page.expect_response("**/exports/previews/*/1") as again:
        tab.button("Update the preview").click()
    assert again.value.status == 200
    assert again.value.url != told.value.url
    tab.context.close()
