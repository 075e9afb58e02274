"""An item of content becomes a document, with the parts that the options ask for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from activities.documents.author_numbers import (
    NumberedText,
    begins_with_number,
    numbered_question,
)
from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.classroom import classroom_words
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.design.subjects import accent_of
from activities.documents.heading_levels import HEADING_LEVEL_MAX
from activities.documents.html.reader import HtmlReader
from activities.documents.labels import is_written_from_right, labels, language_tag
from activities.documents.link_targets import (
    LocalNames,
    item_anchor,
    may_have_local_link,
    resolve_links,
)
from activities.documents.markdown import MarkdownReader
from activities.documents.model import (
    PART_LEVEL,
    Block,
    Card,
    Document,
    Fact,
    Facts,
    Heading,
    Objectives,
    Paragraph,
    Part,
    QuestionAnswer,
    ReadingTask,
    Run,
    Runs,
)
from activities.documents.own_pages import is_own_page, page_heading, page_options
from activities.documents.reading_time import reading_minutes
from activities.documents.worksheets import is_young, writing_space
from activities.model.book_options import takes_theme
from activities.model.content import (
    PART_NAMES,
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Scalar,
    Section,
    stable_ids,
)
from activities.model.options import DocumentOptions, RenderOptions
from activities.model.warnings import Report

_LICENCE = "licence"
_LICENCE_KEYS = frozenset({_LICENCE, "license"})
_FIRST_LEVEL_WITHIN = PART_LEVEL + 1

_Record = TypeVar("_Record", Faq, Flashcard, ReadingQuestion)


def build(item: Item, options: RenderOptions, report: Report) -> Document:
    """The document of one item.

    What is left out or changed goes to the report, as one warning for each part and kind. What
    `report.check_cancelled` and `report.count` raise to stop the work passes through.
    """
    if takes_theme(type(options)) and report.theme.licence:
        item = _licensed(item, report.theme.licence)
    if is_own_page(item):
        options = page_options(options)
    return _Builder(item, options, report).document()


def _licensed(item: Item, licence: str) -> Item:
    """The item with the licence of a theme, unless its own metadata have one."""
    metadata = item.metadata or {}
    if not _LICENCE_KEYS.isdisjoint(metadata):
        return item
    return msgspec.structs.replace(item, metadata={**metadata, _LICENCE: licence})


class _Builder:
    def __init__(self, item: Item, options: RenderOptions, report: Report) -> None:
        self._item = item
        self._options = options
        self._report = report
        self._warnings = ConversionWarnings(item.id)
        language = options.language if isinstance(options, DocumentOptions) else None
        self._labels = labels(language or item.language)
        self._words = classroom_words(language or item.language)
        self._reader = MarkdownReader(
            self._warnings,
            self._labels,
            report.media,
            report.links,
            LocalNames(lambda: may_have_local_link(item)),
        )
        self._texts: MarkdownReader | HtmlReader = self._reader
        """Reads the texts of the part that is read."""
        self._parts: list[Part] = []

    def document(self) -> Document:
        item = self._item
        item_id = self._reader.text(item.id)
        title = self._runs(item.title) or (Run(item_id),)
        title += self._mark_of_quality()
        for name in self._options.part_names():
            content = getattr(item, name)
            if content:
                is_html = name in PART_NAMES and item.format_of(name) == "html"
                self._texts = HtmlReader(self._reader) if is_html else self._reader
                self._add_part(name, _READERS[name](self, content))
        heading = Heading(1, title, anchors=(item_anchor(item.id),))
        parts = tuple(self._parts)
        if self._reader.local_links or self._reader.local_names.are_given:
            self._warnings.begin_part("")
            heading, parts = resolve_links(item.id, (heading, parts), self._warnings)
        self._warnings.flush(self._report, title)
        self._report.count(self._reader.produced)
        return Document(
            item_id=item_id,
            language=language_tag(item.language),
            right_to_left=is_written_from_right(item.language),
            title=heading,
            labels=self._labels,
            words=self._words,
            parts=parts,
            accent=accent_of((item.metadata or {}).get("subject")),
            reading_minutes=reading_minutes(item.study_guide or "", item.metadata or {}),
        )

    def _mark_of_quality(self) -> Runs:
        """What an item's title ends with that is below the quality asked for."""
        gate = self._options.min_quality
        if gate is None or gate.action != "flag" or is_own_page(self._item):
            return ()
        metrics = self._item.quality_metrics
        if gate.is_reached(metrics):
            return ()
        return (Run(self._reader.text(f" ({gate.shortfall(metrics)})")),)

    def _add_part(self, name: str, blocks: Iterator[Block]) -> None:
        self._warnings.begin_part(name)
        read = tuple(blocks)
        if read:
            is_page = is_own_page(self._item)
            words = page_heading(self._item) if is_page else self._labels.part(name)
            heading = Heading(PART_LEVEL, (Run(words),))
            self._parts.append(Part(name, heading, read))

    def _runs(self, source: str) -> Runs:
        self._report.check_cancelled()
        return self._texts.runs(source)

    def read_study_guide(self, source: str) -> Iterator[Block]:
        return self._blocks(source)

    def _blocks(self, source: str) -> Iterator[Block]:
        self._report.check_cancelled()
        yield from self._texts.blocks(source, _FIRST_LEVEL_WITHIN)

    def read_outline(self, outline: Outline) -> Iterator[Block]:
        yield from self._summary(outline.summary)
        waiting = _numbered(outline.sections, ())
        while waiting:
            number, section = waiting.pop()
            yield from self._section(section, number)
            waiting.extend(_numbered(section.sections, number))

    def _section(self, section: Section, number: tuple[int, ...]) -> Iterator[Block]:
        level = min(PART_LEVEL + len(number), HEADING_LEVEL_MAX)
        title = self._runs(section.title) or (Run("…"),)
        self._warnings.heading = title
        yield Heading(level, title, number, begins_with_number(title, number))
        yield from self._summary(section.summary)
        objectives = self._entries(section.learning_objectives)
        if objectives:
            yield Objectives("learning_objectives", objectives)
        key_points = self._entries(section.key_points)
        if key_points:
            yield Objectives("key_points", key_points)

    def _summary(self, source: str) -> Iterator[Block]:
        for block in self._blocks(source):
            yield Paragraph(block.runs, "summary") if isinstance(block, Paragraph) else block

    def _entries(self, sources: Iterable[str]) -> tuple[Runs, ...]:
        return tuple(runs for runs in map(self._runs, sources) if runs)

    def read_faqs(self, faqs: Sequence[Faq]) -> Iterator[Block]:
        for number, faq, faq_id in _numbered_records(faqs):
            asked = self._asked(number, faq.question)
            yield QuestionAnswer(
                number=asked.number,
                id=self._reader.text(faq_id),
                question=tuple(self._blocks(asked.text)),
                answer=self._answer(faq.answer),
            )

    def read_flashcards(self, flashcards: Sequence[Flashcard]) -> Iterator[Block]:
        for number, card, card_id in _numbered_records(flashcards):
            asked = self._asked(number, card.front)
            yield Card(
                number=asked.number,
                id=self._reader.text(card_id),
                front=tuple(self._blocks(asked.text)),
                back=self._answer(card.back),
                tags=tuple(self._label(tag) for tag in card.tags),
            )

    def read_questions(self, questions: Sequence[ReadingQuestion]) -> Iterator[Block]:
        item = self._item
        language, metadata = language_tag(item.language), item.metadata or {}
        subject = accent_of(metadata.get("subject"))
        young = is_young(metadata.get("target_audience"), language)
        for number, question, question_id in _numbered_records(questions):
            asked = self._asked(number, question.question)
            answer = question.answer if self._options.answers != "none" else None
            blocks = tuple(self._blocks(asked.text))
            yield ReadingTask(
                number=asked.number,
                id=self._reader.text(question_id),
                question=blocks,
                answer=tuple(self._blocks(answer)) if answer else None,
                space=writing_space(blocks, question.answer, language, subject, young=young),
            )

    def _asked(self, number: int, source: str) -> NumberedText:
        """Begin a record: its question or front without a number, and its number."""
        asked = numbered_question(source) or NumberedText(number, source)
        self._warnings.begin_record(self._labels, asked.number)
        return asked

    def _answer(self, source: str) -> tuple[Block, ...]:
        return tuple(self._blocks(source)) if self._options.answers != "none" else ()

    def read_metadata(self, metadata: dict[str, Scalar | list[Scalar]]) -> Iterator[Block]:
        yield Facts(
            "metadata",
            tuple((self._label(name), self._fact(metadata[name])) for name in sorted(metadata)),
        )

    def _fact(self, value: Scalar | list[Scalar]) -> Fact:
        if isinstance(value, list):
            return tuple([self._label(v) if isinstance(v, str) else v for v in value])
        return self._label(value) if isinstance(value, str) else value

    def _label(self, source: str) -> str:
        """A text that formats put on one line with others."""
        return close_bidi_controls(self._reader.text(source))

    def read_quality_metrics(self, metrics: dict[str, float]) -> Iterator[Block]:
        facts = ((self._label(name), metrics[name]) for name in sorted(metrics))
        yield Facts("quality_metrics", tuple(facts))


_READERS: MappingProxyType[str, Callable[[_Builder, Any], Iterator[Block]]] = MappingProxyType(
    {
        "outline": _Builder.read_outline,
        "study_guide": _Builder.read_study_guide,
        "faqs": _Builder.read_faqs,
        "flashcards": _Builder.read_flashcards,
        "reading_guide_questions": _Builder.read_questions,
        "metadata": _Builder.read_metadata,
        "quality_metrics": _Builder.read_quality_metrics,
    }
)
"""The method that reads each part of an item."""


def _numbered_records(records: Sequence[_Record]) -> Iterator[tuple[int, _Record, str]]:
    """Records with their numbers and ids."""
    return zip(count(1), records, stable_ids(records), strict=False)


def _numbered(
    sections: list[Section], above: tuple[int, ...]
) -> list[tuple[tuple[int, ...], Section]]:
    """Sections with their numbers, the last one first."""
    return [((*above, place), sections[place - 1]) for place in range(len(sections), 0, -1)]
