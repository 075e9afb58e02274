"""Draw the pictures of exports in docs/gallery: pages, sheets and screens as people see them.

Needs LibreOffice (soffice), poppler (pdftoppm), Chromium and pandoc; the fonts that they find
decide what the files of Word and Excel, pages and books look like.
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
from playwright.sync_api import Browser, ViewportSize

from activities.formats.testing import render
from activities.model.content import Item
from activities.model.options import RenderOptions
from scripts.dev.chromium import chromium
from scripts.dev.receivers import assessment_pages, bank_pages, course_pages
from scripts.dev.screens import (
    DESK,
    PHONE,
    card_sides,
    screen,
    text_with,
    unpacked,
    unpacked_book,
)
from scripts.dev.text_files import line_page, note_pages, table_pages

_ITEMS = ("content-86", "content-125", "content-130")
_PAGES = {"docx": (1, 3, 9), "pdf": (1, 3, 6, 9, 14, 16), "xlsx": (1, 2)}
"""The pages of each format that are shown, from 1; those of sheets one above the other."""
_DOTS_PER_INCH = {"docx": 60, "pdf": 52, "xlsx": 110}
_SCREENS = ("html", "epub", "scorm", "anki", "imscc", "moodle", "qti", "markdown", "tsv", "jsonl")
"""The formats that a browser shows, or that are shown in it as other programs do."""
PICTURED = (*_PAGES, *_SCREENS)
"""The formats that have a picture."""
_CARD: ViewportSize = {"width": 390, "height": 260}
_NOTE: ViewportSize = {"width": 480, "height": 820}
_FILES: ViewportSize = {"width": 320, "height": 820}
_TABLE: ViewportSize = {"width": 560, "height": 780}
_LINES: ViewportSize = {"width": 1000, "height": 520}
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
        screens = _screens(browser, format_id, file, directory)
    picture = _side_by_side([ImageOps.expand(each, 1, _PAPER_EDGE) for each in screens])
    return picture.quantize(_COLORS, dither=Image.Dither.NONE)


def _screens(browser: Browser, format_id: str, file: Path, directory: Path) -> list[Image.Image]:
    match format_id:
        case "html":
            return [
                screen(browser, file, DESK, ".study_guide"),
                screen(browser, file, PHONE),
                screen(browser, file, PHONE, ".flashcards", unfold=True),
            ]
        case "scorm":
            page = unpacked(file, directory / "activity") / "index.html"
            return [
                screen(browser, page, PHONE),
                screen(browser, page, PHONE, ".study_guide"),
                screen(browser, page, PHONE, ".flashcards", unfold=True),
            ]
        case "anki":
            return [screen(browser, side, _CARD) for side in card_sides(file, directory)]
        case "imscc":
            modules, page, quiz = course_pages(file, directory)
            return [
                screen(browser, modules, PHONE),
                screen(browser, page, PHONE, ".study_guide"),
                screen(browser, quiz, PHONE),
            ]
        case "moodle":
            return [screen(browser, page, PHONE) for page in bank_pages(file, directory)]
        case "qti":
            return [screen(browser, page, PHONE) for page in assessment_pages(file, directory)]
        case "markdown":
            files, source, note = note_pages(file, directory)
            return [
                screen(browser, files, _FILES),
                screen(browser, source, _NOTE),
                screen(browser, note, _NOTE),
            ]
        case "tsv":
            return [screen(browser, page, _TABLE) for page in table_pages(file, directory)]
        case "jsonl":
            return [screen(browser, line_page(file, directory), _LINES)]
        case _:
            folder = unpacked_book(file, directory / "book")
            return [
                screen(browser, folder / "nav.xhtml", PHONE),
                screen(browser, text_with(folder, "study_guide"), PHONE),
                screen(browser, text_with(folder, "flashcards"), PHONE, unfold=True),
            ]


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


def demo_items() -> list[Item]:
    """The items of the demo content that the pictures show."""
    lines = (CHECKOUT / "scripts" / "demo" / "teacher-1.jsonl").read_bytes().splitlines()
    items = {item.id: item for item in (msgspec.json.decode(line, type=Item) for line in lines)}
    return [items[item_id] for item_id in _ITEMS]


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    target = CHECKOUT / "docs" / "gallery"
    parser.add_argument("--out", type=Path, default=target, help="directory (docs/gallery)")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="which to draw (all)")
    arguments = parser.parse_args()
    if unknown := set(arguments.formats) - {*PICTURED}:
        parser.error(f"no picture of {', '.join(sorted(unknown))}; there are {', '.join(PICTURED)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    items = demo_items()
    for format_id in arguments.formats or PICTURED:
        with TemporaryDirectory() as directory:
            file = arguments.out / f"{format_id}.png"
            drawing = draw_screens if format_id in _SCREENS else draw
            drawing(format_id, items, Path(directory)).save(file, optimize=True)
            print(f"{file}: {file.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
