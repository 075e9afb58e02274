"""An item becomes a module: pages to read, a quiz, and questions for the bank.

Outline and study guide are one page, unless that is long; FAQs and flashcards have a page each, and
their questions are in the bank as well. Reading questions are the quiz.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

from activities.documents.build import build
from activities.documents.link_targets import item_anchor
from activities.documents.model import Block, Card, Part, QuestionAnswer, ReadingTask
from activities.formats.imscc.declaration import ImsccOptions
from activities.formats.imscc.fragment import Entry, Module, ShownPictures
from activities.formats.imscc.pages import Page, led, page_file, places_on
from activities.formats.imscc.questions import Question, essay, quiz
from activities.formats.shared.stable_keys import ID_DIGITS, item_key, part_key, record_keys
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.places import element_id, nowhere, within_page
from activities.formats.shared.xhtml.profiles import LMS, LMS_QUESTIONS
from activities.formats.shared.xhtml.units import line_of_title
from activities.model.content import Item, PartName
from activities.model.warnings import Report

_QUIZ: Final = "reading_guide_questions"
_ALONE: Final = frozenset({"faqs", "flashcards", _QUIZ})
"""The parts that have an entry of their own."""
_LONG: Final = 40_000
"""Bytes of a page that is divided into one for each of its parts: some twenty screens of text."""


class _Record(NamedTuple):
    """A question or a card."""

    number: int
    asked: Sequence[Block]
    answer: Sequence[Block]


def module_of(item: Item, options: ImsccOptions, report: Report) -> Module:
    """The module of an item."""
    return _Maker(item, options, report).module()


class _Maker:
    """Makes the module of one item."""

    def __init__(self, item: Item, options: ImsccOptions, report: Report) -> None:
        self._item = item
        self._report = report
        self._document = build(item, options, report)
        self._with_answers = options.lms_answers == "feedback"
        self._pictures = ShownPictures()
        self._title = line_of_title(self._document)
        direction = "rtl" if self._document.right_to_left else "ltr"
        self._attributes = f'lang="{self._document.language}" dir="{direction}"'
        self._on_pages = self._writer(on_pages=True)
        self._in_quiz = self._writer(on_pages=False)
        self._in_bank = self._writer(on_pages=False)

    def module(self) -> Module:
        """All of it."""
        document = self._document
        entries: list[Page | Entry] = []
        for parts in self._parts_of_entries():
            if parts[0].name == _QUIZ:
                entries.append(self._quiz(parts[0]))
            else:
                has_title = any(isinstance(entry, Page) for entry in entries)
                entries += self._pages(parts, has_title=not has_title)
        questions = "".join(
            essay(question)
            for part in document.parts
            if part.name in _ALONE and part.name != _QUIZ
            for question in self._questions(part, self._in_bank)
        )
        in_bank = self._pictures.taken()
        title = document.title.runs
        self._on_pages.warnings.flush(self._report, title)
        self._in_quiz.warnings.flush(self._report, title)
        # What the bank lost the pages have told of.
        return Module(
            item_id=document.item_id,
            id=f"m_{item_key(self._report.id_namespace, self._item)[:ID_DIGITS]}",
            place=element_id(item_anchor(document.item_id)),
            title=self._title,
            language=document.language,
            entries=tuple(self._written(entries)),
            questions=questions.encode(),
            questions_pictures=in_bank,
            pictures=self._pictures.files,
        )

    def _parts_of_entries(self) -> list[list[Part]]:
        """The parts of each entry, in the order in which they were asked for."""
        groups: dict[str, list[Part]] = {}
        for part in self._document.parts:
            groups.setdefault(part.name if part.name in _ALONE else "", []).append(part)
        return list(groups.values())

    def _pages(self, parts: Sequence[Part], *, has_title: bool) -> Iterator[Page]:
        """The page of some parts, or the pages if it were long.

        Args:
            parts: of the pages.
            has_title: whether links to the item lead to the first of them.
        """
        written = [(self._on_pages.part(part), self._pictures.taken()) for part in parts]
        is_long = sum(len(xhtml) for xhtml, _ in written) > _LONG
        groups = [[place] for place in range(len(parts))] if is_long else [[*range(len(parts))]]
        named = f' id="{element_id(item_anchor(self._document.item_id))}"' if has_title else ""
        for group in groups:
            first = parts[group[0]]
            label = self._document.labels.part(first.name)
            is_whole = len(group) > 1 or (first.name not in _ALONE and not is_long)
            heading = f"<h1{named}>{self._on_pages.runs(self._document.title.runs)}</h1>\n"
            named = ""
            yield Page(
                id=self._id(first),
                title=self._title if is_whole else f"{self._title}: {label}",
                body=(heading + "\n".join(written[place][0] for place in group)).encode(),
                pictures=tuple(
                    dict.fromkeys(name for place in group for name in written[place][1])
                ),
            )

    def _quiz(self, part: Part) -> Entry:
        questions = list(self._questions(part, self._in_quiz))
        title = f"{self._title}: {self._document.labels.part(part.name)}"
        quiz_id = self._id(part)
        return Entry(quiz_id, title, True, quiz(quiz_id, title, questions), self._pictures.taken())

    def _questions(self, part: Part, writer: XhtmlWriter) -> Iterator[Question]:
        labels = self._document.labels
        writer.warnings.begin_part(part.name)
        name = cast("PartName", part.name)
        keys = record_keys(self._report.id_namespace, self._item, name)
        is_quiz = part.name == _QUIZ
        title = labels.question if is_quiz else f"{self._title}: {labels.part(part.name)}"
        for key, block in zip(keys, part.blocks, strict=True):
            self._report.check_cancelled()
            record = _record_of(block)
            writer.warnings.begin_record(labels, record.number)
            if record.answer and not self._with_answers:
                writer.warnings.add("answers-left-out")
            yield Question(
                id=f"q_{key[:ID_DIGITS]}",
                title=f"{title} {record.number}",
                asked=self._text(record.asked, writer),
                answer=self._text(record.answer, writer)
                if record.answer and self._with_answers
                else None,
            )

    def _text(self, blocks: Sequence[Block], writer: XhtmlWriter) -> str:
        return f"<div {self._attributes}>{writer.blocks(blocks)}</div>"

    def _written(self, entries: Sequence[Page | Entry]) -> Iterator[Entry]:
        """The entries, whose pages lead to each other."""
        places = places_on(entry for entry in entries if isinstance(entry, Page))
        for entry in entries:
            if isinstance(entry, Entry):
                yield entry
            else:
                body = led(entry.body, places, entry.id)
                text = page_file(entry.title, self._attributes, body)
                yield Entry(entry.id, entry.title, False, text, entry.pictures)

    def _id(self, part: Part) -> str:
        """The id of the entry that begins with a part."""
        return f"r_{part_key(self._report.id_namespace, self._item, part.name)[:ID_DIGITS]}"

    def _writer(self, *, on_pages: bool) -> XhtmlWriter:
        profile, places = (LMS, within_page) if on_pages else (LMS_QUESTIONS, nowhere)
        return XhtmlWriter(self._document, profile, self._report, self._pictures, places)


def _record_of(block: Block) -> _Record:
    match block:
        case Card():
            return _Record(block.number, block.front, block.back)
        case QuestionAnswer():
            return _Record(block.number, block.question, block.answer)
        case ReadingTask():
            return _Record(block.number, block.question, block.answer or ())
        case _:
            raise TypeError(f"{type(block).__name__} is no question")
