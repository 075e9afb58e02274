"""The whole round in a language read from the right and in one of wide characters, and axe over
the main states of the pages in each language.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from activities.people.export_titles import title_of_items
from activities.people.languages import LANGUAGES, Language, speaking
from scripts.dev.stack import Stack
from tests.pages.pictures import keep_picture
from tests.pages.tabs import DESKTOP, PHONE, Tab, barriers
from web.pages.words import PAGES

pytestmark = pytest.mark.browser

BOXES = """
() => [...document.querySelectorAll('header nav a, h1, .button.primary, button.primary')]
  .filter(each => each.getClientRects().length)
  .map(each => each.getBoundingClientRect())
  .filter(each => each.left < -1 || each.right > innerWidth + 1).length
"""
"""How many of what leads on a page is out of sight at its side."""


def word(language: Language, english: str) -> str:
    """What the pages say for it."""
    with speaking(language):
        said = PAGES.gettext(english)
    assert said != english or language.tag == "en", english
    return said


def signed_in(tab: Tab, stack: Stack, language: Language) -> Page:
    page = tab.page
    page.goto(f"/sign-in?lang={language.tag}")
    page.locator("#token").fill(stack.token)
    tab.button(word(language, "Sign in")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(word(language, "Choose content"))
    return page


@pytest.fixture(params=["ar", "ja"])
def language(request: pytest.FixtureRequest) -> Language:
    tag: str = request.param
    return LANGUAGES[tag]


@pytest.fixture(params=["desktop", "phone"])
def tab(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Tab]:
    viewport = DESKTOP if request.param == "desktop" else PHONE
    opened = Tab(browser, stack, viewport=viewport)
    yield opened
    opened.context.close()
    assert opened.wrong == []


def test_the_whole_round_in_another_language(
    tab: Tab, stack: Stack, language: Language, request: pytest.FixtureRequest
) -> None:
    page = signed_in(tab, stack, language)
    name = re.sub(r"\W+", "-", request.node.name)
    html = page.locator("html")
    expect(html).to_have_attribute("lang", language.tag)
    expect(html).to_have_attribute("dir", language.direction)
    check(page, f"{name}-1-content")

    for title in ("Electrolysis", "Photosynthesis"):
        page.goto(f"/?text={title.lower()}&{urlencode(chosen(page))}")
        page.get_by_role("checkbox", name=title, exact=True).check()
    tab.button(word(language, "Continue with chosen")).click()
    usual = page.get_by_role("link", name=word(language, "Start from the usual ones"))
    if usual.is_visible():
        usual.click()
    expect(page.get_by_role("checkbox", name="PDF")).to_be_checked()
    page.get_by_role("checkbox", name="EPUB").check()
    check(page, f"{name}-2-options")
    tab.button(word(language, "Start the export")).click()

    group = page.get_by_role("article").first
    ready = group.get_by_text(word(language, "Ready"), exact=True)
    expect(ready).to_have_count(2)
    with speaking(language):
        title = title_of_items(["Electrolysis", "Photosynthesis"])
    expect(group.get_by_role("heading", level=2)).to_have_text(title)
    check(page, f"{name}-3-exports")
    with page.expect_download() as download:
        group.locator("a[href$='/download']").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    group.get_by_role("heading", level=3).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_label(word(language, "Whom the link is for")).fill("9b")
    tab.button(word(language, "Make a link")).click()
    link = page.locator("#hand-out input.link").first.input_value()
    check(page, f"{name}-4-hand-out")
    page.goto(f"{link}?lang={language.tag}")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    check(page, f"{name}-5-shared")
    page.goto("/settings")
    check(page, f"{name}-6-settings")


def chosen(page: Page) -> list[tuple[str, str]]:
    """What is ticked already, as the address of a page has it."""
    ticked = page.locator("input[name=item]:checked, input[name=item][data-elsewhere]")
    return [("item", each) for each in ticked.evaluate_all("all => all.map(each => each.value)")]


def check(page: Page, name: str) -> None:
    """Nothing shuts anybody out, nothing leaves the screen, and nothing is half English."""
    keep_picture(page, name)
    assert barriers(page) == []
    assert page.evaluate(BOXES) == 0
    # Formats of other packages, which tests install, speak English alone.
    assert page.locator("main span[lang=en]:not(.card *)").all_inner_texts() == []


@pytest.mark.parametrize("tag", sorted(set(LANGUAGES) - {"en"}))
def test_no_language_shuts_anybody_out(browser: Browser, stack: Stack, tag: str) -> None:
    language = LANGUAGES[tag]
    tab = Tab(browser, stack, viewport=PHONE)
    page = tab.page
    for path in ("/", f"/sign-in?lang={tag}"):
        page.goto(f"{path}?lang={tag}" if path == "/" else path)
        assert barriers(page) == [], path
    page = signed_in(tab, stack, language)
    for path in ("/", "/exports", "/schedules", "/webhooks", "/exports/00000000"):
        page.goto(path)
        keep_picture(page, f"{tag}{path.replace('/', '-')}")
        assert barriers(page) == [], path
    tab.context.close()
