"""A course of eight lessons in an order of one's own, in Chromium, into the file."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.dev.stack import Stack
from tests.pages.tabs import LOOKS, Tab, barriers

pytestmark = pytest.mark.browser

COURSE = [
    *("Cell structure", "Enzymes", "Photosynthesis", "Cellular respiration", "DNA replication"),
    *("Mitosis and meiosis", "Mendelian genetics", "Natural selection"),
]
PICTURES = os.environ.get("EXPORT_PICTURES", "")
"""A directory to keep pictures of the pages in; empty: none are kept."""


@pytest.fixture(params=["light", "phone"])
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tab(browser: Browser, stack: Stack, look: str) -> Iterator[Tab]:
    opened = Tab(browser, stack, **LOOKS[look])
    yield opened
    opened.context.close()
    assert opened.wrong == []


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def places(page: Page) -> list[str]:
    return page.locator("#move .place").all_inner_texts()


def test_a_course_of_eight_lessons_is_ordered_and_exported(tab: Tab, look: str) -> None:
    page = tab.sign_in()
    picture(page, f"content-{look}")
    if look == "phone":
        page.locator(".filters > summary").click()
    page.get_by_label("Course").select_option(label="How life works (8)")
    tab.button("Filter").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("8 items match")
    assert page.locator(".item-title").all_inner_texts() == COURSE
    tab.button("Choose all on this page").click()
    picture(page, f"course-{look}")
    assert barriers(page) == []
    tab.to_options()

    expect(page.get_by_label("Title of the file")).to_have_value("How life works")
    assert places(page) == COURSE
    up = page.get_by_role("button", name="Move up: Natural selection", exact=True)
    up.focus()
    for _ in range(7):
        page.keyboard.press("Enter")
    expect(page.locator("#announcements")).to_have_text("Natural selection: now 1 of 8")
    expect(page.get_by_role("button", name="Move down: Natural selection")).to_be_focused()
    order = [COURSE[-1], *COURSE[:-1]]
    assert places(page) == order
    if look != "phone":
        entries = page.locator("#move > li")
        entries.nth(7).drag_to(entries.nth(1), target_position={"x": 40, "y": 2})
        order.insert(1, order.pop())
        assert places(page) == order
        expect(page.locator("#announcements")).to_have_text("Mendelian genetics: now 2 of 8")
    # The page may have the order of the export before.
    tab.button("Move down: Flashcards").click()
    while tab.button("Move up: Flashcards").is_enabled():
        tab.button("Move up: Flashcards").click()
    expect(page.locator("#announcements")).to_have_text("Flashcards: now 1 of 5")
    picture(page, f"order-{look}")
    assert barriers(page) == []

    page.get_by_role("checkbox", name="PDF", exact=True).uncheck()
    page.get_by_role("checkbox", name="JSON", exact=True).check()
    page.get_by_role("checkbox", name="Plain text", exact=True).check()
    tab.button("Start the export").click()
    ready = page.get_by_role("article").filter(has_text="How life works").first
    expect(ready.get_by_text("Ready", exact=True)).to_have_count(2)
    names = set()
    for number in range(2):
        with page.expect_download() as download:
            ready.get_by_role("link", name="Download").nth(number).click()
        data = Path(download.value.path()).read_bytes()
        names.add(download.value.suggested_filename)
        if data.startswith(b"{"):
            items = msgspec.json.decode(data)["items"]
            assert [each["title"] for each in items] == order
            assert items[0]["collections"][0]["title"] == "How life works"
        else:
            text = data.decode().upper()
            found = [text.index(title.upper()) for title in order]
            assert found == sorted(found)
            assert text.index("FLASHCARDS") < text.index("FREQUENTLY ASKED QUESTIONS")
    assert names == {"How-life-works.json", "How-life-works.txt"}
