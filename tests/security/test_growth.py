"""No text costs more than in proportion to its length, or more than an item may cost.

Growth is measured in processor time at n and 4n: what grows with the square takes sixteen times as
long, and what is linear four. Sizes are such that a square would take seconds.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import item
from activities.model.content import Faq, Item

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
"""What is about setting text on pages; the others are about reading it."""
LENGTHS = {"docx": 12_000, "pdf": 24_000}


def seconds(format_id: str, unit: str, length: int) -> float:
    text = (unit * length)[:length]
    started = time.process_time()
    render(format_id, [item(study_guide=text)], EVERYTHING)
    return time.process_time() - started


@pytest.mark.parametrize("kind", UNITS)
def test_cost_grows_with_the_length(kind: str) -> None:
    format_id = "pdf" if kind in FOR_PDF else "docx"
    unit = UNITS[kind]
    seconds(format_id, unit, 100)  # imports and fonts
    length = LENGTHS[format_id]
    longest = seconds(format_id, unit, 4 * length)
    if longest > SURELY_FAST:
        assert longest / seconds(format_id, unit, length) < GROWTH_MAX


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
