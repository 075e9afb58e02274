"""An item of content becomes a document, with the parts that the options ask for."""

from collections.abc import Iterable, Iterator

from activities.content.model import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Scalar,
    Section,
)
from activities.documents.block_tokens import HEADING_LEVEL_MAX
from activities.documents.labels import is_right_to_left, labels, language_tag
from activities.documents.markdown import MarkdownReader
from activities.documents.model import (
    Block,
    Card,
    Document,
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
from activities.documents.notices import Notices
from activities.documents.plain import plain_value
from activities.formats.protocol import RenderOptions, Report

_PART_LEVEL = 2
_FIRST_LEVEL_WITHIN = _PART_LEVEL + 1


def build(item: Item, options: RenderOptions, report: Report) -> Document:
    """The document of one item.

    What is left out or changed goes to the report, as one warning for each part and kind. What
    `report.tick` raises to stop the work passes through.
    """
    return _Builder(item, report).document(options)


class _Builder:
    def __init__(self, item: Item, report: Report) -> None:
        self._item = item
        self._report = report
        self._notices = Notices(item.id)
        self._reader = MarkdownReader(self._notices)
        self._labels = labels(item.language)
        self._parts: list[Part] = []

    def document(self, options: RenderOptions) -> Document:
        item = self._item
        item_id = self._reader.text(item.id)
        title = self._runs(item.title) or (Run(item_id),)
        if item.outline:
            self._add_part("outline", self._outline(item.outline))
        if item.study_guide:
            self._add_part("study_guide", self._blocks(item.study_guide))
        if item.faqs:
            self._add_part("faqs", self._faqs(item.faqs))
        if item.flashcards:
            self._add_part("flashcards", self._cards(item.flashcards))
        if item.reading_guide_questions:
            self._add_part("reading_guide_questions", self._tasks(item.reading_guide_questions))
        if options.include_metadata and item.metadata:
            self._add_part("metadata", self._metadata(item.metadata))
        if options.include_quality_metrics and item.quality_metrics:
            self._add_part("quality_metrics", self._quality_metrics(item.quality_metrics))
        self._notices.flush(self._report)
        return Document(
            item_id=item_id,
            language=language_tag(item.language),
            right_to_left=is_right_to_left(item.language),
            title=Heading(1, title),
            parts=tuple(self._parts),
        )

    def _add_part(self, name: str, blocks: Iterator[Block]) -> None:
        self._notices.part = name
        read = tuple(blocks)
        if read:
            heading = Heading(_PART_LEVEL, (Run(self._labels.part(name)),))
            self._parts.append(Part(name, heading, read))

    def _runs(self, source: str) -> Runs:
        self._report.tick()
        return self._reader.runs(source)

    def _blocks(self, source: str) -> Iterator[Block]:
        self._report.tick()
        yield from self._reader.blocks(source, _FIRST_LEVEL_WITHIN)

    def _outline(self, outline: Outline) -> Iterator[Block]:
        yield from self._summary(outline.summary)
        waiting = _numbered(outline.sections, ())
        while waiting:
            number, section = waiting.pop()
            yield from self._section(section, number)
            waiting.extend(_numbered(section.sections, number))

    def _section(self, section: Section, number: tuple[int, ...]) -> Iterator[Block]:
        level = min(_PART_LEVEL + len(number), HEADING_LEVEL_MAX)
        yield Heading(level, self._runs(section.title) or (Run("…"),), number)
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

    def _faqs(self, faqs: Iterable[Faq]) -> Iterator[Block]:
        for number, faq in enumerate(faqs, 1):
            yield QuestionAnswer(
                number=number,
                id=self._reader.text(faq.stable_id),
                question=tuple(self._blocks(faq.question)),
                answer=tuple(self._blocks(faq.answer)),
            )

    def _cards(self, flashcards: Iterable[Flashcard]) -> Iterator[Block]:
        for number, card in enumerate(flashcards, 1):
            yield Card(
                number=number,
                id=self._reader.text(card.stable_id),
                front=tuple(self._blocks(card.front)),
                back=tuple(self._blocks(card.back)),
                tags=tuple(self._reader.text(tag) for tag in card.tags),
            )

    def _tasks(self, questions: Iterable[ReadingQuestion]) -> Iterator[Block]:
        for number, question in enumerate(questions, 1):
            yield ReadingTask(
                number=number,
                id=self._reader.text(question.stable_id),
                question=tuple(self._blocks(question.question)),
                answer=tuple(self._blocks(question.answer)) if question.answer else None,
            )

    def _metadata(self, metadata: dict[str, Scalar | list[Scalar]]) -> Iterator[Block]:
        yield Facts(
            "metadata",
            tuple(
                (self._reader.text(name), self._fact(metadata[name])) for name in sorted(metadata)
            ),
        )

    def _fact(self, value: Scalar | list[Scalar]) -> Scalar:
        if isinstance(value, list):
            value = ", ".join(plain_value(entry) for entry in value)
        return self._reader.text(value) if isinstance(value, str) else value

    def _quality_metrics(self, metrics: dict[str, float]) -> Iterator[Block]:
        facts = ((self._reader.text(name), metrics[name]) for name in sorted(metrics))
        yield Facts("quality_metrics", tuple(facts))


def _numbered(
    sections: list[Section], above: tuple[int, ...]
) -> list[tuple[tuple[int, ...], Section]]:
    """Sections with their numbers, the last one first."""
    return [((*above, place), sections[place - 1]) for place in range(len(sections), 0, -1)]
