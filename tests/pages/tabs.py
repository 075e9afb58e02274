"""Tabs of a browser, and what would shut somebody out of the page that they show."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from scripts.dev.stack import Stack

DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
    "phone, dark": {"viewport": PHONE, "color_scheme": "dark"},
    "large print": {"viewport": {"width": 640, "height": 450}, "color_scheme": "light"},
}
"""The last one is what is left of a small screen at a zoom of 200%."""

PATIENCE_MS = 30_000


class Tab:
    """One page of a browser, with whatever went wrong in it."""

    def __init__(self, browser: Browser, stack: Stack, **settings: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=stack.api, **settings)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._note)
        self._token = stack.token

    def _note(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(message.text)

    def sign_in(self) -> Page:
        self.page.goto("/sign-in")
        self.page.get_by_label("Access token").fill(self._token)
        self.button("Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Choose content")
        return self.page

    def to_options(self) -> None:
        """Go on to formats and options, which are the usual ones whatever was chosen last."""
        self.button("Continue with chosen").click()
        self.take_usual_options()

    def take_usual_options(self) -> None:
        """Leave those of the export before."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Format and options")
        usual = self.page.get_by_role("link", name="Start from the usual ones")
        if usual.is_visible():
            usual.click()
            expect(usual).to_be_hidden()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


def barriers(page: Page) -> list[str]:
    """The violations that axe finds, and one more if the page is wider than the screen."""
    violations = Axe().run(page).response["violations"]
    found = [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations]
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("wider than the screen")
    return found
