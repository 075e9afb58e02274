"""No text costs more than in proportion to its length, or more than an item may cost.

Growth is measured in processor time at n and 4n: what grows with the square takes sixteen times as
long, and what is linear four. Sizes are such that a square would take seconds. With
`GROWTH_KINDS=all` everything of `growing_items` is tried in each format, which takes half an hour.
"""

import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import msgspec
import PIL.Image
import pytest

from activities.documents.images import ImageError, read_data_url
from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import data_url, item, png
from activities.model.catalog import formats
from activities.model.content import Faq, Item
from tests.security.growing_items import GROWING

GROWTH_MAX = 7
"""Between 4, which is linear, and 16, which is the square."""
SURELY_FAST = 0.15
"""Seconds; what is done in less may be late for other reasons."""

UNITS = {
    "blank code spans": "` ",
    "line breaks before empty links": "\n[](a)",
    "emphasis": "*a*b",
    "emphasis from right to left": "*\u05d0*\u05d1",
    "code from right to left": "`a`\u05d0",
    "links": "[a](http://b.c)",
    "notes": "^[a]",
    "joined pictures": "\U0001f469\u200d",
    "joined letters from right to left": "\u0628\u200d",
    "marks": "\u0301",
    "flags": "\U0001f1e9\U0001f1ea",
    "jamo": "\u1100",
}
"""What is repeated until a text is long."""
FOR_PDF = {
    "emphasis from right to left",
    "code from right to left",
    "joined pictures",
    "joined letters from right to left",
    "marks",
}
"""What is about setting text on pages."""
FOR_TXT = {"flags", "jamo"}
"""What is about columns; all others are about reading."""
LENGTHS = {"docx": 12_000, "pdf": 24_000, "txt": 12_000}


def text_of(kind: str) -> Callable[[int], Item]:
    return lambda length: item(study_guide=(UNITS[kind] * length)[:length])


def check_growth(cost: Callable[[int], float], size: int, times: int, most: float) -> None:
    """Check that what is so many times as large costs at most so many times as much."""
    cost(100)  # imports and fonts
    largest = cost(times * size)
    if largest > SURELY_FAST and largest / cost(size) >= most:
        # Other work may have slowed one of them down.
        assert cost(times * size) / cost(size) < most


def cost_of_render(format_id: str, make: Callable[[int], Item]) -> Callable[[int], float]:
    def cost(size: int) -> float:
        made = make(size)
        started = time.process_time()
        render(format_id, [made], EVERYTHING)
        return time.process_time() - started

    return cost


@pytest.mark.parametrize("kind", UNITS)
def test_cost_grows_with_the_length(kind: str) -> None:
    format_id = "pdf" if kind in FOR_PDF else "txt" if kind in FOR_TXT else "docx"
    cost = cost_of_render(format_id, text_of(kind))
    check_growth(cost, LENGTHS[format_id], 4, GROWTH_MAX)


ALL = os.environ.get("GROWTH_KINDS") == "all"
SOME = ["definitions", "deep quotations", "lists in lists", "links that differ", "sections"]


@pytest.mark.parametrize("kind", GROWING if ALL else SOME)
@pytest.mark.parametrize("format_id", formats() if ALL else ["docx"])
def test_cost_of_anything_grows_with_the_length(format_id: str, kind: str) -> None:
    check_growth(cost_of_render(format_id, GROWING[kind]), 12_000, 4, GROWTH_MAX)


def progressive(scans: int) -> bytes:
    """A JPEG of four megapixels whose last scan comes again until there are so many."""
    file = BytesIO()
    PIL.Image.new("L", (2_000, 2_000), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + b"\xff\xd9"


def tall(height: int) -> bytes:
    """A PNG of one column."""
    file = BytesIO()
    PIL.Image.new("1", (1, height)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def chunks(count: int) -> bytes:
    """A PNG with so many empty chunks."""
    chunk = bytes(4) + b"aaaa" + zlib.crc32(b"aaaa").to_bytes(4)
    return png()[:33] + chunk * count + png()[33:]


def comments(count: int) -> bytes:
    """A GIF with a comment in so many pieces."""
    file = BytesIO()
    PIL.Image.new("L", (8, 8)).save(file, "GIF")
    data = file.getvalue()
    start = data.index(b",", 13)
    return data[:start] + b"!\xfe" + b"\x01a" * count + b"\0" + data[start:]


def cost_of_pdf(make: Callable[[int], bytes]) -> Callable[[int], float]:
    return cost_of_render("pdf", lambda size: item(study_guide=f"![a]({data_url(make(size))})"))


def cost_of_reading(make: Callable[[int], bytes]) -> Callable[[int], float]:
    def cost(size: int) -> float:
        url = data_url(make(size))
        started = time.process_time()
        with suppress(ImageError):
            read_data_url(url, "")
        return time.process_time() - started

    return cost


IMAGES = {
    "scans of a JPEG": (cost_of_pdf(progressive), 100),
    "rows of a PNG": (cost_of_pdf(tall), 1_500_000),
    "chunks of a PNG": (cost_of_reading(chunks), 30_000),
    "pieces of a comment in a GIF": (cost_of_reading(comments), 150_000),
}
"""What an image is made of, what that costs, and a number that is cheap."""


@pytest.mark.parametrize("kind", IMAGES)
def test_cost_of_an_image_has_a_bound(kind: str) -> None:
    cost, number = IMAGES[kind]
    check_growth(cost, number, 10, GROWTH_MAX)


_IN_LITTLE_MEMORY = """
import sys, msgspec
from activities.model.content import Item
from activities.formats.testing import EVERYTHING, render
items = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Item])
data, warnings = render(sys.argv[1], items, EVERYTHING)
print(len(data), *{warning.code for warning in warnings})
"""
MEMORY_MAX = 1 << 30


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))


def table(columns: int, rows: int) -> str:
    """A table whose rows are filled up to the width of its header."""
    return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + "b|\n" * rows


COSTLY = {
    "tables": item(faqs=[Faq("q", table(221, 290)) for _ in range(36)]),
    "tables that just fit": item(faqs=[Faq("q", table(50, 40)) for _ in range(36)]),
    "list items": item(study_guide="- [ ] a\n" * 50_000),
    "runs": item(study_guide="*a*b" * 100_000),
}


@pytest.mark.parametrize("kind", COSTLY)
@pytest.mark.parametrize("format_id", ["docx", "xlsx"])
def test_an_item_costs_no_more_than_it_may(checkout: Path, format_id: str, kind: str) -> None:
    items: list[Item] = [COSTLY[kind]]
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, format_id],
        input=msgspec.json.encode(items),
        capture_output=True,
        cwd=checkout,
        timeout=90,
        preexec_fn=limit_memory,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert b"shown-as-source" in done.stdout
