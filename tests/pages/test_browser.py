"""The pages in Chromium: the whole round by mouse, by keyboard and without a script, and axe."""

import io
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect
from pypdf import PdfReader

from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.pages.slowing import slowed
from tests.pages.tabs import DESKTOP, LOOKS, PATIENCE_MS, Tab, barriers

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=DESKTOP)
    yield opened
    opened.context.close()
    assert opened.wrong == [], "no error, and nothing that the security policy refused"


@pytest.fixture
def tab_without_script(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=DESKTOP, java_script_enabled=False)
    yield opened
    opened.context.close()


def content_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def downloaded(page: Page, link: Locator) -> tuple[str, bytes]:
    with page.expect_download() as download:
        link.click()
    return download.value.suggested_filename, content_of(download.value)


def choose(page: Page, title: str) -> None:
    page.get_by_role("checkbox", name=title, exact=True).check()


def test_a_course_is_exported_in_two_formats_within_a_minute(tab: Tab) -> None:
    began = time.monotonic()
    page = tab.sign_in()
    page.get_by_label("Title contains").fill("photosynthesis")
    page.get_by_role("checkbox", name="Flashcards", exact=True).check()
    tab.button("Filter").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("match")
    choose(page, "Photosynthesis")
    tab.to_options()

    expect(page.get_by_role("checkbox", name="PDF")).to_be_checked()
    page.get_by_role("checkbox", name="Excel (XLSX)").check()
    table = page.get_by_role("region", name="What to expect of each format").get_by_role("table")
    expect(table.get_by_role("row", name="Excel (XLSX)")).to_contain_text("Formulas stay as TeX")
    expect(table.get_by_role("row", name="PDF")).to_contain_text("Nothing is lost.")
    expect(page.locator("#summary")).to_contain_text("2 files · about")
    tab.button("Start the export").click()

    expect(page.get_by_text("2 exports have started.")).to_be_visible()
    group = page.get_by_role("article").first
    expect(group.get_by_role("heading", level=2)).to_have_text("Photosynthesis")
    expect(group.get_by_text("Ready", exact=True)).to_have_count(2)
    name, data = downloaded(page, group.get_by_role("link", name="Download Excel"))
    assert name == "Photosynthesis.xlsx"
    assert "Photosynthesis" in str(
        [
            cell
            for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].values
            for cell in row
        ]
    )
    name, data = downloaded(page, group.get_by_role("link", name="Download PDF"))
    assert name == "Photosynthesis.pdf"
    assert "chloroplast" in "".join(
        each.extract_text() for each in PdfReader(io.BytesIO(data)).pages
    )
    assert time.monotonic() - began < 60


def test_several_formats_come_together_in_one_zip(tab: Tab) -> None:
    page = tab.sign_in()
    page.get_by_label("Title contains").fill("photosynthesis")
    tab.button("Filter").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("match")
    choose(page, "Photosynthesis")
    tab.to_options()
    page.get_by_role("checkbox", name="Excel (XLSX)").check()
    page.get_by_role("checkbox", name="Web page (HTML)").check()
    page.get_by_role("checkbox", name="Several formats together in one zip file").check()
    tab.button("Start the export").click()

    job = page.get_by_role("article").first
    expect(job.get_by_text("Ready", exact=True)).to_be_visible()
    name, data = downloaded(page, job.get_by_role("link", name="Download"))
    assert name == "Photosynthesis.zip"
    with ZipFile(io.BytesIO(data)) as archive:
        names = {Path(each).suffix for each in archive.namelist() if "Photosynthesis" in each}
        assert names == {".pdf", ".xlsx", ".html"}
        assert "Photosynthesis" in archive.read("Photosynthesis.html").decode()


