"""JSON: the content as it is, with text as Markdown.

The file is `{"export": {...}, "items": [...]}` with one item a line; `export.schema.json` beside
this module describes it, and it can be loaded again as content. Every character is kept, control
characters as escapes; only lone surrogates, which UTF-8 does not have, become U+FFFD.

A fragment is two lines an item: how many entries each part has, and the item.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from json import dumps
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from activities.content.model import PART_NAMES, Faq, Flashcard, Item, ReadingQuestion
from activities.formats.protocol import Export, ExportWarning, RenderOptions, Report

FORMAT_VERSION: Final = 1
"""Of the file; it grows when a reader of the version before would no longer understand it."""

_MEMORY_MAX = 8 * 1024 * 1024
"""Bytes of items that `join` holds in memory; more wait in a temporary file."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_Counts = tuple[int, ...]
"""Entries of each part, in the order of `PART_NAMES`."""
_Record = TypeVar("_Record", Faq, Flashcard, ReadingQuestion)

_encoder = msgspec.json.Encoder(order="deterministic")
_decode_item = msgspec.json.Decoder(Item).decode
_decode_counts = msgspec.json.Decoder(_Counts).decode


class _Head(msgspec.Struct, frozen=True):
    format_version: int
    options: RenderOptions
    snapshot_time: datetime
    counts: dict[str, int]


class _JsonRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            report.tick()
            exported = _exported(item, options)
            counts = _counts(item)
            try:
                lines = _encoder.encode_lines((counts, exported))
            except UnicodeEncodeError:
                lines = _encoder.encode_lines((counts, _encodable(exported, report)))
            out.write(lines)
            report.item_done()

    def join(
        self, fragments: Iterator[BinaryIO], export: Export, out: BinaryIO, report: Report
    ) -> None:
        totals = [0] * len(PART_NAMES)
        count = 0
        with SpooledTemporaryFile(max_size=_MEMORY_MAX) as items:
            for fragment in fragments:
                for counts, item in _records(fragment):
                    report.tick()
                    totals = [total + more for total, more in zip(totals, counts, strict=True)]
                    items.write(b",\n" if count else b"\n")
                    items.write(item)
                    count += 1
            out.write(b'{"export":')
            out.write(msgspec.json.encode(_head(export, count, totals)))
            out.write(b',\n"items":[')
            items.seek(0)
            copyfileobj(items, out)
        out.write(b"\n]}\n")


RENDERER: Final = _JsonRenderer()


def _head(export: Export, items: int, totals: Iterable[int]) -> _Head:
    return _Head(
        format_version=FORMAT_VERSION,
        options=export.options,
        snapshot_time=export.snapshot_time.astimezone(UTC),
        counts={"items": items} | dict(zip(PART_NAMES, totals, strict=True)),
    )


def _counts(item: Item) -> _Counts:
    """An outline or a study guide counts as one."""
    contents = (getattr(item, name) for name in PART_NAMES)
    return tuple(len(part) if isinstance(part, list) else int(bool(part)) for part in contents)


def _records(fragment: BinaryIO) -> Iterator[tuple[_Counts, bytes]]:
    for line in fragment:
        yield _decode_counts(line), fragment.readline().rstrip(b"\n")


def _exported(item: Item, options: RenderOptions) -> Item:
    """The item with an id on each record, and without what the options leave out."""
    changes: dict[str, Any] = {}
    if item.faqs:
        changes["faqs"] = list(map(_with_id, item.faqs))
    if item.flashcards:
        changes["flashcards"] = list(map(_with_id, item.flashcards))
    if item.reading_guide_questions:
        changes["reading_guide_questions"] = list(map(_with_id, item.reading_guide_questions))
    if not options.include_metadata:
        changes["metadata"] = None
    if not options.include_quality_metrics:
        changes["quality_metrics"] = None
    return msgspec.structs.replace(item, **changes)


def _with_id(record: _Record) -> _Record:
    return record if record.id else msgspec.structs.replace(record, id=record.stable_id)


def _encodable(item: Item, report: Report) -> Item:
    text = dumps(msgspec.to_builtins(item), ensure_ascii=False)
    text, replaced = _LONE_SURROGATE.subn("\ufffd", text)
    encodable = _decode_item(text)
    detail = f"Lone surrogates replaced by U+FFFD: {replaced}."
    report.warn(ExportWarning("lone-surrogates-replaced", detail, item_id=encodable.id))
    return encodable
