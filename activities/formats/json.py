"""JSON: the content as it is, with text as Markdown.

The file is `{"export": {...}, "items": [...]}` with one item a line; `export.schema.json` beside
this module describes it, and it can be loaded again as content. Every character is kept, control
characters as escapes; only lone surrogates, which UTF-8 does not have, become U+FFFD.

A fragment is a row of blocks: a line `[size, items, entries of each part...]`, and `size` bytes of
items, each with `,` and a newline before it.
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

_BLOCK_SIZE = 1024 * 1024
"""Bytes of items after which a block ends."""
_MEMORY_MAX = 8 * 1024 * 1024
"""Bytes of items that `join` holds in memory until it has counted all; more go to the disk."""

_PARTS = (*PART_NAMES, "metadata", "quality_metrics")
_NAMED_OPTIONS = ("include_metadata", "include_quality_metrics")
_FURTHER_OPTIONS = ("parts", "include_answers", "title")

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_Record = TypeVar("_Record", Faq, Flashcard, ReadingQuestion)

_encoder = msgspec.json.Encoder(order="deterministic")
_decode_item = msgspec.json.Decoder(Item).decode
_decode_block_head = msgspec.json.Decoder(list[int]).decode


class _Head(msgspec.Struct, frozen=True):
    format_version: int
    options: dict[str, Any]
    snapshot_time: datetime
    counts: dict[str, int]


class _JsonRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        block = _Block()
        for item in items:
            report.tick()
            block.add(_exported(item, options), report)
            if len(block.items) >= _BLOCK_SIZE:
                block.write(out)
                block = _Block()
            report.item_done()
        block.write(out)

    def join(
        self, fragments: Iterator[BinaryIO], export: Export, out: BinaryIO, report: Report
    ) -> None:
        totals = [0] * (1 + len(PART_NAMES))
        with SpooledTemporaryFile(max_size=_MEMORY_MAX) as items:
            for fragment in fragments:
                for line in fragment:
                    report.tick()
                    size, *counts = _decode_block_head(line)
                    totals = [total + more for total, more in zip(totals, counts, strict=True)]
                    items.write(fragment.read(size))
            out.write(b'{"export":')
            out.write(msgspec.json.encode(_head(export, totals)))
            out.write(b',\n"items":[')
            items.seek(len(","))
            copyfileobj(items, out, _BLOCK_SIZE)
        out.write(b"\n]}\n")


RENDERER: Final = _JsonRenderer()


class _Block:
    """Items that have been encoded, and their counts."""

    def __init__(self) -> None:
        self.items = bytearray()
        self._counts = [0] * (1 + len(PART_NAMES))

    def add(self, item: Item, report: Report) -> None:
        self.items += b",\n"
        start = len(self.items)
        try:
            _encoder.encode_into(item, self.items, start)
        except UnicodeEncodeError:
            del self.items[start:]
            _encoder.encode_into(_encodable(item, report), self.items, -1)
        self._counts = [
            total + more for total, more in zip(self._counts, _counts(item), strict=True)
        ]

    def write(self, out: BinaryIO) -> None:
        out.write(_encoder.encode([len(self.items), *self._counts]) + b"\n")
        out.write(self.items)


def _head(export: Export, totals: list[int]) -> _Head:
    return _Head(
        format_version=FORMAT_VERSION,
        options=_shaping(export.options),
        snapshot_time=export.snapshot_time.astimezone(UTC),
        counts=dict(zip(("items", *PART_NAMES), totals, strict=True)),
    )


def _shaping(options: RenderOptions) -> dict[str, Any]:
    """The options that decide what is in the file: those that every export names, and others
    that are set.
    """
    named = {name: getattr(options, name) for name in _NAMED_OPTIONS}
    default = RenderOptions()
    return named | {
        name: getattr(options, name)
        for name in _FURTHER_OPTIONS
        if getattr(options, name) != getattr(default, name)
    }


def _counts(item: Item) -> tuple[int, ...]:
    """The item, and the entries of each of its parts; an outline or a study guide is one."""
    return (
        1,
        int(item.outline is not None),
        int(bool(item.study_guide)),
        len(item.faqs or ()),
        len(item.flashcards or ()),
        len(item.reading_guide_questions or ()),
    )


def _exported(item: Item, options: RenderOptions) -> Item:
    """The item with an id on each record, and without what the options leave out."""
    changes: dict[str, Any] = {}
    if not _have_ids(item.faqs):
        changes["faqs"] = _with_ids(item.faqs or ())
    if not _have_ids(item.flashcards):
        changes["flashcards"] = _with_ids(item.flashcards or ())
    if not _have_ids(item.reading_guide_questions):
        changes["reading_guide_questions"] = _with_ids(item.reading_guide_questions or ())
    if not options.include_answers:
        # On top of the ids, some of which are derived from the text.
        item = _without_answers(msgspec.structs.replace(item, **changes))
        changes = {}
    wanted = options.part_names()
    changes |= {name: None for name in _PARTS if name not in wanted}
    return msgspec.structs.replace(item, **changes) if changes else item


def _without_answers(item: Item) -> Item:
    """The learner's edition: the fields stay, so that the item can be loaded."""
    return msgspec.structs.replace(
        item,
        faqs=_with_each(item.faqs, answer=""),
        flashcards=_with_each(item.flashcards, back=""),
        reading_guide_questions=_with_each(item.reading_guide_questions, answer=None),
    )


def _with_each(records: list[_Record] | None, **change: Any) -> list[_Record] | None:
    return records and [msgspec.structs.replace(record, **change) for record in records]


def _have_ids(records: list[_Record] | None) -> bool:
    return not records or "" not in [record.id for record in records]


def _with_ids(records: Iterable[_Record]) -> list[_Record]:
    return [msgspec.structs.replace(record, id=record.stable_id) for record in records]


def _encodable(item: Item, report: Report) -> Item:
    text = dumps(msgspec.to_builtins(item), ensure_ascii=False)
    text, replaced = _LONE_SURROGATE.subn("\ufffd", text)
    encodable = _decode_item(text)
    detail = f"Lone surrogates replaced by U+FFFD: {replaced}."
    report.warn(ExportWarning("lone-surrogates-replaced", detail, item_id=encodable.id))
    return encodable
