"""A part of a document as the records that CSV has rows for."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from activities.documents.joined import joined
from activities.documents.model import (
    Block,
    Card,
    Fact,
    Facts,
    Objectives,
    Part,
    QuestionAnswer,
    ReadingTask,
)
from activities.documents.plain import format_fact, plain_blocks, plain_runs
from activities.documents.sections import sections

_PATH = " > "
_OBJECTIVE_KINDS = {"learning_objectives": "learning_objective", "key_points": "key_point"}

Cell = str | int | float


class Record(NamedTuple):
    """The columns from `kind` on, and the `id` where there is one."""

    kind: str
    path: str
    text: str
    detail: Cell = ""
    tags: str = ""
    id: str = ""


def records(part: Part) -> Iterator[Record]:
    """The records of a part, in order."""
    if part.name == "outline":
        return _outline_records(part.blocks)
    if part.name == "study_guide":
        return _study_guide_records(part.blocks)
    return (record for block in part.blocks for record in _block_records(block))


def _outline_records(blocks: Iterable[Block]) -> Iterator[Record]:
    for path, title, content in _titled_sections(blocks, numbered_only=True):
        texts = [block for block in content if not isinstance(block, Objectives)]
        if title is None:
            yield Record("summary", "", plain_blocks(texts))
            continue
        yield Record("section", joined(path, _PATH), title, plain_blocks(texts))
        here = joined((*path, title), _PATH)
        for block in content:
            if isinstance(block, Objectives):
                kind = _OBJECTIVE_KINDS[block.kind]
                yield from (Record(kind, here, plain_runs(runs)) for runs in block.entries)


def _study_guide_records(blocks: Iterable[Block]) -> Iterator[Record]:
    for path, title, content in _titled_sections(blocks, numbered_only=False):
        yield Record("section", joined(path, _PATH), title or "", plain_blocks(content))


def _titled_sections(
    blocks: Iterable[Block], *, numbered_only: bool
) -> Iterator[tuple[list[str], str | None, list[Block]]]:
    """Titles around each section, its own (None before the first), and what it holds."""
    titles: list[tuple[int, str]] = []
    for heading, content in sections(blocks, numbered_only=numbered_only):
        if heading is None:
            yield [], None, content
            continue
        depth = len(heading.number) or heading.level
        titles = [entry for entry in titles if entry[0] < depth]
        path = [title for _, title in titles]
        titles.append((depth, plain_runs(heading.runs)))
        yield path, titles[-1][1], content


def _block_records(block: Block) -> Iterator[Record]:
    match block:
        case QuestionAnswer():
            question, answer = plain_blocks(block.question), plain_blocks(block.answer)
            yield Record("faq", "", question, answer, id=block.id)
        case Card():
            front, back = plain_blocks(block.front), plain_blocks(block.back)
            yield Record("flashcard", "", front, back, joined(block.tags, ", "), block.id)
        case ReadingTask():
            question, answer = plain_blocks(block.question), plain_blocks(block.answer or ())
            yield Record("reading_question", "", question, answer, id=block.id)
        case Facts():
            yield from (Record("fact", "", name, _value(value)) for name, value in block.entries)


def _value(value: Fact) -> Cell:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return format_fact(value)
