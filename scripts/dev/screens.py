"""What a browser shows of exported pages and books."""

import io
import json
import re
import sqlite3
from contextlib import closing
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


def unpacked(package: Path, directory: Path) -> Path:
    """The folder of what is in a zip."""
    with ZipFile(package) as archive:
        archive.extractall(directory)
    return directory


def card_sides(package: Path, directory: Path) -> list[Path]:
    """Pages with the two sides of a deck's first cards, as Anki shows them.

    They are cards without formulas, which Anki draws and a browser by itself does not.
    """
    folder = unpacked(package, directory / "deck")
    with closing(sqlite3.connect(folder / "collection.anki2")) as deck:
        [(told,)] = deck.execute("SELECT models FROM col")
        notes = [fields.split("\x1f") for (fields,) in deck.execute("SELECT flds FROM notes")]
    [kind] = json.loads(told).values()
    [template] = kind["tmpls"]
    pages = []
    plain = [fields for fields in notes if "\\(" not in fields[0] + fields[1]]
    for number, fields in enumerate(plain[:2]):
        shown = {field["name"]: text for field, text in zip(kind["flds"], fields, strict=True)}
        front = _filled(template["qfmt"], shown)
        back = _filled(template["afmt"], {**shown, "FrontSide": front})
        for side, text in (("front", front), ("back", back)):
            page = directory / f"{side}-{number}.html"
            page.write_text(
                f'<!doctype html><meta charset="utf-8"><style>{kind["css"]}</style>'
                f'<body class="card">{text}'
            )
            pages.append(page)
    return pages


def _filled(template: str, values: dict[str, str]) -> str:
    """A template of Anki with its fields."""
    kept = re.sub(
        r"\{\{#(\w+)\}\}(.*?)\{\{/\1\}\}", lambda m: m[2] if values[m[1]] else "", template
    )
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], kept)


def unpacked_book(book: Path, directory: Path) -> Path:
    """The folder of the texts of a book, unpacked."""
    return unpacked(book, directory) / "EPUB"


def text_with(folder: Path, part: str) -> Path:
    """The first text of a book that holds this part, in the order of its navigation."""
    order = (folder / "nav.xhtml").read_text()
    texts = (text for text in folder.glob("p*.xhtml") if f'"part {part}"' in text.read_text())
    return min(texts, key=lambda text: order.index(text.name))
