"""Cards by the libraries that come to mind first: genanki, as its guide shows it, and `csv`."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from activities.documents import model
from activities.documents.plain import plain_blocks, plain_runs
from activities.model.content import Item
from activities.model.warnings import Report
from scripts.benchmarks.render_documents import blocks, documents
from scripts.benchmarks.render_writers import run_writer

GENANKI: Final = "genanki"

_PROGRAM: Final = """
import json, sys, genanki
model = genanki.Model(
    1607392319, "Card", fields=[{"name": "Front"}, {"name": "Back"}],
    templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr>{{Back}}"}],
)
decks = []
for number, (title, cards) in enumerate(json.load(sys.stdin)):
    deck = genanki.Deck(2059400110 + number, title)
    for front, back in cards:
        deck.add_note(genanki.Note(model=model, fields=[front, back]))
    decks.append(deck)
genanki.Package(decks).write_to_file(sys.argv[1])
"""


def genanki(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """A deck an item, of plain text."""
    decks = [
        (plain_runs(document.title.runs), list(_sides(document)))
        for document in documents(items, report)
    ]
    run_writer(_PROGRAM, decks, out)


def tab_separated(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """Cards as rows of the standard library's `csv`."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    rows = (sides for document in documents(items, report) for sides in _sides(document))
    csv.writer(text, "excel-tab").writerows(rows)
    text.detach()


def _sides(document: model.Document) -> Iterator[tuple[str, str]]:
    for block in blocks(document):
        if isinstance(block, model.Card):
            yield plain_blocks(block.front), plain_blocks(block.back)
