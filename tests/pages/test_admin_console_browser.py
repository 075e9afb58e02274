"""The admin console in Chromium: a failed export is found and retried, and nobody is shut out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.pages.tabs import DESKTOP, LOOKS, Tab, barriers

pytestmark = pytest.mark.browser

OPERATOR = "an-operator-with-a-rather-long-name"


@pytest.fixture(scope="module")
def failed(stack: Stack) -> str:
    """A job that failed."""
    with ServiceClient(stack.api, stack.token) as client:
        job = client.wait(client.export(["content-1"], "broken")["job_id"])
        assert job["status"] == "failed"
        client.download(client.wait(client.export(["content-1"], "txt")["job_id"]))
    return str(job["job_id"])


def at_console(stack: Stack, tab: Tab) -> Page:
    """Sign in as an operator."""
    scope = "export:read export:admin"
    token = issue_token(stack.settings, OPERATOR, scope, timedelta(minutes=10))
    tab.page.goto("/sign-in?next=/admin")
    tab.page.get_by_label("Access token").fill(token)
    tab.button("Sign in").click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("How the service is")
    return tab.page


@pytest.fixture
def tab(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=DESKTOP)
    yield opened
    opened.context.close()
    assert opened.wrong == [], "no error, and nothing that the security policy refused"


def test_a_failure_is_found_retried_and_written_down(stack: Stack, tab: Tab, failed: str) -> None:
    page = at_console(stack, tab)
    page.get_by_role("link", name="render-failed").click()
    page.get_by_role("link", name=failed).first.click()
    expect(page.locator(".badge")).to_have_text("Failed")
    workflow = page.get_by_role("link", name="Open its workflow in Temporal")
    assert workflow.get_attribute("href") == (
        f"{stack.info.temporal_ui}/namespaces/default/workflows/export-{failed}"
    )
    tab.button("Retry as a new job").click()

    page.wait_for_url(lambda url: failed not in url)
    new = page.url.rpartition("/")[2]
    page.get_by_role("link", name="Audit log").click()
    page.get_by_label("Action").select_option("Retried")
    page.get_by_label("Job", exact=True).fill(failed)
    tab.button("Show").click()
    (row,) = page.locator("tbody tr").all()
    expect(row).to_contain_text(OPERATOR)
    expect(row.get_by_role("link", name=new)).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_shut_out(browser: Browser, stack: Stack, failed: str, look: str) -> None:
    opened = Tab(browser, stack, **LOOKS[look])
    page = at_console(stack, opened)
    for place in ("", "/jobs", "/jobs?status=expired", f"/jobs/{failed}", "/audit"):
        page.goto(f"/admin{place}")
        assert barriers(page) == [], f"{place} in {look}"
    opened.context.close()


def test_the_state_is_fetched_anew_by_itself(stack: Stack, tab: Tab) -> None:
    page = at_console(stack, tab)
    page.evaluate("window.isTheSamePage = true")
    ready = page.locator(".tile.completed .tile-number")
    before = ready.inner_text()
    with ServiceClient(stack.api, stack.token) as client:
        client.wait(client.export(["content-1"], "txt")["job_id"])
    expect(ready).not_to_have_text(before, timeout=25_000)
    assert page.evaluate("window.isTheSamePage"), "it was not loaded again"
