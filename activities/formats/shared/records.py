"""The questions and cards of an item, each by itself, as formats of cards and quizzes have them."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.formulas.readable import readable_text
from activities.documents.model import (
    Block,
    Card,
    Heading,
    Paragraph,
    Part,
    QuestionAnswer,
    ReadingTask,
)
from activities.documents.pictures import described
from activities.documents.plain import plain_blocks
from activities.formats.shared.stable_keys import record_keys
from activities.model.content import Item, PartName
from activities.model.warnings import place_text


class Record(NamedTuple):
    """What is asked, and its answer."""

    key: str
    number: int
    asked: Sequence[Block]
    answer: Sequence[Block] | None
    """None where the content has none; empty where it was left out."""
    tags: Sequence[str]


def records_of(part: Part, item: Item, namespace: str) -> list[Record]:
    """The records of a part that has them.

    Args:
        part: of the document.
        item: that the document is of.
        namespace: see `record_keys`.
    """
    keys = record_keys(namespace, item, cast("PartName", part.name))
    return [_record(key, block) for key, block in zip(keys, part.blocks, strict=True)]


def _record(key: str, block: Block) -> Record:
    match block:
        case Card():
            return Record(key, block.number, block.front, block.back, block.tags)
        case QuestionAnswer() | ReadingTask():
            return Record(key, block.number, block.question, block.answer, ())
        case _:
            raise TypeError(f"{type(block).__name__} is no question and no card")


def line_of(record: Record) -> str:
    """What is asked as a line of text, for lists of questions."""
    first = record.asked[0] if record.asked else None
    if isinstance(first, (Heading, Paragraph)):
        runs = (run for run in described(first.runs) if not run.is_note_reference)
        text = "".join(map(readable_text, runs))
    else:
        text = plain_blocks(record.asked[:1])
    return close_bidi_controls(place_text(text)) or "…"
