"""Ways in, in Chromium: from a platform's button to a PDF on a phone, in a frame, at a provider."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from scripts.dev.ports import free_ports
from scripts.dev.stack import Stack
from tests.pages.platform_page import platform
from tests.pages.small_provider import CLIENT, SmallProvider, small_provider
from tests.pages.tabs import LOOKS, PATIENCE_MS, barriers
from tests.services.export.api_kit import Api, owner_id, token

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE_MS)

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1200, height=900)
TARGET = "/exports/new?item=content-1&format=pdf&preset=handout"


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    yield context
    context.close()


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_a_button_leads_to_a_pdf_on_a_phone_in_three_clicks(
    browser: Browser, stack: Stack, tmp_path: Path, with_script: bool
) -> None:
    phone = browser.new_context(
        viewport=PHONE, device_scale_factor=2, has_touch=True, java_script_enabled=with_script
    )
    page = phone.new_page()
    with platform(lambda: stack.api, lambda: stack.token, TARGET) as url:
        page.goto(url)
        page.screenshot(path=tmp_path / "1-platform.png")
        page.get_by_role("link", name="Export this lesson").tap()
        if not with_script:
            page.get_by_role("button", name="Go on").tap()

        expect(page.get_by_role("checkbox", name="PDF")).to_be_checked()
        page.screenshot(path=tmp_path / "2-options.png")
        page.get_by_role("button", name="Start the export").tap()

        download = page.get_by_role("link", name="Download")
        expect(download).to_be_visible(timeout=30_000)
        page.screenshot(path=tmp_path / "3-ready.png")
        with page.expect_download() as downloaded:
            download.tap()

    assert Path(downloaded.value.path()).read_bytes().startswith(b"%PDF-")
    assert downloaded.value.suggested_filename == "Photosynthesis.pdf"
    phone.close()


def test_the_one_who_is_signed_in_is_asked_on_the_way(
    phone: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    page = phone.new_page()
    page.goto(f"{stack.api}/sign-in")
    page.get_by_label("Access token").fill(stack.other_token)
    page.get_by_role("button", name="Sign in", exact=True).click()
    with platform(lambda: stack.api, lambda: stack.token, "/exports") as url:
        page.goto(url)
        page.get_by_role("link", name="Export this lesson").tap()

        expect(page.get_by_role("heading", level=1)).to_have_text("Who goes on?")
        page.screenshot(path=tmp_path / "asked.png")
        assert barriers(page) == []
        page.get_by_role("button", name="Go on as").tap()

        expect(page.get_by_role("heading", level=1)).to_have_text("Your exports")


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str, str]]:
    """A service that a platform shows in a frame, the platform's address and the owner."""
    owner = owner_id()
    running: list[Api] = []
    with platform(lambda: running[0].url, lambda: token(owner), "/exports", framed=True) as url:
        settings = {"EXPORT_FRAME_ANCESTORS": url}
        with Api(tmp_path_factory.mktemp("framed"), settings) as api:
            running.append(api)
            # Playwright's event loop is this thread's.
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(api.add_file, owner).result()
            yield api, url, owner


def test_in_a_frame_one_is_signed_in_and_downloads(
    browser: Browser, framed: tuple[Api, str, str], tmp_path: Path
) -> None:
    api, url, owner = framed
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(url)
    frame = page.frame_locator("iframe")

    expect(frame.get_by_text(owner)).to_be_visible()
    page.screenshot(path=tmp_path / "frame.png")
    with page.expect_download() as downloaded:
        frame.get_by_role("link", name="Download").first.click()
    assert Path(downloaded.value.path()).read_bytes() == b"The exported text."
    frame.get_by_role("link", name="Content", exact=True).click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Choose content")

    other = context.new_page()
    other.goto(f"{api.url}/exports")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    frame.get_by_role("button", name="Sign out").click()
    page.goto(f"{url}/nothing")
    context.close()


def test_a_site_that_is_not_listed_shows_nothing_of_ours(
    browser: Browser, framed: tuple[Api, str, str]
) -> None:
    api, _, owner = framed
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    with platform(lambda: api.url, lambda: token(owner), "/exports", framed=True) as stranger:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(stranger)
        page.wait_for_timeout(1_000)

    assert any("frame-ancestors" in each for each in refused)
    assert page.frame_locator("iframe").get_by_text(owner).count() == 0
    context.close()


@pytest.fixture(scope="module")
def school(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Api, SmallProvider]]:
    with small_provider() as provider:
        [port] = free_ports(1)
        settings = {
            "EXPORT_OIDC_ISSUER": provider.issuer,
            "EXPORT_OIDC_CLIENT_ID": CLIENT,
            "EXPORT_OIDC_NAME": "North School",
            "EXPORT_PORT": str(port),
            # Another site than the provider's.
            "EXPORT_PUBLIC_URL": f"http://localhost:{port}",
        }
        with Api(tmp_path_factory.mktemp("school"), settings) as api:
            yield api, provider


def test_a_school_signs_in_and_one_lands_where_one_was_going(
    browser: Browser, school: tuple[Api, SmallProvider]
) -> None:
    api, provider = school
    provider.claims = {"name": "Ada Lovelace"}
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(f"{api.settings.public_url}/exports?status=completed")
    page.get_by_role("link", name="Sign in with North School").click()
    page.get_by_role("link", name="Yes").click()

    expect(page.get_by_text("Ada Lovelace")).to_be_visible()
    expect(page).to_have_url(f"{api.settings.public_url}/exports?status=completed")
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_the_first_page_shuts_nobody_out(
    browser: Browser, school: tuple[Api, SmallProvider], look: str, tmp_path: Path
) -> None:
    api, _ = school
    context = browser.new_context(base_url=api.settings.public_url, **LOOKS[look])
    page: Page = context.new_page()
    for place in ("/", "/sign-in", "/sign-in?left=oidc", "/enter/nothing"):
        if place.startswith("/enter"):
            # The page sends its form itself; without content the browser stays.
            page.route("**/enter", lambda route: route.fulfill(status=204))
        page.goto(place, wait_until="commit" if place.startswith("/enter") else "load")
        assert barriers(page) == [], f"{place} in {look}"
        page.screenshot(path=tmp_path / f"{place.strip('/').replace('/', '-') or 'first'}.png")
    context.close()
