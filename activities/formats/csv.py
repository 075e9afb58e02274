"""CSV (RFC 4180): one row a record, in UTF-8 with a byte order mark, which spreadsheets expect.

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

Text is plain (`activities.documents.plain`). A cell whose text a spreadsheet would take for a
formula starts with an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection);
numbers stay numbers.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from shutil import copyfileobj
from typing import BinaryIO, Final, NamedTuple

from activities.content.model import Item, Scalar
from activities.documents.build import build
from activities.documents.model import (
    Block,
    Card,
    Document,
    Facts,
    Heading,
    Objectives,
    Part,
    QuestionAnswer,
    ReadingTask,
)
from activities.documents.plain import plain_blocks, plain_runs, plain_value
from activities.formats.protocol import Export, RenderOptions, Report

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
_FORMULA = re.compile("[\\s\u200b\ufeff]*[=+\\-@＝＋－＠]|[\t\r\n]")
_PATH = " > "
_OBJECTIVE_KINDS = {"learning_objectives": "learning_objective", "key_points": "key_point"}

_Cell = str | int | float


class _Record(NamedTuple):
    """The columns from `kind` on, and the `id` where there is one."""

    kind: str
    path: str
    text: str
    detail: _Cell = ""
    tags: str = ""
    id: str = ""


class _CsvRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            out.write(_encoded(_rows(build(item, options, report))))
            report.item_done()

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export,  # noqa: ARG002 (the rows say everything)
        out: BinaryIO,
        report: Report,
    ) -> None:
        out.write(_BYTE_ORDER_MARK + _encoded([COLUMNS]))
        for fragment in fragments:
            report.tick()
            copyfileobj(fragment, out)


RENDERER: Final = _CsvRenderer()


def _encoded(rows: Iterable[Iterable[_Cell]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _rows(document: Document) -> Iterator[list[_Cell]]:
    title = plain_runs(document.title.runs)
    item = (_safe(document.item_id), _safe(title), document.language)
    for part in document.parts:
        for index, record in enumerate(_records(part), 1):
            detail = record.detail
            yield [
                *item,
                part.name,
                index,
                _safe(record.id),
                record.kind,
                _safe(record.path),
                _safe(record.text),
                _safe(detail) if isinstance(detail, str) else detail,
                _safe(record.tags),
            ]


def _safe(text: str) -> str:
    return "'" + text if text and _FORMULA.match(text) else text


def _records(part: Part) -> Iterator[_Record]:
    if part.name == "outline":
        return _outline_records(part.blocks)
    if part.name == "study_guide":
        return _study_guide_records(part.blocks)
    return (record for block in part.blocks for record in _block_records(block))


def _outline_records(blocks: Iterable[Block]) -> Iterator[_Record]:
    for path, title, content in _sections(blocks, numbered_only=True):
        texts = [block for block in content if not isinstance(block, Objectives)]
        if title is None:
            yield _Record("summary", "", plain_blocks(texts))
            continue
        yield _Record("section", _PATH.join(path), title, plain_blocks(texts))
        here = _PATH.join((*path, title))
        for block in content:
            if isinstance(block, Objectives):
                kind = _OBJECTIVE_KINDS[block.kind]
                yield from (_Record(kind, here, plain_runs(runs)) for runs in block.entries)


def _study_guide_records(blocks: Iterable[Block]) -> Iterator[_Record]:
    for path, title, content in _sections(blocks, numbered_only=False):
        yield _Record("section", _PATH.join(path), title or "", plain_blocks(content))


def _sections(
    blocks: Iterable[Block], *, numbered_only: bool
) -> Iterator[tuple[list[str], str | None, list[Block]]]:
    """Titles around each section, its own (None before the first), and what it holds."""
    titles: list[tuple[int, str]] = []
    content: list[Block] = []
    for block in blocks:
        if not isinstance(block, Heading) or (numbered_only and not block.number):
            content.append(block)
            continue
        if titles or content:
            yield _section(titles, content)
        depth = len(block.number) or block.level
        titles = [entry for entry in titles if entry[0] < depth]
        titles.append((depth, plain_runs(block.runs)))
        content = []
    yield _section(titles, content)


def _section(
    titles: list[tuple[int, str]], content: list[Block]
) -> tuple[list[str], str | None, list[Block]]:
    names = [name for _, name in titles]
    return names[:-1], names[-1] if names else None, content


def _block_records(block: Block) -> Iterator[_Record]:
    match block:
        case QuestionAnswer():
            question, answer = plain_blocks(block.question), plain_blocks(block.answer)
            yield _Record("faq", "", question, answer, id=block.id)
        case Card():
            front, back = plain_blocks(block.front), plain_blocks(block.back)
            yield _Record("flashcard", "", front, back, ", ".join(block.tags), block.id)
        case ReadingTask():
            question, answer = plain_blocks(block.question), plain_blocks(block.answer or ())
            yield _Record("reading_question", "", question, answer, id=block.id)
        case Facts():
            yield from (_Record("fact", "", name, _value(value)) for name, value in block.entries)


def _value(value: Scalar) -> _Cell:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return plain_value(value)
