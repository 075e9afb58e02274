"""JSON: the content as it is, with text as it is written.

The file is `{"export": {...}, "items": [...]}` with one item a line; `export.schema.json` of
the model describes it, and it can be loaded again as content. Every character is kept, control
characters as escapes; only lone surrogates, which UTF-8 does not have, become U+FFFD.

A fragment is a row of blocks: a line `[size, items, entries of each part...]`, and `size` bytes of
items.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from shutil import copyfileobj
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from activities.formats.protocol import Export
from activities.formats.shared.item_json import append_json, exported
from activities.model.content import (
    PART_NAMES,
    Faq,
    Flashcard,
    Item,
    ReadingQuestion,
)
from activities.model.options import RenderOptions
from activities.model.warnings import Report

FORMAT_VERSION: Final = 1
"""The version of the file's form; it grows when readers of the version before would misread it."""

_BLOCK_SIZE = 4 * 1024 * 1024
"""Bytes of items after which a block ends. Two are held in memory."""
_COPY_BYTES = 1024 * 1024
_BETWEEN = b",\n"
"""The bytes between two items."""

_NAMED_OPTIONS = ("include_metadata", "include_quality_metrics")
_FURTHER_OPTIONS = ("parts", "include_answers", "title", "min_quality")

_NOTHING: Final[Sequence[int]] = (0,) * (1 + len(PART_NAMES))
"""Counts of no items."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(rb"\x7f|\xc2[\x80-\x9f]")
"""What JSON may hold as it is, of the control characters, as UTF-8."""
_FIRST_OF_CONTROL = (b"\x7f", b"\xc2")

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
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[RenderOptions], out: BinaryIO, report: Report
    ) -> None:
        _write_file(_encoded(items, export.options, report), export, out)

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for block in _encoded(items, options, report):
            out.write(_encoder.encode([len(block.items), *block.counts]) + b"\n")
            out.write(block.items)

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[RenderOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        blocks = (block for fragment in fragments for block in _read(fragment, report))
        _write_file(blocks, export, out)


RENDERER: Final = _JsonRenderer()


class _Block(msgspec.Struct):
    """Items in a row, and how many entries their parts have."""

    items: bytes | bytearray
    counts: Sequence[int]


def _encoded(items: Iterable[Item], options: RenderOptions, report: Report) -> Iterator[_Block]:
    block = bytearray()
    counts = _NOTHING
    for item in items:
        report.check_cancelled()
        written = exported(item, options)
        if block:
            block += _BETWEEN
        append_json(written, block, report)
        counts = _added(counts, _counts(written))
        if len(block) >= _BLOCK_SIZE:
            yield _Block(block, counts)
            block = bytearray()
            counts = _NOTHING
        report.item_done()
    if block:
        yield _Block(block, counts)


def _read(fragment: BinaryIO, report: Report) -> Iterator[_Block]:
    for line in fragment:
        report.check_cancelled()
        size, *counts = _decode_block_head(line)
        yield _Block(fragment.read(size), counts)


def _write_file(blocks: Iterable[_Block], export: Export[RenderOptions], out: BinaryIO) -> None:
    """The head counts all items, so they wait until the last block is there. That one, mostly
    the only one, is written from where it is.
    """
    totals = _NOTHING
    last: bytes | bytearray = b""
    with export.scratch_file() as waiting:
        for block in blocks:
            if last:
                waiting.write(last)
                waiting.write(_BETWEEN)
            last = block.items
            totals = _added(totals, block.counts)
        out.write(b'{"export":')
        out.write(msgspec.json.encode(_head(export, totals)))
        out.write(b',\n"items":[')
        if last:
            out.write(b"\n")
        waiting.seek(0)
        copyfileobj(waiting, out, _COPY_BYTES)
    out.write(last)
    out.write(b"\n]}\n")


def _added(counts: Sequence[int], more: Sequence[int]) -> Sequence[int]:
    return [count + other for count, other in zip(counts, more, strict=True)]


def _head(export: Export[RenderOptions], totals: Sequence[int]) -> _Head:
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