def focus(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, which must be seen on it."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", "the focus must be seen"
            return
    pytest.fail(f"the keyboard does not reach {target}")


def test_everything_can_be_done_by_keyboard(tab: Tab) -> None:
    page = tab.page
    page.goto("/sign-in")
    focus(page, page.get_by_label("Access token"))
    page.keyboard.insert_text(tab._token)
    focus(page, tab.button("Sign in"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose content")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    focus(page, page.get_by_label("Title contains"))
    page.keyboard.type("Photosynthesis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text("match")
    focus(page, page.get_by_role("checkbox", name="Photosynthesis", exact=True))
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    focus(page, tab.button("Continue with chosen"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Format and options")
    usual = page.get_by_role("link", name="Start from the usual ones")
    if usual.is_visible():
        focus(page, usual)
        page.keyboard.press("Enter")
        expect(usual).to_be_hidden()

    focus(page, page.get_by_role("checkbox", name="PDF"))
    page.keyboard.press("Space")
    focus(page, page.get_by_role("checkbox", name="Plain text"))
    page.keyboard.press("Space")
    focus(page, tab.button("Start the export"))
    page.keyboard.press("Enter")

    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible()
    focus(page, download)
    with page.expect_download() as file:
        page.keyboard.press("Enter")
    assert "Photosynthesis" in content_of(file.value).decode()

    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    focus(page, page.get_by_label("Whom the link is for"))
    page.keyboard.type("Class 9b")
    focus(page, page.get_by_label("Downloads at most"))
    page.keyboard.type("30")
    focus(page, tab.button("Make a link"))
    page.keyboard.press("Enter")
    focus(page, tab.button("Copy link : Class 9b"))
    page.keyboard.press("Enter")
    expect(page.locator("#announcements")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.get_by_role("textbox", name="Link: Class 9b").input_value()
    focus(page, page.get_by_role("button", name="End link : Class 9b"))
    page.keyboard.press("Enter")
    expect(page.locator("#hand-out")).to_contain_text("Ended")


def test_everything_can_be_done_without_a_script(tab_without_script: Tab) -> None:
    tab = tab_without_script
    page = tab.sign_in()
    page.get_by_label("Title contains").fill("photosynthesis")
    tab.button("Filter").click()
    choose(page, "Photosynthesis")
    tab.to_options()
    page.get_by_role("checkbox", name="PDF").uncheck()
    page.get_by_role("checkbox", name="CSV", exact=True).check()
    tab.button("Update the preview").click()
    expect(page.get_by_role("row", name="CSV")).to_contain_text("Formulas stay as TeX")
    assert "form_key" not in page.url
    tab.button("Start the export").click()

    # The page reloads by itself while the export goes on.
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=PATIENCE_MS)
    name, data = downloaded(page, download)

    assert name == "Photosynthesis.csv"
    assert data.startswith(b'\xef\xbb\xbf"item_id"')
    tab.button("Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_progress_is_live_and_can_be_stopped(tab: Tab, stack: Stack) -> None:
    page = tab.sign_in()
    tab.button("Export the first 100").click()
    expect(page.get_by_text("32 more matched")).to_be_visible()
    tab.take_usual_options()
    # Else it may be done before somebody can stop it.
    with slowed(stack.info.pids["worker-render"]):
        tab.button("Start the export").click()
        bar = page.get_by_role("progressbar")
        page.wait_for_function("() => document.querySelector('progress').value > 20")
        expect(page.locator("[data-summary]")).to_contain_text("of 100 items")
        before = float(bar.get_attribute("value") or 0)
        page.wait_for_function(f"() => document.querySelector('progress').value > {before}")
        page.get_by_role("button", name=re.compile(r"Cancel : .+ and 99 more \(PDF\)")).click()
    expect(page.get_by_text("Cancelled. Nothing of it was kept.")).to_be_visible()
    expect(page.get_by_role("link", name="Export again")).to_be_visible()


def test_a_double_click_starts_one_export(tab: Tab, client: ServiceClient) -> None:
    page = tab.sign_in()
    choose(page, "La evolución de las especies")
    tab.to_options()
    before = client.http.get("/api/export/jobs").json()["total"]

    tab.button("Start the export").dblclick()

    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    assert client.http.get("/api/export/jobs").json()["total"] == before + 1


def test_a_link_from_another_site_finds_one_signed_in(tab: Tab, stack: Stack) -> None:
    page = tab.sign_in()
    link = f'<!DOCTYPE html><title>Elsewhere</title><a href="{stack.api}/exports">Exports</a>'
    page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(body=link, content_type="text/html"),
    )
    page.goto("http://elsewhere.example/")

    page.get_by_role("link", name="Exports").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your exports")


def test_only_options_that_matter_are_shown(tab: Tab) -> None:
    page = tab.sign_in()
    choose(page, "La evolución de las especies")
    tab.to_options()

    expect(page.get_by_label("Paper")).to_be_visible()
    expect(page.get_by_label("CSV files")).to_be_hidden()
    page.get_by_role("checkbox", name="PDF").uncheck()
    page.get_by_role("checkbox", name="CSV", exact=True).check()
    expect(page.get_by_label("Paper")).to_be_hidden()
    expect(page.get_by_label("CSV files")).to_be_visible()
    expect(page.get_by_role("row", name="CSV")).to_be_visible()
    expect(page.get_by_role("row", name="PDF")).to_be_hidden()


@pytest.fixture(scope="module")
def places(stack: Stack) -> list[str]:
    """The address of every kind of page, with jobs that have ended in each way."""
    with ServiceClient(stack.api, stack.token) as client:
        ready = client.export(["content-1", "content-2"], "txt")["job_id"]
        cancelled = client.export(["content-1"], "pdf")["job_id"]
        client.cancel(cancelled)
        client.wait(cancelled)
        client.wait(ready)
    token = issue_token(
        stack.settings, "somebody-who-goes", "export:read export:write", timedelta(minutes=5)
    )
    with ServiceClient(stack.api, token) as leaving:
        erasure = leaving.http.delete("/api/export/owner").json()["erasure_id"]
    return [
        "/",
        "/?item=content-1&item=content-2&text=o",
        "/?text=nothing-has-this",
        "/exports/new?item=content-1&item=content-2&options=1&parts=outline&format=pdf&format=csv",
        "/exports/new",
        "/exports",
        "/exports?status=expired",
        f"/exports/{ready}",
        f"/exports/{cancelled}",
        "/exports/nothing",
        "/archives",
        "/check",
        "/check?sha256=0",
        "/settings",
        f"/erased/{erasure}",
        "/sign-in?ended=1",
    ]


@pytest.mark.parametrize(
    ("look", "direction"), [*((look, "ltr") for look in LOOKS), ("light", "rtl"), ("phone", "rtl")]
)
def test_nobody_is_shut_out(
    browser: Browser, stack: Stack, places: list[str], look: str, direction: str
) -> None:
    opened = Tab(browser, stack, **LOOKS[look])
    page = opened.sign_in()
    for place in places:
        page.goto(place)
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)

        assert barriers(page) == [], f"{place} in {look}, {direction}"
    opened.context.close()
