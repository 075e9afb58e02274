"""TSV: front and back of a card on a line, or a note as Anki imports it from text.

Nothing is done to what a spreadsheet would take for a formula: it would be on the card. A fragment
is some of the lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from shutil import copyfileobj
from typing import BinaryIO, Final

from activities.documents.build import build
from activities.documents.model import Block, Card, Document
from activities.documents.plain import block_lines
from activities.documents.quality_page import quality_lines
from activities.formats.protocol import Export
from activities.formats.shared.anki_fields import GUID_DIGITS, anki_field, anki_tags
from activities.formats.shared.stable_keys import record_keys, warn_of_derived_ids
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.pictures import data_address
from activities.formats.shared.xhtml.places import nowhere
from activities.formats.shared.xhtml.profiles import ANKI
from activities.formats.tsv.declaration import TsvOptions
from activities.model.content import Item
from activities.model.warnings import Report

_ANKI_HEAD: Final = b"#separator:tab\n#html:true\n#guid column:1\n#tags column:4\n"
_BETWEEN_LINES: Final = " / "
_COPY_BYTES: Final = 1024 * 1024


class _TsvRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: TsvOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            document = build(item, options, report)
            cards = [
                block for part in document.parts for block in part.blocks if isinstance(block, Card)
            ]
            rows = _notes if options.tsv_layout == "anki" else _sides
            for row in rows(cards, document, item, report):
                line = "\t".join(map(_cell, row))
                out.write(f"{line}\n".encode("utf-8", "replace"))
            report.item_done()

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[TsvOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        if export.options.tsv_layout == "anki":
            out.write(_ANKI_HEAD)
        for fragment in fragments:
            report.check_cancelled()
            copyfileobj(fragment, out, _COPY_BYTES)
        out.writelines(
            f"# {line}\n".encode("utf-8", "replace")
            for line in quality_lines(export.below_quality, export.options)
        )


RENDERER: Final = _TsvRenderer()


def _sides(
    cards: Sequence[Card],
    document: Document,  # noqa: ARG001 - as of `_notes`
    item: Item,  # noqa: ARG001
    report: Report,
) -> Iterator[tuple[str, ...]]:
    for card in cards:
        report.check_cancelled()
        yield _on_one_line(card.front), _on_one_line(card.back)


def _notes(
    cards: Sequence[Card], document: Document, item: Item, report: Report
) -> Iterator[tuple[str, ...]]:
    writer = XhtmlWriter(document, ANKI, report, data_address, nowhere)
    writer.warnings.begin_part("flashcards")
    keys = record_keys(report.id_namespace, item, "flashcards")
    for key, card in zip(keys, cards, strict=bool(cards)):
        report.check_cancelled()
        front, back = (anki_field(side, document, writer) for side in (card.front, card.back))
        yield key[:GUID_DIGITS], front, back, " ".join(anki_tags(card.tags))
    writer.warnings.flush(report, document.title.runs)
    warn_of_derived_ids(item, report, ("flashcards",))


def _on_one_line(blocks: Sequence[Block]) -> str:
    lines = (" ".join(line.split()) for line in block_lines(blocks, None))
    return _BETWEEN_LINES.join(filter(None, lines))


def _cell(text: str) -> str:
    """A text as a cell; what would begin a comment or a quotation is quoted."""
    text = text.replace("\t", " ").replace("\n", " ")
    if text.startswith(("#", '"')):
        return '"' + text.replace('"', '""') + '"'
    return text
