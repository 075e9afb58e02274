"""Where text stands on the pages of the gallery, as a reader of PDF sees it.

`python -m tests.unit.formats.pdf.page_geometry` stores it after a change of layout that is meant;
look at the pages before.
"""

import hashlib
import io
from pathlib import Path
from typing import Any, Final

import msgspec
import pypdf

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from tests.sample_items import difficult_items, long_item

STORED: Final = Path(__file__).with_name("page_geometry.json")
LAYOUTS: Final = {
    "a4": PdfOptions(include_quality_metrics=True),
    "letter": PdfOptions(paper="letter"),
    "learner": PdfOptions(include_answers=False, cards="cutout"),
}
BOOK: Final = "book"
_SAMPLED: Final = (0, 1, 2, 99, 199, 299, -2, -1)


def measure(options: PdfOptions) -> dict[str, list[str]]:
    """The pages of each item of the gallery, exported alone: how much text is where, in points,
    and a digest of the place and size of every stretch of it in the order of drawing.
    """
    return {
        item.id: [
            _of_page(page)
            for page in pypdf.PdfReader(io.BytesIO(render("pdf", [item], options)[0])).pages
        ]
        for item in difficult_items()
    }


def measure_book() -> dict[str, list[str]]:
    """How many pages the longest item of the gallery has, and a sample of them."""
    item = long_item()
    pages = pypdf.PdfReader(io.BytesIO(render("pdf", [item])[0])).pages
    return {item.id: [f"{len(pages)} pages", *[_of_page(pages[number]) for number in _SAMPLED]]}


def _of_page(page: pypdf.PageObject) -> str:
    places: list[tuple[int, int, int]] = []

    def note(text: str, current: list[float], matrix: list[float], _: Any, size: float) -> None:
        if text.strip():
            x, y = pypdf.mult(matrix, current)[4:]
            # The number of all pages is a form, whose place on the page pypdf does not tell.
            if (x, y) != (0, 0):
                places.append((round(x), round(y), round(size * matrix[3] * current[3])))

    page.extract_text(visitor_text=note)
    if not places:
        return "blank"
    heights = {y for _, y, _ in places}
    left = min(x for x, _, _ in places)
    digest = hashlib.sha256(msgspec.json.encode(places)).hexdigest()[:12]
    return f"{len(heights)} lines from {max(heights)} to {min(heights)} at {left}: {digest}"


def stored() -> dict[str, dict[str, list[str]]]:
    """What was stored, for each layout."""
    return msgspec.json.decode(STORED.read_bytes(), type=dict[str, dict[str, list[str]]])


def main() -> None:
    """Store the geometry of all layouts."""
    measured = {layout: measure(options) for layout, options in LAYOUTS.items()} | {
        BOOK: measure_book()
    }
    STORED.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=1) + b"\n")


if __name__ == "__main__":
    main()
