"""Anki decks: a zip of a database with notes and cards, and of pictures under numbers.

A note is known again by the key of its record, so a second import updates it, and its reader's
schedule stays. What a reader changed later than the platform is kept.
"""

import json
import re
from collections.abc import Iterable
from typing import BinaryIO, Final

from activities.documents.build import build
from activities.documents.model import Document, Image
from activities.documents.plain import plain_blocks, plain_runs
from activities.documents.quality_page import quality_lines
from activities.formats.anki.collection import Collection, Note, in_memory
from activities.formats.anki.declaration import AnkiOptions
from activities.formats.protocol import Export
from activities.formats.shared.anki_fields import GUID_DIGITS, anki_field, anki_tags
from activities.formats.shared.records import Record, records_of
from activities.formats.shared.stable_keys import warn_of_derived_ids
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.escaping import Escaping
from activities.formats.shared.xhtml.pictures import picture_name
from activities.formats.shared.xhtml.places import nowhere
from activities.formats.shared.xhtml.profiles import ANKI
from activities.formats.shared.zip_package import Package
from activities.model.content import Item, PartName
from activities.model.warnings import Report

_PARTS: Final[tuple[PartName, ...]] = ("flashcards", "faqs", "reading_guide_questions")
_ESCAPING: Final = Escaping(ANKI)


class _Media:
    """The pictures of a deck, each written once, when it is met; see `PictureAddress`."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.names: dict[str, int] = {}

    def __call__(self, image: Image) -> str:
        name = picture_name(image)
        if name not in self.names:
            self.names[name] = len(self.names)
            self._package.write(str(self.names[name]), image.data, packed=False)
        return name


class AnkiRenderer:
    """Writes decks; see `WholeRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[AnkiOptions], out: BinaryIO, report: Report
    ) -> None:
        """Write the file."""
        time = export.snapshot_time
        with Package(out, time, report) as package:
            media = _Media(package)
            collection = Collection(in_memory(), time)
            for item in items:
                _add_item(item, export, collection, media, report)
                report.item_done()
            if told := quality_lines(export.below_quality, export.options):
                lines = "<br>".join(map(_ESCAPING.text, told))
                collection.add_deck(_deck_name(export.title), lines)
            package.write("collection.anki2", collection.finish())
            names = {str(number): name for name, number in media.names.items()}
            package.write("media", json.dumps(names))


RENDERER: Final = AnkiRenderer()


def _add_item(
    item: Item,
    export: Export[AnkiOptions],
    collection: Collection,
    media: _Media,
    report: Report,
) -> None:
    document = build(item, export.options, report)
    writer = XhtmlWriter(document, ANKI, report, media, nowhere)
    title = plain_runs(document.title.runs)
    deck = "::".join(map(_deck_name, [title] if export.items_total == 1 else [export.title, title]))
    included = _PARTS if export.options.anki_include == "all" else _PARTS[:1]
    for part in document.parts:
        name = part.name
        if name not in included:
            continue
        writer.warnings.begin_part(name)
        notes = []
        for record in records_of(part, item, report.id_namespace):
            report.check_cancelled()
            if record.answer is not None:
                notes.append(_note(record, document, item, export.title, writer))
        if notes:
            below = "" if name == "flashcards" else f"::{_deck_name(plain_runs(part.heading.runs))}"
            collection.add_notes(collection.add_deck(deck + below), notes)
    writer.warnings.flush(report, document.title.runs)
    warn_of_derived_ids(item, report, included)


def _note(record: Record, document: Document, item: Item, course: str, writer: XhtmlWriter) -> Note:
    fields = (
        anki_field(record.asked, document, writer),
        anki_field(record.answer or (), document, writer),
        _ESCAPING.text(course),
        writer.runs(document.title.runs),
        "",
        "",
    )
    return Note(
        guid=record.key[:GUID_DIGITS],
        changed=item.updated_at,
        fields=[text.replace("\x1f", "") for text in fields],
        sorted_by=" ".join(plain_blocks(record.asked).split()),
        tags=anki_tags(record.tags),
    )


def _deck_name(title: str) -> str:
    """A title as one level of a deck's name."""
    return re.sub("::+", ":", " ".join(title.split())).strip(":") or "…"
