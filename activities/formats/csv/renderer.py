"""CSV (RFC 4180): one row a record, in UTF-8.

Columns, the same for every export:

- `item_id`, `item_title`, `language`: of the item the record belongs to.
- `part`: `outline`, `study_guide`, `faqs`, `flashcards`, `reading_guide_questions`, `metadata` or
  `quality_metrics`.
- `index`: place of the row within its part, from 1.
- `id`: of a question or card.
- `kind`: `summary`, `section`, `learning_objective`, `key_point` (outline), `section` (study
  guide), `faq`, `flashcard`, `reading_question`, `fact`.
- `path`: titles of the sections around the record, the outermost first, joined by ` > `.
- `text`: the record itself: title, objective, question, front of a card, name of a fact.
- `detail`: what belongs to it: a section's text, an answer, a card's back, a fact's value.
- `tags`: of a card, joined by `, `.

What is joined can be taken apart again (`activities.documents.joined`). An item of which no part
has a record is one row with the kind `item`, without a part, an index and a text.

Text is plain (`activities.documents.plain`) and in quotes; numbers are bare and stay numbers.
Unless the request asks for raw text, no reader finds a formula in it (`formulas.py`).

By the option `csv_layout` the rows are in one file, or in a zip archive with a file for each part
that was asked for. `records.py` makes the records, `archive.py` the archive.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from shutil import copyfileobj
from typing import BinaryIO, Final

from activities.documents.build import build
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Document, Part
from activities.documents.plain import plain_runs
from activities.formats.csv.archive import FRAGMENTS, ItemRows, write_archive
from activities.formats.csv.declaration import CsvOptions
from activities.formats.csv.formulas import neutralize
from activities.formats.csv.records import Cell, records
from activities.formats.protocol import Export
from activities.formats.shared.cells import fit_cells
from activities.model.content import Item
from activities.model.warnings import Report

COLUMNS: Final = (
    "item_id",
    "item_title",
    "language",
    "part",
    "index",
    "id",
    "kind",
    "path",
    "text",
    "detail",
    "tags",
)

_BYTE_ORDER_MARK = "\ufeff".encode()
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}


class CsvRenderer:
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[CsvOptions], out: BinaryIO, report: Report
    ) -> None:
        """See `WholeRenderer.write`."""
        rows = _item_rows(items, export.options, report)
        if export.options.csv_layout == "files":
            write_archive(rows, _head(export.options), export, out, report)
            return
        out.write(_head(export.options))
        for item in rows:
            out.writelines(item.parts.values())

    def write_chunk(
        self, items: Iterable[Item], options: CsvOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write the rows of these items."""
        for item in _item_rows(items, options, report):
            if options.csv_layout == "files":
                FRAGMENTS.append(item, out)
            else:
                out.writelines(item.parts.values())

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[CsvOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """See `ChunkRenderer.join`."""
        if export.options.csv_layout == "files":
            rows = FRAGMENTS.read_all(fragments)
            write_archive(rows, _head(export.options), export, out, report)
            return
        out.write(_head(export.options))
        for fragment in fragments:
            report.check_cancelled()
            copyfileobj(fragment, out)


RENDERER: Final = CsvRenderer()


def _head(options: CsvOptions) -> bytes:
    return (_BYTE_ORDER_MARK if options.csv_bom else b"") + _encoded([COLUMNS], options)


def _item_rows(items: Iterable[Item], options: CsvOptions, report: Report) -> Iterator[ItemRows]:
    for item in items:
        document = build(item, options, report)
        warnings = ConversionWarnings(document.item_id)
        rows = {
            part.name: list(_rows(document, part, options, warnings)) for part in document.parts
        }
        parts = {name: _encoded(of_part, options) for name, of_part in rows.items() if of_part}
        if not parts:
            parts = _without_records(document, options, warnings)
        warnings.flush(report, document.title.runs)
        yield ItemRows(parts)
        report.item_done()


def _encoded(rows: Iterable[Iterable[Cell]], options: CsvOptions) -> bytes:
    text = StringIO(newline="")
    delimiter = _DELIMITERS[options.csv_delimiter]
    # Quotes keep readers that guess the delimiter, or split at several, from splitting texts.
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode()


def _rows(
    document: Document, part: Part, options: CsvOptions, warnings: ConversionWarnings
) -> Iterator[tuple[Cell, ...]]:
    shown = _shown(options)
    item = _item(document, options)
    warnings.begin_part(part.name)
    for index, (kind, path, text, detail, tags, record_id) in enumerate(records(part), 1):
        record = (shown(record_id), kind, shown(path), shown(text), shown(detail), shown(tags))
        if not fit_cells([cell for cell in record if isinstance(cell, str)]):
            warnings.begin_record(document.labels, index)
            warnings.add("cell-too-long")
        yield (*item, part.name, index, *record)


def _without_records(
    document: Document, options: CsvOptions, warnings: ConversionWarnings
) -> dict[str, bytes]:
    """The one row of an item that has no others; a file for each part has no place for it."""
    if options.csv_layout == "files":
        warnings.begin_part("")
        warnings.add("item-without-rows")
        return {}
    row = (*_item(document, options), "", "", "", "item", "", "", "", "")
    return {"": _encoded([row], options)}


def _item(document: Document, options: CsvOptions) -> tuple[Cell, ...]:
    names = (document.item_id, plain_runs(document.title.runs), document.language)
    return tuple(map(_shown(options), names))


def _shown(options: CsvOptions) -> Callable[[Cell], Cell]:
    return _raw if options.csv_formulas == "raw" else _neutral


def _raw(cell: Cell) -> Cell:
    return cell


def _neutral(cell: Cell) -> Cell:
    return neutralize(cell) if isinstance(cell, str) else cell
