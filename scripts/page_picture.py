"""Draw the picture of the web page in docs/gallery: on a desk in light, on a phone in dark.

Needs Chromium. Starts a service of its own with the demo content; the fonts that the machine has
decide what the picture looks like.
"""

import argparse
import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, ViewportSize, expect

from scripts.dev.chromium import chromium
from scripts.dev.stack import Stack

_DESK: ViewportSize = {"width": 1180, "height": 860}
_PHONE: ViewportSize = {"width": 390, "height": 860}
_ITEMS = "item=content-86&item=content-125&item=content-130"
_FORMATS = "options=1&format=pdf&format=xlsx&include_metadata=1"
_PARTS = "parts=outline&parts=study_guide&parts=faqs&parts=flashcards&parts=reading_guide_questions"
_COLORS = 64
_GAP = 14
_EDGE = "#c0c0c0"


def draw(stack: Stack, browser: Browser) -> Image.Image:
    """Both pages, side by side."""
    desk = _signed_in(browser, stack, color_scheme="light", viewport=_DESK)
    desk.goto(f"/exports/new?{_ITEMS}&{_FORMATS}&{_PARTS}")
    left = _taken(desk)
    desk.get_by_role("button", name="Start the export").click()
    ready = desk.get_by_role("article").get_by_text("Ready", exact=True)
    expect(ready).to_have_count(2)
    phone = _signed_in(browser, stack, color_scheme="dark", viewport=_PHONE)
    phone.goto("/exports")
    right = _taken(phone)
    picture = Image.new("RGB", (left.width + _GAP + right.width, left.height), "white")
    picture.paste(left, (0, 0))
    picture.paste(right, (left.width + _GAP, 0))
    return picture.quantize(_COLORS, dither=Image.Dither.NONE)


def _signed_in(
    browser: Browser,
    stack: Stack,
    *,
    color_scheme: Literal["dark", "light"],
    viewport: ViewportSize,
) -> Page:
    context = browser.new_context(
        base_url=stack.api, locale="en-GB", color_scheme=color_scheme, viewport=viewport
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Access token").fill(stack.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose content")
    return page


def _taken(page: Page) -> Image.Image:
    with Image.open(io.BytesIO(page.screenshot())) as image:
        return ImageOps.expand(image.convert("RGB"), 1, _EDGE)


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    target = CHECKOUT / "docs" / "gallery" / "page.png"
    parser.add_argument("--out", type=Path, default=target, help="file (docs/gallery/page.png)")
    arguments = parser.parse_args()
    with (
        TemporaryDirectory() as directory,
        Stack(Path(directory), render_workers=1) as stack,
        chromium() as browser,
    ):
        draw(stack, browser).save(arguments.out, optimize=True)
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
