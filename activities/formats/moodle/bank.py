"""The questions of an item as Moodle has them, before they are written in one of its formats."""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from activities.documents.build import build
from activities.documents.model import Block, Document, Paragraph, Part, Run
from activities.documents.plain import plain_runs
from activities.formats.moodle.declaration import MoodleOptions
from activities.formats.moodle.names import plain_name
from activities.formats.shared.records import Record, line_of, records_of
from activities.formats.shared.stable_keys import ID_DIGITS
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.pictures import PictureFiles, no_pictures
from activities.formats.shared.xhtml.places import nowhere
from activities.formats.shared.xhtml.profiles import MOODLE
from activities.formats.shared.xhtml.units import line_of_title, standing_alone
from activities.model.content import Item
from activities.model.warnings import Report

_FILES: Final = "@@PLUGINFILE@@/"
_PAIRS_MIN, _PAIRS_MAX = 4, 10
_BACK_CHARACTERS_MAX: Final = 255
"""Characters of an answer to match, as a column of Moodle's database has it."""
_NOT_AS_WRITTEN: Final = re.compile(r"<|&#?\w{1,8};")
"""What Moodle takes for markup in an answer to match."""
_NOTHING: Final = (Paragraph((Run("…"),)),)
"""Stands for a question without a text."""


class Text(NamedTuple):
    """A text of a question: XHTML, and the pictures in it by their names."""

    xhtml: str
    pictures: dict[str, bytes]


class Pair(NamedTuple):
    """A front of a card, and its back as plain text."""

    front: Text
    back: str


class Question(NamedTuple):
    """A question that a teacher grades or, with pairs, one that asks for their backs."""

    id: str
    name: str
    asked: Text
    answer: Text | None = None
    """For who grades."""
    pairs: Sequence[Pair] = ()
    tags: Sequence[str] = ()


class Category(NamedTuple):
    """The questions of a part of an item."""

    name: str
    questions: Sequence[Question]


class Bank(NamedTuple):
    """The questions of an item."""

    name: str
    categories: Sequence[Category]


def bank_of(item: Item, options: MoodleOptions, report: Report) -> Bank:
    """The questions of an item. What Moodle cannot hold goes to the report."""
    document = build(item, options, report)
    writer = _BankWriter(document, report, shows_pictures=options.moodle_layout == "xml")
    categories = [
        writer.category(part, records_of(part, item, report.id_namespace))
        for part in document.parts
    ]
    writer.warnings.flush(report, document.title.runs)
    return Bank(f"{line_of_title(document)} (v{item.version})", categories)


class _BankWriter:
    def __init__(self, document: Document, report: Report, *, shows_pictures: bool) -> None:
        self._document = document
        self._report = report
        self._pictures = PictureFiles(_FILES)
        address = self._pictures if shows_pictures else no_pictures
        self._writer = XhtmlWriter(document, MOODLE, report, address, nowhere)
        self.warnings = self._writer.warnings

    def category(self, part: Part, records: Sequence[Record]) -> Category:
        self.warnings.begin_part(part.name)
        name = plain_runs(part.heading.runs)
        groups, single = _grouped(records) if part.name == "flashcards" else ([], records)
        questions = [
            self._matching(f"{name} {number}", group) for number, group in enumerate(groups, 1)
        ]
        digits = len(str(len(records)))
        questions += [self._essay(record, digits) for record in single]
        return Category(name, questions)

    def _essay(self, record: Record, digits: int) -> Question:
        self._begin(record)
        return Question(
            id=record.key[:ID_DIGITS],
            name=plain_name(f"{record.number:0{digits}}. {line_of(record)}"),
            asked=self._text(record.asked or _NOTHING),
            answer=self._text(record.answer) if record.answer else None,
            tags=record.tags,
        )

    def _matching(self, name: str, cards: Sequence[Record]) -> Question:
        pairs = []
        for card in cards:
            self._begin(card)
            pairs.append(Pair(self._text(card.asked), _plain_back(card)))
        keys = "\x1f".join(card.key for card in cards)
        return Question(
            id=sha256(keys.encode()).hexdigest()[:ID_DIGITS],
            name=plain_name(name),
            asked=self._text((Paragraph((Run(self._document.words.matching),)),)),
            pairs=pairs,
            tags=list(dict.fromkeys(tag for card in cards for tag in card.tags)),
        )

    def _begin(self, record: Record) -> None:
        self._report.check_cancelled()
        self.warnings.begin_record(self._document.labels, record.number)

    def _text(self, blocks: Sequence[Block]) -> Text:
        self._pictures.files = {}
        xhtml = standing_alone(blocks, self._document, self._writer)
        return Text(xhtml, self._pictures.files)


def _grouped(cards: Sequence[Record]) -> tuple[list[list[Record]], list[Record]]:
    """Cards that can be matched, in groups of about the same size, and the others."""
    fitting = [card for card in cards if _can_be_matched(card)]
    count = -(-len(fitting) // _PAIRS_MAX)
    if len(fitting) < _PAIRS_MIN:
        return [], list(cards)
    cuts = [len(fitting) * place // count for place in range(count + 1)]
    matched = {card.key for card in fitting}
    groups = [fitting[start:end] for start, end in pairwise(cuts)]
    return groups, [card for card in cards if card.key not in matched]


def _can_be_matched(card: Record) -> bool:
    """Whether both sides are one paragraph, and the back says the same as plain text."""
    sides = (card.asked, card.answer or ())
    if not all(len(side) == 1 and isinstance(side[0], Paragraph) for side in sides):
        return False
    if any(run.math or run.picture or run.missing is not None for run in _runs(sides[1])):
        return False
    back = _plain_back(card)
    return (
        0 < len(back) <= _BACK_CHARACTERS_MAX
        and not _NOT_AS_WRITTEN.search(back)
        and bool(plain_runs(tuple(_runs(sides[0]))).strip())
    )


def _plain_back(card: Record) -> str:
    return " ".join(plain_runs(tuple(_runs(card.answer or ()))).split())


def _runs(side: Sequence[Block]) -> Iterator[Run]:
    for block in side:
        if isinstance(block, Paragraph):
            yield from block.runs
