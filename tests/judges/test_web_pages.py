"""HTML exports are valid and accessible, by the Nu Html Checker and axe, and ask nobody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from scripts.dev.chromium import chromium
from scripts.dev.screens import DESK, PHONE
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, Files
from tests.judges.tools import installed, npm_packages, npm_version, run

pytestmark = pytest.mark.judges

_HTML: Final = [name for name in CONTENTS if "html" in CONTENTS[name].formats]
_LARGE: Final = {"the demo content", "40 items in five languages"}
"""What would keep axe busy for minutes, and holds nothing that others do not."""


_SKIPPED: Final = "skipping 1 heading level"
_BY_AUTHORS: Final = "authors leave out levels of headings, which stay as they are written"
_EXCEPTED: Final = {
    "the examples of GitHub Flavored Markdown, heading-order": _BY_AUTHORS,
    "the pages of tests/corpus, empty-table-header": "the head of a column is a formula, which axe "
    "takes for no text",
}
"""What axe says and we stay with, by content and rule."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def vnu() -> Judge:
    return Judge("Nu Html Checker", npm_version("vnu-jar"), "a valid web page (HTML Standard)")


def axe(version: str = "") -> Judge:
    return Judge("axe-core", version, "an accessible web page (WCAG 2.2)")


def faults(page: Path) -> list[str]:
    """The errors that the checker finds in a page."""
    jar = npm_packages() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command: list[str | Path] = [
        installed("java"),
        "-Xss16m",
        "-jar",
        jar,
        "--errors-only",
        "--format",
        "json",
    ]
    told = json.loads(run([*command, page], page.parent).stderr)
    return [f"{each.get('lastLine')}: {each['message']}" for each in told["messages"]]


def barriers(page: Page) -> tuple[list[str], str]:
    """What axe finds in an open page, and its version."""
    response: dict[str, Any] = Axe().run(page).response
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in response["violations"]
        for node in each["nodes"]
    ], response["testEngine"]["version"]


@pytest.mark.parametrize("content", _HTML)
def test_each_page_is_valid(content: str, files: Files, conformance: Conformance) -> None:
    found = [each for each in faults(files.of("html")[content]) if _SKIPPED not in each]

    conformance.excepted(vnu(), {_SKIPPED: _BY_AUTHORS})
    conformance.judged(vnu(), "the HTML files", 1, found)
    assert found == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("content", [name for name in _HTML if name not in _LARGE])
def test_each_page_is_accessible(
    content: str, viewport: Any, files: Files, browser: Browser, conformance: Conformance
) -> None:
    page = browser.new_page(viewport=viewport)
    page.goto(files.of("html")[content].as_uri())
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    found, version = barriers(page)
    page.close()

    excepted = {
        place: why
        for place, why in _EXCEPTED.items()
        for each in found
        if place == f"{content}, {each.partition(':')[0]}"
    }
    found = [each for each in found if f"{content}, {each.partition(':')[0]}" not in excepted]
    conformance.excepted(axe(version), excepted)
    conformance.judged(axe(version), "some of the HTML files, on a desk and a phone", 1, found)
    assert found == []


@pytest.mark.parametrize("content", _HTML)
def test_a_page_fits_a_phone_and_asks_nobody(content: str, files: Files, browser: Browser) -> None:
    page = browser.new_page(viewport=PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files.of("html")[content].as_uri())

    assert [url for url in asked[1:] if not url.startswith("data:")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<main", "<main role='bogus'"),
        ("</article>", "</div></article>"),
        ("<p>", "<p id='a b'>"),
    ],
)
def test_a_planted_fault_is_found(
    before: str, after: str, files: Files, tmp_path: Path, conformance: Conformance
) -> None:
    damaged = tmp_path / "damaged.html"
    damaged.write_text(files.of("html")["one item"].read_text().replace(before, after, 1))

    assert faults(damaged)
    conformance.planted(vnu())


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("</style>", "p{color:#ddd}</style>", "color-contrast"),
        ('alt="', 'data-alt="', "image-alt"),
        ('lang="en"', "", "html-has-lang"),
    ],
)
def test_a_planted_barrier_is_found(
    before: str, after: str, rule: str, files: Files, tmp_path: Path, browser: Browser,
    conformance: Conformance,
) -> None:  # fmt: skip
    damaged = tmp_path / "damaged.html"
    damaged.write_text(files.of("html")["one item"].read_text().replace(before, after, 1))
    page = browser.new_page()
    page.goto(damaged.as_uri())
    found, version = barriers(page)
    page.close()

    assert any(each.startswith(rule) for each in found)
    conformance.planted(axe(version))
