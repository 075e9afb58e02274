"""Pages of other origins in Chromium: one calls the API when the operator allows its origin."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Browser

from scripts.dev.chromium import chromium
from tests.other_origin import served
from tests.services.export.api_kit import Api, owner_id, token

pytestmark = pytest.mark.browser

CALLS = """async ([api, token, item, file]) => {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ content_ids: [item], format: "txt" });
  const keyed = { ...headers, "Idempotency-Key": "k" };
  const made = await fetch(`${api}/api/export/`, { method: "POST", headers: keyed, body });
  const refused = await fetch(`${api}/api/export/jobs/nothing`, { headers });
  const data = await fetch(`${api}/api/export/jobs/${file}/download`, { headers });
  return {
    made: made.status,
    location: made.headers.get("Location"),
    code: (await refused.json()).code,
    name: data.headers.get("Content-Disposition"),
    text: await data.text(),
  };
}"""
READ = """([api, token]) => fetch(`${api}/api/export/formats`, {
  headers: { Authorization: `Bearer ${token}` },
}).then(() => "an answer", (error) => error.message)"""


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>A platform</title>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def other_origin() -> Iterator[str]:
    """The origin of a page that is not ours."""
    with served(_Blank) as origin:
        yield origin


@dataclass(frozen=True)
class Shared:
    """A service that one other origin may call, and what its owner has there."""

    platform: str
    api: str
    token: str
    item: str
    file: str


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    directory = tmp_path_factory.mktemp("shared")
    owner = owner_id()
    with other_origin() as origin, Api(directory, {"EXPORT_CORS_ORIGINS": origin}) as api:
        [item] = api.add_content(owner, 1)
        yield Shared(origin, api.url, token(owner), item, api.add_file(owner))


@pytest.fixture(scope="module")
def browser(shared: Shared) -> Iterator[Browser]:
    """A running Chromium; data is made before, as its event loop lets no other begin."""
    with chromium() as running:
        yield running


def test_a_platforms_page_exports_and_downloads(browser: Browser, shared: Shared) -> None:
    page = browser.new_page()
    page.goto(shared.platform)
    found = page.evaluate(CALLS, [shared.api, shared.token, shared.item, shared.file])
    page.close()

    assert (found["made"], found["code"]) == (202, "not-found")
    assert found["location"].startswith(f"{shared.api}/api/export/jobs/")
    assert found["text"] == "The exported text."
    assert "Lesson.txt" in found["name"]


def test_another_page_gets_nothing(browser: Browser, shared: Shared) -> None:
    with other_origin() as stranger:
        page = browser.new_page()
        page.goto(stranger)
        found = page.evaluate(READ, [shared.api, shared.token])
        page.goto(shared.platform)
        allowed = page.evaluate(READ, [shared.api, shared.token])
        page.close()

    assert found == "Failed to fetch"
    assert allowed == "an answer"
