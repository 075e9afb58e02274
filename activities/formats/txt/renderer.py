"""Plain text for reading anywhere: UTF-8 without a byte order mark, lines of 80 columns.

Code, formulas and words that are longer stay whole.
"""

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from activities.documents.build import build
from activities.documents.hyphenation import hyphenated
from activities.documents.labels import Labels
from activities.documents.model import (
    Card,
    Document,
    Facts,
    Heading,
    Objectives,
    QuestionAnswer,
    ReadingTask,
)
from activities.documents.plain import block_lines, hanging, lines_of, plain_runs, shown_fact
from activities.documents.text_width import width, wrap
from activities.formats.protocol import Export
from activities.formats.txt.declaration import TxtOptions
from activities.model.content import Item
from activities.model.warnings import Report

COLUMNS: Final = 80

_GAP = b"\n\n\n"
"""Stands before each item but the first of the file."""
_BLOCK_BYTES = 256 * 1024

_UNDERLINES = MappingProxyType({2: "=", 3: "-"})
_ANSWER_LINES = 3


class _TxtRenderer:
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[TxtOptions], out: BinaryIO, report: Report
    ) -> None:
        _write_file(_texts(items, export.options, report), export, out)

    def write_chunk(
        self, items: Iterable[Item], options: TxtOptions, out: BinaryIO, report: Report
    ) -> None:
        out.writelines(_texts(items, options, report))

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[TxtOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        _write_file(_blocks(fragments, report), export, out)


RENDERER: Final = _TxtRenderer()


def _write_file(texts: Iterable[bytes], export: Export[TxtOptions], out: BinaryIO) -> None:
    """Write a file of texts, of which the first begins with the gap before an item."""
    gap = _GAP
    if export.options.title is not None:
        out.write(_encoded(_framed(export.title, "#")))
        gap = b""
    for text in texts:
        out.write(text.removeprefix(gap))
        gap = b""


def _texts(items: Iterable[Item], options: TxtOptions, report: Report) -> Iterator[bytes]:
    for item in items:
        # By parts, because one character of a text makes all of it slower to encode.
        document = build(item, options, report)
        if options.hyphenate:
            document = hyphenated(document)
        yield _GAP + b"".join(map(_encoded, _document(document)))
        report.item_done()


def _encoded(lines: list[str]) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def _blocks(fragments: Iterable[BinaryIO], report: Report) -> Iterator[bytes]:
    for fragment in fragments:
        while block := fragment.read(_BLOCK_BYTES):
            report.check_cancelled()
            yield block


def _document(document: Document) -> Iterator[list[str]]:
    """The lines of the title, and then of each part."""
    words = document.labels
    yield _framed(plain_runs(document.title.runs), "=")
    for part in document.parts:
        lines = ["", *_heading(part.heading, words)]
        for block in part.blocks:
            lines.append("")
            arrange = _ARRANGEMENTS.get(type(block))
            lines += arrange(block, words) if arrange else lines_of(block, COLUMNS)
        yield lines


def _framed(title: str, line: str) -> list[str]:
    return [line * COLUMNS, *wrap(title, COLUMNS), line * COLUMNS]


def _heading(block: Heading, _words: Labels) -> list[str]:
    marker = f"{block.shown_number} " if block.shown_number else ""
    lines = hanging(marker, wrap(plain_runs(block.runs), COLUMNS - len(marker)))
    underline = _UNDERLINES.get(block.level)
    return [*lines, underline * max(map(width, lines))] if underline else lines


def _objectives(block: Objectives, words: Labels) -> list[str]:
    return [f"{getattr(words, block.kind)}:", *lines_of(block, COLUMNS)]


def _question(block: QuestionAnswer, _words: Labels) -> list[str]:
    marker = _marker(block.number)
    columns = COLUMNS - len(marker)
    lines = block_lines(block.question, columns)
    if block.answer:
        lines += ["", *block_lines(block.answer, columns)]
    return hanging(marker, lines)


def _card(block: Card, words: Labels) -> list[str]:
    marker = _marker(block.number)
    columns = COLUMNS - len(marker)
    lines = block_lines(block.front, columns)
    if block.back:
        lines += ["", *block_lines(block.back, columns)]
    if block.tags:
        lines += ["", *wrap(f"{words.tags}: {', '.join(block.tags)}", columns)]
    return hanging(marker, lines)


def _task(block: ReadingTask, _words: Labels) -> list[str]:
    marker = _marker(block.number)
    columns = COLUMNS - len(marker)
    lines = [*block_lines(block.question, columns), ""]
    if block.answer is None:
        lines += ["_" * columns] * _ANSWER_LINES
    else:
        lines += block_lines(block.answer, columns)
    return hanging(marker, lines)


def _marker(number: int) -> str:
    return f"{number}. "


def _facts(block: Facts, _words: Labels) -> list[str]:
    lines: list[str] = []
    for name, value in block.entries:
        first, *others = wrap(f"{name}: {shown_fact(value)}", COLUMNS - 2)
        lines += [first.rstrip(), *("  " + line for line in others)]
    return lines


_ARRANGEMENTS: MappingProxyType[type, Callable[[Any, Labels], list[str]]] = MappingProxyType(
    {
        Heading: _heading,
        Objectives: _objectives,
        QuestionAnswer: _question,
        Card: _card,
        ReadingTask: _task,
        Facts: _facts,
    }
)
