"""From a course of Open edX by LTI 1.3, in Chromium: in a frame of it, and in a new window."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Page,
    ViewportSize,
    expect,
)

from scripts.dev.stack import Stack
from tests.engines.choice import current
from tests.judges.open_edx import OpenEdx
from tests.pages.tabs import PATIENCE_MS, barriers

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE_MS)

DESKTOP = ViewportSize(width=1200, height=900)
SANDBOX = (
    "allow-scripts allow-forms allow-same-origin allow-downloads allow-popups "
    "allow-popups-to-escape-sandbox"
)
"""What docs/embedding.md tells a platform to allow."""
PICTURES = os.environ.get("EXPORT_PICTURES", "")
"""A directory to keep pictures of the pages in; empty: none are kept."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of the service, with its demo content, and of a platform that launches it."""
    directory = tmp_path_factory.mktemp("school")
    platform = OpenEdx(directory / "open-edx")
    settings = current().variables(directory) | platform.settings
    with (
        Stack(directory, render_workers=1, settings=settings) as stack,
        platform.running(stack.api),
    ):
        yield stack.api, platform.url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=DESKTOP)
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


def course(platform: str, **query: str) -> str:
    return f"{platform}/course?{urlencode(query)}"


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def export_as_pdf(page: Page, place: Page | FrameLocator) -> bytes:
    """Press what a teacher presses, and take the file."""
    expect(place.get_by_role("heading", level=1)).to_have_text("Format and options")
    place.get_by_role("checkbox", name="PDF", exact=True).check()
    place.get_by_role("button", name="Start the export").click()
    with page.expect_download() as downloaded:
        place.get_by_role("link", name="Download").click()
    return Path(downloaded.value.path()).read_bytes()


def test_a_teacher_exports_in_a_frame_of_the_course(
    context: BrowserContext, school: tuple[str, str]
) -> None:
    service, platform = school
    page = context.new_page()
    page.goto(course(platform, **{"as": "teacher-1", "item": "content-1", "sandbox": SANDBOX}))
    frame = page.frame_locator("iframe")

    expect(frame.get_by_text("Ada Lovelace")).to_be_visible()
    picture(page, "lti-frame-options")
    data = export_as_pdf(page, frame)
    picture(page, "lti-frame-ready")

    assert data.startswith(b"%PDF-")
    assert [each["name"] for each in context.cookies(service)] == ["__Host-export_frame"]
    other = context.new_page()
    other.goto(f"{service}/exports")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_sandbox_without_downloads_swallows_the_file(
    context: BrowserContext, school: tuple[str, str]
) -> None:
    _, platform = school
    page = context.new_page()
    held_back = SANDBOX.replace("allow-downloads ", "")
    page.goto(course(platform, **{"as": "teacher-1", "next": "/exports", "sandbox": held_back}))
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("download", lambda _: told.append("a file"))

    page.frame_locator("iframe").get_by_role("link", name="Download").first.click()
    page.wait_for_timeout(1_000)

    assert "a file" not in told
    assert any("sandbox" in each for each in told)


def test_a_teacher_exports_in_a_new_window(
    context: BrowserContext, school: tuple[str, str]
) -> None:
    service, platform = school
    page = context.new_page()
    page.goto(course(platform, **{"as": "teacher-1", "item": "content-2"}))
    with context.expect_page() as opened:
        page.get_by_role("link", name="Export in a new window").click()
    window = opened.value

    expect(window.get_by_text("Ada Lovelace")).to_be_visible()
    expect(window).to_have_url(f"{service}/exports/new?item=content-2")
    assert barriers(window) == []
    assert export_as_pdf(window, window).startswith(b"%PDF-")
    picture(window, "lti-window-ready")


def test_a_learner_comes_in_and_has_nothing_of_the_teachers(
    context: BrowserContext, school: tuple[str, str]
) -> None:
    _, platform = school
    page = context.new_page()
    page.goto(course(platform, **{"as": "learner-1"}))
    with context.expect_page() as opened:
        page.get_by_role("link", name="Export in a new window").click()
    window = opened.value

    expect(window.get_by_role("heading", level=1)).to_have_text("Choose content")
    expect(window.get_by_text("Charles Babbage")).to_be_visible()
    expect(window.get_by_text("There is no content of yours yet.")).to_be_visible()
    picture(window, "lti-window-learner")


def test_a_browser_that_lost_the_cookie_asks_who_it_is(
    browser: Browser, school: tuple[str, str]
) -> None:
    _, platform = school
    # Without JavaScript the platform's form waits.
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{platform}/launch?{urlencode({'as': 'teacher-1', 'next': '/exports'})}")
    context.clear_cookies(domain="127.0.0.1")
    page.evaluate("document.forms[0].submit()")

    expect(page.get_by_role("heading", level=1)).to_have_text("Go on as Ada Lovelace?")
    expect(page.get_by_text("Biology, grade 9")).to_be_visible()
    picture(page, "lti-asked")
    page.get_by_role("button", name="Go on as Ada Lovelace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your exports")
    context.close()
