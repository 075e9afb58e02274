"""A handout and its answer key given to a class: used up, ended, late; and a form that outlives the
session in which it was filled in.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from scripts.dev.stack import Stack
from tests.pages.pictures import keep_picture
from tests.pages.tabs import DESKTOP, PHONE, Tab, barriers

pytestmark = pytest.mark.browser


@pytest.fixture
def teacher(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=DESKTOP)
    opened.sign_in()
    yield opened
    opened.context.close()
    assert opened.wrong == []


@pytest.fixture
def phones(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Those of three pupils, who have never been here."""
    opened = [browser.new_context(viewport=PHONE) for _ in range(3)]
    yield opened
    for each in opened:
        each.close()


def export(teacher: Tab, preset: str) -> Page:
    page = teacher.page
    page.goto("/exports/new?item=content-1&item=content-6&usual=1")
    teacher.button(preset).click()
    expect(teacher.button(preset)).to_have_attribute("aria-pressed", "true")
    teacher.button("Start the export").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    return page


def share(teacher: Tab, name: str, downloads: int | None = None) -> str:
    page = teacher.page
    page.get_by_label("Whom the link is for").fill(name)
    if downloads is not None:
        page.get_by_label("Downloads at most").fill(str(downloads))
    teacher.button("Make a link").click()
    made = page.get_by_role("textbox", name=f"Link: {name}")
    expect(made).to_be_visible()
    return made.input_value()


def text_of(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    file = PdfReader(str(download.value.path()))
    return "".join(each.extract_text() for each in file.pages)


def test_a_handout_and_its_answer_key_are_given_to_a_class(
    teacher: Tab, stack: Stack, phones: list[BrowserContext]
) -> None:
    page = export(teacher, "Handout")
    title = page.get_by_role("heading", level=1).inner_text()
    assert title.endswith(" and 1 more")
    handout = share(teacher, "Class 9b", 2)
    keep_picture(page, "class-1-handout-shared")
    handout_page = page.url
    export(teacher, "Teacher’s edition")
    key = share(teacher, "Parents of 9b")
    key_page = page.url
    assert barriers(page) == []

    pupils = [each.new_page() for each in phones]
    for pupil in pupils[:2]:
        pupil.goto(handout)
        expect(pupil.get_by_role("heading", level=1)).to_have_text(title)
        keep_picture(pupil, "class-2-pupil")
        assert barriers(pupil) == []
        assert "Photosynthesis" in text_of(pupil)
    # Who has it may have it again, and costs nobody else a download.
    pupils[0].reload()
    expect(pupils[0].get_by_text("You have downloaded it already.")).to_be_visible()
    text_of(pupils[0])
    pupils[2].goto(handout)
    expect(pupils[2].get_by_text("which have all been used")).to_be_visible()
    keep_picture(pupils[2], "class-3-used-up")
    assert barriers(pupils[2]) == []
    page.goto(handout_page)
    expect(page.locator("#hand-out")).to_contain_text("Used up")
    expect(page.locator("#hand-out")).to_contain_text("Downloads: 2 of 2")
    keep_picture(page, "class-4-teacher-sees")

    pupils[2].goto(key)
    text_of(pupils[2])
    page.goto(key_page)
    page.get_by_role("button", name="End link : Parents of 9b").click()
    expect(page.locator("#hand-out")).to_contain_text("Ended")
    pupils[2].reload()
    expect(pupils[2].get_by_text("has ended this link")).to_be_visible()
    keep_picture(pupils[2], "class-5-ended")
    # The one does not end the other.
    assert httpx.get(handout).status_code == 410
    page.goto(handout_page)
    page.get_by_role("link", name="Download").wait_for()


def test_who_comes_late_is_told_so_in_their_language(
    teacher: Tab, stack: Stack, phones: list[BrowserContext]
) -> None:
    export(teacher, "Handout")
    link = share(teacher, "Class 9c")
    with httpx.Client(
        base_url=stack.api, headers={"Authorization": f"Bearer {stack.token}"}
    ) as client:
        (made,) = [
            each for each in client.get("/api/export/shares").json()["items"] if each["url"] == link
        ]
        soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        changed = client.patch(f"/api/export/shares/{made['share_id']}", json={"expires_at": soon})
        assert changed.status_code == 200
    late = phones[0].new_page()
    late.wait_for_timeout(2_500)
    late.goto(f"{link}?lang=de")
    expect(late.get_by_text("Dieser Link galt für eine Zeit, die vorbei ist.")).to_be_visible()
    expect(late.locator("main span[lang=en]")).to_have_count(0)
    keep_picture(late, "class-6-late")
    assert barriers(late) == []


def test_a_form_goes_on_after_its_session_ended(teacher: Tab, stack: Stack) -> None:
    page = teacher.page
    page.goto("/exports/new?item=content-6&item=content-1&usual=1")
    page.get_by_label("Title of the file").fill("For the ninth form")
    page.get_by_role("checkbox", name="PDF").uncheck()
    page.get_by_role("checkbox", name="EPUB").check()
    page.get_by_label("Answers", exact=True).select_option("key")
    keep_picture(page, "session-1-filled-in")
    # The session ends, of which this page knows nothing; its cookie outlives it.
    cookies = teacher.context.cookies()
    other = teacher.context.new_page()
    other.goto("/exports")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    teacher.context.add_cookies(cast("Any", cookies))

    teacher.button("Start the export").click()
    expect(page.get_by_text("What you had filled in is kept")).to_be_visible()
    keep_picture(page, "session-2-sign-in")
    assert barriers(page) == []
    page.get_by_label("Access token").fill(stack.token)
    teacher.button("Sign in").click()

    expect(page.get_by_label("Title of the file")).to_have_value("For the ninth form")
    expect(page.get_by_role("checkbox", name="EPUB")).to_be_checked()
    expect(page.get_by_role("checkbox", name="PDF")).not_to_be_checked()
    expect(page.get_by_label("Answers", exact=True)).to_have_value("key")
    items = page.locator("#move input[name=item]").evaluate_all("all => all.map(e => e.value)")
    assert items == ["content-6", "content-1"]
    keep_picture(page, "session-3-goes-on")
    teacher.button("Start the export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For the ninth form")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
