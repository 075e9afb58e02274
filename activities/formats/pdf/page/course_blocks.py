"""How the parts of a course are drawn: questions, cards, reading tasks, objectives, facts."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import (
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
    Runs,
    WritingSpace,
)
from activities.documents.plain import shown_fact
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.blocks import (
    DISC,
    LIST_ITEM,
    BlockPainter,
    MarkedTags,
)
from activities.formats.pdf.page.card_rows import CardRows
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import (
    FREE,
    PART_TITLE,
    TITLE,
    keep_of,
    keeps_of_entries,
)
from activities.formats.pdf.page.pagination import Step, enclosed
from activities.formats.pdf.page.tables import ROW_HEAD, Bar, Cell, PreparedTable
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import GAPS, TextStyle, followed, in_base
from activities.formats.pdf.page.titles import show_beside
from activities.formats.pdf.page.worksheet import Worksheet
from activities.formats.pdf.page.writing_space import WritingSpaceBlock
from activities.model.book_options import Points

_EM = 1000
_QUESTION = MarkedTags("", "")
_HINT_SHARE = 0.6
"""How much of the heading's line the hint beside it may take."""
_HINT_RISE = 3.0


class CourseBlockPainter(BlockPainter):
    """Draws every block of one part of an item."""

    def __init__(
        self,
        flow: Flow,
        document: Document,
        on_heading: Callable[[Heading], int] | None,
        warnings: ConversionWarnings,
        note_prefix: str,
        points: Points,
    ) -> None:
        """Take an item, what its questions have room for, and what `BlockPainter` takes."""
        super().__init__(flow, document.labels, on_heading, warnings, note_prefix)
        self._words = document.words
        self._title = document.title.runs
        self.reading_time = ""
        """What stands beside the title of the study guide."""
        self.names_cards = False
        """Whether links lead to cards."""
        self.card_places: dict[int, tuple[int, str]] = {}
        """The pages of cards that are drawn, by their numbers, and the names of these places."""
        self.worksheet_page = 0
        """The page on which the worksheet begins, once it is drawn."""
        self.worksheet_name = f"{note_prefix}worksheet"
        """The name of that place, for links."""
        self.is_below_title = False
        """Whether a worksheet stands on the page of the unit's title, which has nothing else."""
        self._points = points

    # Made when they are needed: if the painter kept them, they and it would keep each other.

    @property
    def _cards(self) -> CardRows:
        return CardRows(self._flow, self)

    @property
    def _worksheet(self) -> Worksheet:
        return Worksheet(self._flow, self, self._words, self._points)

    def _objectives(self, block: Objectives) -> None:
        title = partial(self._small_title, self._labels.part(block.kind), self._flow.styles.label)
        self._flow.draw_steps([(TITLE, title), (FREE, partial(self._entries, block))])
        self._flow.advance(0, after=self.body.after)

    def _entries(self, block: Objectives) -> None:
        marker = "◎" if block.kind == "learning_objectives" else "•"
        style = followed(self._flow.styles.list_item, 2.0)
        with self._flow.structure.element("L", DISC), self.with_body_style(style):
            self._flow.draw_steps(
                [
                    (keep, partial(self._point, marker, runs, style))
                    for keep, runs in zip(
                        keeps_of_entries(len(block.entries)), block.entries, strict=True
                    )
                ]
            )

    def _point(self, marker: str, runs: Runs, style: TextStyle) -> None:
        with self._flow.structure.element("LI"):
            self._marked(marker, (Paragraph(runs),), style, LIST_ITEM)

    def _small_title(self, text: str, style: TextStyle) -> None:
        flow = self._flow
        paragraph = flow.typesetter.prepare_text(text, style.font, flow.right_to_left)
        flow.add_paragraph(paragraph, style)

    def begin_record(self, number: int) -> None:
        """Note that what comes is in this card or question."""
        self._warnings.begin_record(self._labels, number)

    def _question(self, block: QuestionAnswer) -> None:
        flow = self._flow
        self.begin_record(block.number)
        if flow.side:
            asked = partial(self._beside_sign, block)
        else:
            asked = partial(
                self._numbered, block.number, block.question, followed(flow.styles.faq, 3.0)
            )
        with flow.structure.element("Div"):
            flow.draw_steps([(TITLE, asked), (FREE, partial(self._answer, block.answer))])
        flow.advance(0, after=9)

    def _beside_sign(self, block: QuestionAnswer) -> None:
        """Draw a question with its sign and number at the end of the side column."""
        flow = self._flow
        style = followed(flow.styles.faq, 3.0)
        first = block.question[0] if block.question else None
        flow.add_spacing(style.before)
        flow.ensure_space(style.leading)
        text = f"{self._labels.question_sign}\u00a0{block.number}"
        if isinstance(first, Paragraph):
            paragraph = self.prepare(first.runs, style)
            lines = paragraph.lines(flow.width * _EM / style.size)
            with flow.structure.element("P"):
                show_beside(flow, text, in_base(style), at_end=True)
                flow.add_lines(lines, style, "right" if paragraph.right_to_left else "left")
            flow.advance(0, after=style.after)
        else:
            with flow.structure.element("P"):
                show_beside(flow, text, in_base(style), at_end=True)
        with self.with_body_style(style):
            self.draw(block.question[1:] if isinstance(first, Paragraph) else block.question)

    def _numbered(self, number: int, blocks: Sequence[Block], style: TextStyle) -> None:
        with self.with_body_style(style):
            self._marked(f"{number}.", blocks, style, _QUESTION)

    def part_steps(self, part: Part, *, is_worksheet: bool) -> list[Step]:
        """What draws a part below its heading, the questions as a worksheet or with their
        answers.
        """
        if part.name == "reading_guide_questions" and is_worksheet:
            return self._worksheet_steps(part)
        if part.name == "flashcards":
            return [(PART_TITLE, partial(self._cards_head, part)), *self.row_steps(part.blocks)]
        steps = self.steps((part.heading, *part.blocks))
        if part.name == "study_guide" and self.reading_time:
            keep, draw = steps[0]
            steps[0] = keep, partial(self._with_reading_time, draw)
        return steps

    def _with_reading_time(self, draw: Callable[[], None]) -> None:
        draw()
        self._draw_hint(self.reading_time)

    # Cards

    def _cards_head(self, part: Part) -> None:
        self.heading(part.heading)
        self._draw_hint(self._words.cover_hint)

    def row_steps(self, cards: Sequence[Block]) -> list[Step]:
        """What draws cards as the rows of a table."""
        structure = self._flow.structure
        return enclosed(self.steps(cards), partial(structure.open, "Table"), structure.close)

    def _draw_hint(self, hint: str) -> None:
        """Say something at the end of the heading's line."""
        flow, style, full = self._flow, self._flow.styles.caption, self._flow.full
        text = flow.typesetter.prepare_text(hint, style.font, flow.right_to_left)
        if text.width * style.size / _EM > full.width * _HINT_SHARE:
            with flow.wide():
                flow.add_paragraph(text, style)
            return
        line = text.cut(full.width * _HINT_SHARE * _EM / style.size)
        alignment: Alignment = "left" if flow.right_to_left else "right"
        box = TextBox(style, full.x, flow.y + style.leading + _HINT_RISE, full.width, alignment)
        flow.painter.show_element([line], box, "P")

    def draw_too_long(self, cards: Sequence[Card]) -> None:
        """Draw the cards that no sheet to cut out has room for, and tell of them."""
        for card in cards:
            self.begin_record(card.number)
            self._warnings.add_once("card-too-long", card)
        self._flow.draw_steps(self.row_steps(cards))

    def _card(self, block: Card) -> None:
        self.begin_record(block.number)
        name = f"{self._note_prefix}card-{block.number}"
        self._cards.draw(block, (name,) if self.names_cards else ())
        self.card_places[block.number] = self._flow.page, name

    # Questions

    def _worksheet_steps(self, part: Part) -> list[Step]:
        tasks = [block for block in part.blocks if isinstance(block, ReadingTask)]
        steps = [(keep_of(task, None), partial(self._asked, task)) for task in tasks]
        return [(TITLE, partial(self._worksheet_head, part, tasks)), *steps]

    def _worksheet_head(self, part: Part, tasks: Sequence[ReadingTask]) -> None:
        flow = self._flow
        if self.is_below_title:
            flow.add_spacing(0)
        else:
            flow.break_page()
        top = flow.y
        self.worksheet_page = flow.page
        flow.surface.place_destinations((self.worksheet_name,), flow.x, top)
        with flow.wide():
            self.heading(part.heading, flow.styles.label)
            self._worksheet.draw_head(() if self.is_below_title else self._title, tasks, top)

    def _asked(self, task: ReadingTask) -> None:
        self.begin_record(task.number)
        with self._flow.wide():
            self._worksheet.draw_question(task, None)

    def _reading_task(self, block: ReadingTask) -> None:
        self.begin_record(block.number)
        with self._flow.wide():
            self._worksheet.draw_question(block, block.answer)

    def _answer(self, blocks: Sequence[Block]) -> None:
        """Draw an answer, or room to write one."""
        flow = self._flow
        indent = 0.0 if flow.side else flow.theme.list_indent
        with flow.indented(indent, right_to_left=self.begins_at_right(blocks)):
            if blocks:
                self.draw(blocks)
            else:
                WritingSpaceBlock(flow, WritingSpace(theme.WRITING_LINES)).draw()

    def _facts(self, block: Facts) -> None:
        flow = self._flow
        prepare = flow.typesetter.prepare_text
        texts = [
            prepare(shown_fact(value), flow.styles.cell.font, flow.right_to_left)
            for _, value in block.entries
        ]
        bars: list[Bar | None] = [None] * len(texts)
        if block.kind == "quality_metrics":
            widest = max([text.width for text in texts], default=0.0) * flow.styles.cell.size / _EM
            start = max(theme.METRIC_TEXT, widest + GAPS.cell_across)
            bars = [_bar(value, start) for _, value in block.entries]
        rows = [
            (
                Cell(
                    prepare(name, flow.styles.cell_head.font, flow.right_to_left),
                    flow.styles.cell_head,
                    "TH",
                    ROW_HEAD,
                ),
                Cell(text, flow.styles.cell, bar=bar),
            )
            for (name, _), text, bar in zip(block.entries, texts, bars, strict=True)
        ]
        if rows:
            PreparedTable(flow, (), rows, ()).draw()

    DRAWERS: ClassVar[Mapping[type, Callable[[Any, Any], None]]] = MappingProxyType(
        {
            **BlockPainter.DRAWERS,
            Objectives: _objectives,
            QuestionAnswer: _question,
            Card: _card,
            ReadingTask: _reading_task,
            Facts: _facts,
        }
    )


def _bar(value: Fact, start: float) -> Bar | None:
    """The bar of a value that is a part of a whole."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return Bar(float(value), start)
    return None
