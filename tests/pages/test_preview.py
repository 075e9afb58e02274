"""What is told before an export, measured against the exports themselves."""

import io
import json
import random
import time
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader

from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.catalog import formats
from activities.model.content import Item
from activities.model.formats import Carries
from activities.model.options import RenderOptions
from web.pages.preview import preview
from web.services.measure import Measure, measure

DEMO = Path(__file__).parents[2] / "scripts" / "demo"
OPTIONS = RenderOptions()
FORMATS = ["json", "csv", "txt", "xlsx", "docx", "pdf", "html", "epub", "anki", "tsv", "jsonl"]


def demo_items() -> list[Item]:
    lines = [
        line for file in sorted(DEMO.glob("*.jsonl")) for line in file.read_bytes().splitlines()
    ]
    return msgspec.convert([json.loads(line) for line in lines], list[Item])


@pytest.mark.parametrize("format_id", FORMATS)
@pytest.mark.parametrize("count", [1, 20])
def test_sizes_are_told_about_right(format_id: str, count: int) -> None:
    items = random.Random(7).sample(demo_items(), count)

    entry = formats()[format_id]

    told = preview(entry, measure(items, entry.narrowed(OPTIONS))).bytes

    size = len(render(format_id, items, OPTIONS)[0])
    within = 3 if format_id == "pdf" else 1.4
    assert told is not None
    assert size / within <= told <= size * within


@pytest.mark.parametrize("count", [1, 20])
def test_pages_are_told_about_right(count: int) -> None:
    items = random.Random(7).sample(demo_items(), count)

    told = preview(formats()["pdf"], measure(items, OPTIONS)).pages

    pages = len(PdfReader(io.BytesIO(render("pdf", items, OPTIONS)[0])).pages)
    assert told is not None
    assert pages / 2 <= told <= pages * 2


def test_what_is_counted_is_what_there_is() -> None:
    guide = (
        "It costs $5 and $10, \\$3 or $ 4 $.\n\n$x$, $y^2$ and\n\n$$\nz\n$$\n\n"
        "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n---\n\n![](data:image/png;base64,AAAAAAAA) and "
        "![remote](https://example.org/a.png)"
    )
    found = measure([item("one", study_guide=guide), item("two", outline=None)], OPTIONS)

    assert (found.items, found.formulas, found.tables, found.pictures) == (2, 3, 1, 1)
    assert found.picture_bytes < 40
    assert found.text_bytes == found.characters


def test_a_learners_edition_has_no_answers_to_count() -> None:
    one = demo_items()[0]

    whole = measure([one], OPTIONS)
    learners = measure([one], RenderOptions(include_answers=False))
    cards = measure([one], RenderOptions(parts=("flashcards",)))

    assert cards.characters < learners.characters < whole.characters


def test_counting_is_cheap_and_stays_so_with_hostile_text() -> None:
    items = demo_items()
    began = time.process_time()
    measure(items, OPTIONS)
    assert time.process_time() - began < 1
    for piece in ("$", "$a ", "![", "](data:image/", "|-", "| \t", "$$a", "](  "):
        began = time.process_time()
        measure([item("hostile", study_guide=piece * 40_000)], OPTIONS)
        assert time.process_time() - began < 2, piece


@pytest.mark.parametrize("format_id", FORMATS)
def test_every_built_in_format_has_numbers(format_id: str) -> None:
    told = preview(formats()[format_id], Measure(items=1, texts=10, characters=3_000))

    assert told.bytes is not None
    assert told.seconds >= 1


def test_a_format_that_nobody_measured_says_so_and_what_it_loses() -> None:
    added = msgspec.structs.replace(
        formats()["txt"],
        id="added",
        size=None,
        carries=Carries(formatting=True, tables=False, math="image", images=False),
    )

    told = preview(added, Measure(items=1, formulas=2, tables=1, pictures=3))

    assert (told.pages, told.bytes) == (None, None)
    assert told.losses == (
        "Tables become lines of text: 1 here.",
        "Formulas become pictures: 2 here.",
        "Of pictures only the description stays: 3 here.",
    )
