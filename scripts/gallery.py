"""Draw the pictures of exports in docs/gallery: pages, sheets and screens as people see them.

Needs LibreOffice (soffice), poppler (pdftoppm) and Chromium; the fonts that they find decide what
the files of Word and Excel, pages and books look like.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

import msgspec
from PIL import Image, ImageOps
from playwright.sync_api import ViewportSize

from activities.formats.testing import render
from activities.model.content import Item
from activities.model.options import RenderOptions
from scripts.dev.chromium import chromium
from scripts.dev.screens import (
    DESK,
    PHONE,
    card_sides,
    screen,
    text_with,
    unpacked,
    unpacked_book,
)

_ITEMS = ("content-86", "content-125", "content-130")
_PAGES = {"docx": (1, 3, 9), "pdf": (1, 3, 6, 9, 14, 16), "xlsx": (1, 2)}
"""The pages of each format that are shown, from 1; those of sheets one above the other."""
_DOTS_PER_INCH = {"docx": 60, "pdf": 52, "xlsx": 110}
_SCREENS = ("html", "epub", "scorm", "anki")
"""The formats that a browser shows."""
_CARD: ViewportSize = {"width": 390, "height": 260}
_COLORS = 40
_GAP = 10
_PAPER_EDGE = "#c0c0c0"
_SECONDS = 180


def draw(format_id: str, items: list[Item], directory: Path) -> Image.Image:
    """A picture of some pages of an export.

    Args:
        format_id: one of `_PAGES`.
        items: the items to export.
        directory: for what is made on the way.

    Raises:
        FileNotFoundError: a program is not installed.
        subprocess.CalledProcessError: a program failed.
    """
    options = RenderOptions(include_quality_metrics=True, title="Three lessons")
    file = directory / f"export.{format_id}"
    file.write_bytes(render(format_id, items, options)[0])
    if format_id != "pdf":
        profile = (directory / "profile").as_uri()
        _run("soffice", f"-env:UserInstallation={profile}", "--headless", "--norestore",
             "--convert-to", "pdf", "--outdir", str(directory), str(file))  # fmt: skip
    pages = [
        _page(directory / "export.pdf", number, _DOTS_PER_INCH[format_id])
        for number in _PAGES[format_id]
    ]
    if format_id == "xlsx":
        picture = _above_each_other([_trimmed(page) for page in pages])
    else:
        picture = _side_by_side([ImageOps.expand(page, 1, _PAPER_EDGE) for page in pages])
    return picture.quantize(_COLORS, dither=Image.Dither.NONE)


def draw_screens(format_id: str, items: list[Item], directory: Path) -> Image.Image:
    """A picture of some screens of an export that a browser shows, or what shows it.

    Raises:
        FileNotFoundError: Chromium is not installed.
    """
    file = directory / f"export.{format_id}"
    options = RenderOptions(title="Three lessons")
    file.write_bytes(render(format_id, items, options)[0])
    with chromium() as browser:
        if format_id == "html":
            screens = [
                screen(browser, file, DESK, ".study_guide"),
                screen(browser, file, PHONE),
                screen(browser, file, PHONE, ".flashcards", unfold=True),
            ]
        elif format_id == "scorm":
            page = unpacked(file, directory / "activity") / "index.html"
            screens = [
                screen(browser, page, PHONE),
                screen(browser, page, PHONE, ".study_guide"),
                screen(browser, page, PHONE, ".flashcards", unfold=True),
            ]
        elif format_id == "anki":
            sides = card_sides(file, directory)
            screens = [screen(browser, side, _CARD) for side in sides]
        else:
            folder = unpacked_book(file, directory / "book")
            screens = [
                screen(browser, folder / "nav.xhtml", PHONE),
                screen(browser, text_with(folder, "study_guide"), PHONE),
                screen(browser, text_with(folder, "flashcards"), PHONE, unfold=True),
            ]
    picture = _side_by_side([ImageOps.expand(each, 1, _PAPER_EDGE) for each in screens])
    return picture.quantize(_COLORS, dither=Image.Dither.NONE)


def _page(pdf: Path, number: int, dots_per_inch: int) -> Image.Image:
    stem = pdf.with_name(f"page-{number}")
    _run("pdftoppm", "-png", "-singlefile", "-r", str(dots_per_inch),
         "-f", str(number), "-l", str(number), str(pdf), str(stem))  # fmt: skip
    with Image.open(stem.with_suffix(".png")) as image:
        return image.convert("RGB")


def _trimmed(page: Image.Image) -> Image.Image:
    """The page without its margins."""
    return page.crop(ImageOps.invert(page).getbbox())


def _side_by_side(pages: list[Image.Image]) -> Image.Image:
    width = sum(page.width for page in pages) + _GAP * (len(pages) - 1)
    picture = Image.new("RGB", (width, max(page.height for page in pages)), "white")
    left = 0
    for page in pages:
        picture.paste(page, (left, 0))
        left += page.width + _GAP
    return picture


def _above_each_other(pages: list[Image.Image]) -> Image.Image:
    turned = [page.transpose(Image.Transpose.TRANSPOSE) for page in pages]
    return _side_by_side(turned).transpose(Image.Transpose.TRANSPOSE)


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"{program} is not installed")
    subprocess.run([path, *arguments], check=True, timeout=_SECONDS, capture_output=True)


def _demo_items() -> list[Item]:
    lines = (CHECKOUT / "scripts" / "demo" / "teacher-1.jsonl").read_bytes().splitlines()
    items = {item.id: item for item in (msgspec.json.decode(line, type=Item) for line in lines)}
    return [items[item_id] for item_id in _ITEMS]


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    target = CHECKOUT / "docs" / "gallery"
    parser.add_argument("--out", type=Path, default=target, help="directory (docs/gallery)")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    items = _demo_items()
    for format_id in (*_PAGES, *_SCREENS):
        with TemporaryDirectory() as directory:
            file = arguments.out / f"{format_id}.png"
            drawing = draw_screens if format_id in _SCREENS else draw
            drawing(format_id, items, Path(directory)).save(file, optimize=True)
            print(f"{file}: {file.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
