"""What a browser shows of exported pages and books."""

import io
from pathlib import Path
from zipfile import ZipFile

from PIL import Image
from playwright.sync_api import Browser, ViewportSize

DESK: ViewportSize = {"width": 860, "height": 820}
PHONE: ViewportSize = {"width": 390, "height": 820}


def screen(
    browser: Browser, page: Path, viewport: ViewportSize, place: str = "", *, unfold: bool = False
) -> Image.Image:
    """A page as a window of this size shows it.

    Args:
        browser: that shows it.
        page: a file.
        viewport: the size of the window.
        place: a selector of what stands at its top.
        unfold: whether the first answers are unfolded.
    """
    shown = browser.new_page(viewport=viewport)
    shown.goto(page.as_uri())
    if unfold:
        shown.locator("details.answer").first.evaluate("each => each.open = true")
    if place:
        shown.locator(place).first.evaluate("each => each.scrollIntoView()")
    with Image.open(io.BytesIO(shown.screenshot())) as image:
        taken = image.convert("RGB")
    shown.close()
    return taken


def unpacked_book(book: Path, directory: Path) -> Path:
    """The folder of the texts of a book, unpacked."""
    with ZipFile(book) as package:
        package.extractall(directory)
    return directory / "EPUB"


def text_with(folder: Path, part: str) -> Path:
    """The first text of a book that holds this part, in the order of its navigation."""
    order = (folder / "nav.xhtml").read_text()
    texts = (text for text in folder.glob("p*.xhtml") if f'"part {part}"' in text.read_text())
    return min(texts, key=lambda text: order.index(text.name))
