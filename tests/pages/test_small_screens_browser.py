"""The pages on small screens, by keyboard, and as readers of screens have them."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.pages.slowing import slowed
from tests.pages.tabs import DESKTOP, PHONE, Tab, barriers

pytestmark = pytest.mark.browser

TINY = {"width": 320, "height": 256}
"""What is left of 1280 by 1024 at a zoom of 400% (WCAG 2.2, 1.4.10)."""

STOPS = 45
"""Presses of Tab: all of a page's top, and a screenful of its boxes."""

IN_SIGHT = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return "";
  const box = focused.getBoundingClientRect();
  const dock = document.querySelector(".dock");
  const over = dock && !dock.contains(focused) ? dock.getBoundingClientRect() : null;
  const hidden = over && getComputedStyle(dock).position === "sticky" && box.bottom > over.top + 1;
  const outside = box.top < 0 || box.top > innerHeight;
  return hidden || outside ? focused.outerHTML.slice(0, 120) : "";
}"""


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Iterator[Tab]:
    opened = Tab(browser, stack, viewport=PHONE)
    yield opened
    opened.context.close()


@pytest.fixture(scope="module")
def places(stack: Stack) -> list[str]:
    """Choosing, options with a mistake and without, watching, and what is ready."""
    with ServiceClient(stack.api, stack.token) as client:
        ready = client.export(["content-1", "content-2"], "txt")["job_id"]
        client.wait(ready)
        shared = client.http.post(f"/api/export/jobs/{ready}/shares", json={"name": "Class 9b"})
        assert shared.status_code == 201
    items = "item=content-1&item=content-2"
    return [
        f"/?text=o&{items}",
        "/?nothing=1",
        f"/exports/new?{items}",
        f"/exports/new?{items}&options=1&format=pdf&title=Mine",
        "/exports",
        f"/exports/{ready}",
        "/settings",
    ]


def test_filters_are_folded_on_a_phone_and_in_sight_elsewhere(phone: Tab) -> None:
    page = phone.sign_in()
    text = page.get_by_label("Title contains")
    expect(text).to_be_hidden()
    first = page.get_by_role("checkbox").first.bounding_box()
    dock = page.locator(".dock").bounding_box()
    assert first
    assert dock
    assert first["y"] + first["height"] < dock["y"], "content is on the first screen"
    page.get_by_text("Filter", exact=True).first.click()
    text.fill("photosynthesis")
    phone.button("Filter").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("match")
    expect(text).to_be_hidden()
    expect(page.locator(".filters > summary")).to_have_text("Filter (1)")

    page.goto("/")
    page.set_viewport_size(DESKTOP)
    expect(text).to_be_visible()
    expect(page.locator(".filters > summary")).to_be_hidden()
    text.fill("osmosis")


@pytest.mark.parametrize("size", [PHONE, TINY], ids=["phone", "zoom of 400%"])
def test_what_has_the_focus_is_in_sight(
    browser: Browser, stack: Stack, places: list[str], size: Any
) -> None:
    tab = Tab(browser, stack, viewport=size)
    page = tab.sign_in()
    for place in (places[0], places[2]):
        page.goto(place)
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            assert page.evaluate(IN_SIGHT) == "", place
    tab.context.close()


def test_nothing_is_wider_than_a_screen_at_400_percent(
    browser: Browser, stack: Stack, places: list[str]
) -> None:
    tab = Tab(browser, stack, viewport=TINY)
    page = tab.sign_in()
    for place in places:
        page.goto(place)
        assert barriers(page) == [], place
        positions = "all => all.map(each => getComputedStyle(each).position)"
        assert set(page.locator(".dock").evaluate_all(positions)) <= {"static"}
    tab.context.close()


def test_a_date_with_the_focus_shows_it(phone: Tab) -> None:
    page = phone.sign_in()
    page.get_by_text("Filter", exact=True).first.click()
    page.get_by_label("From", exact=True).focus()
    outline = page.get_by_label("From", exact=True).evaluate(
        "element => getComputedStyle(element).outlineStyle"
    )
    assert outline == "solid"


def test_back_from_options_counts_what_is_chosen(phone: Tab) -> None:
    page = phone.sign_in()
    page.get_by_role("checkbox").first.check()
    phone.to_options()
    page.get_by_label("Title of the file").fill("Mine")
    page.get_by_label("Title of the file").blur()
    (back,) = page.locator("[data-to-content]").evaluate_all("all => all.map(e => e.href)")
    page.goto("/")
    page.get_by_role("checkbox").first.check()
    phone.button("Continue with chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Format and options")
    page.go_back()
    expect(page.locator("#chosen")).to_have_text("1 chosen")

    page.goto(back)
    phone.button("Continue with chosen").click()
    expect(page.get_by_label("Title of the file")).to_have_value("Mine")


def test_the_end_of_a_session_is_said_before_it_comes(phone: Tab) -> None:
    page = phone.sign_in()
    page.clock.install()
    page.goto("/?item=content-1")
    region = page.locator("[data-session-ends]")
    ends = region.evaluate("e => Date.parse(e.dataset.sessionEnds) - Date.now()")
    expect(region).not_to_contain_text("ends soon")
    if ends > 86_400_000:
        pytest.skip("a session of days")
    page.clock.fast_forward(int(ends) - 290_000)
    expect(region).to_contain_text("Your sign-in ends soon. What you fill in here is kept.")
    expect(region.get_by_role("link", name="Sign in again in a new tab")).to_be_visible()
    page.clock.fast_forward(300_000)
    expect(region).to_contain_text("Your sign-in has ended.")


NOTIFIED = """() => {
  window.told = [];
  window.Notification = class {
    static permission = "default";
    static async requestPermission() { this.permission = "granted"; return "granted"; }
    constructor(words) { window.told.push(words); }
    addEventListener() {}
  };
  Object.defineProperty(document, "hidden", { get: () => true });
}"""


def test_an_end_is_notified_if_that_was_asked_for_by_a_button(phone: Tab, stack: Stack) -> None:
    page = phone.sign_in()
    page.add_init_script(f"({NOTIFIED})()")
    page.goto("/exports/new?all=1&format=pdf&usual=1")
    # Else it may be done before somebody can ask for it.
    with slowed(stack.info.pids["worker-render"]):
        phone.button("Start the export").click()
        notify = page.get_by_role("button", name="Notify me when it has ended")
        notify.click()
        expect(notify).to_have_attribute("aria-pressed", "true")
        page.wait_for_function("() => Number.parseInt(document.title) > 0")
        assert page.evaluate("told") == []
        with ServiceClient(stack.api, stack.token) as client:
            client.cancel(page.url.rpartition("/")[2])
    page.wait_for_function("() => told.length > 0")
    (told,) = page.evaluate("told")
    title = told.removesuffix(": Cancelled")
    assert title.endswith(" and 99 more")
    expect(page).to_have_title(f"Cancelled: {title} – Course export")


def _names(page: Page) -> list[str]:
    """What is wrong in the tree that readers of screens have: controls without a name, and heads
    out of their order.
    """
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    wrong, levels, landmarks = [], [], []
    for node in nodes:
        if node.get("ignored"):
            continue
        role = node.get("role", {}).get("value", "")
        name = node.get("name", {}).get("value", "").strip()
        properties = {each["name"]: each["value"].get("value") for each in node["properties"]}
        if properties.get("focusable") and role not in {"RootWebArea", "main", "Date"} and not name:
            wrong.append(f"{role} without a name")
        if role == "heading":
            levels.append(int(properties["level"]))
        landmarks.append(role)
    if levels.count(1) != 1 or any(b > a + 1 for a, b in itertools.pairwise(levels)):
        wrong.append(f"heads {levels}")
    wrong += [
        f"{role} {landmarks.count(role)} times"
        for role in ("main", "banner")
        if landmarks.count(role) != 1
    ]
    return wrong


def test_readers_of_screens_find_a_name_for_everything(
    browser: Browser, stack: Stack, places: list[str]
) -> None:
    for size in (DESKTOP, PHONE):
        tab = Tab(browser, stack, viewport=size)
        page = tab.sign_in()
        for place in places:
            page.goto(place)
            assert _names(page) == [], place
        tab.context.close()


def test_the_tree_leads_through_the_whole_round(browser: Browser, stack: Stack) -> None:
    """Choose, options, watch, hand out, as readers of screens have them from first to last."""
    tab = Tab(browser, stack, viewport=DESKTOP)
    page = tab.sign_in()
    main = page.get_by_role("main")
    page.goto("/?text=photosynthesis")
    expect(main).to_match_aria_snapshot("""
      - heading "Choose content" [level=1]
      - complementary "Filters"
      - region:
        - heading /items? match/ [level=2]
        - list:
          - listitem:
            - checkbox "Photosynthesis"
        - status: Nothing chosen yet
        - button "Continue with chosen"
    """)
    page.get_by_role("checkbox", name="Photosynthesis", exact=True).check()
    expect(main).to_match_aria_snapshot("- status: 1 chosen")
    tab.to_options()
    expect(main).to_match_aria_snapshot("""
      - heading "Format and options" [level=1]
      - region "1 item":
        - list "1 item":
          - listitem: Photosynthesis
      - region "Made for":
        - list:
          - listitem:
            - button "Handout"
      - group "Formats":
        - checkbox "PDF" [checked]
      - group "Options":
        - textbox "Title of the file"
      - region "Before you start"
      - status: /1 file/
      - button "Start the export"
    """)
    with slowed(stack.info.pids["worker-render"]):
        tab.button("Start the export").click()
        expect(main).to_match_aria_snapshot("""
          - article:
            - heading "Photosynthesis" [level=1]
            - region "Details"
        """)
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    page.get_by_label("Whom the link is for").fill("Class 9b")
    tab.button("Make a link").click()
    expect(main).to_match_aria_snapshot("""
      - article:
        - heading "Photosynthesis" [level=1]
        - link /Download PDF/
        - 'link "Open : Photosynthesis (PDF)"'
        - region "Hand out":
          - heading "Hand out" [level=2]
          - list:
            - listitem:
              - 'textbox "Link: Class 9b"'
              - 'button "Copy link : Class 9b"'
              - 'button "End link : Class 9b"'
          - textbox "Whom the link is for"
          - spinbutton "Days that it lasts"
          - button "Make a link"
        - region "Keep or delete"
        - region "Details"
    """)
    assert _names(page) == []
    tab.context.close()
