"""How the parts of a course are drawn: questions, cards, reading tasks, objectives, facts."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import Any, ClassVar

from msgspec.structs import replace

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.design.tokens import TOKENS
from activities.documents.labels import Labels
from activities.documents.model import (
    Block,
    Card,
    Fact,
    Facts,
    Heading,
    Objectives,
    Paragraph,
    QuestionAnswer,
    ReadingTask,
    Run,
    Runs,
)
from activities.documents.plain import shown_fact
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.blocks import (
    DISC,
    LIST_ITEM,
    BlockPainter,
    MarkedTags,
)
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import (
    FREE,
    TITLE,
    WITH_NEXT,
    WRITING_LINES_MIN,
    keeps_of_entries,
)
from activities.formats.pdf.page.tables import ROW_HEAD, Bar, Cell, PreparedTable
from activities.formats.pdf.page.theme import GAPS, RULES, TextStyle, followed

_EM = 1000
_QUESTION = MarkedTags("", "")


class CourseBlockPainter(BlockPainter):
    """Draws every block of one part of an item."""

    def __init__(
        self,
        flow: Flow,
        labels: Labels,
        on_heading: Callable[[Heading], int] | None,
        warnings: ConversionWarnings,
        note_prefix: str,
    ) -> None:
        """Take the words of the item's language, and what `BlockPainter` takes."""
        super().__init__(flow, on_heading, warnings, note_prefix)
        self._labels = labels

    def _objectives(self, block: Objectives) -> None:
        title = partial(self._small_title, self._labels.part(block.kind), self._flow.styles.label)
        self._flow.draw_steps([(TITLE, title), (FREE, partial(self._points, block))])
        self._flow.advance(0, after=self.body.after)

    def _points(self, block: Objectives) -> None:
        marker = "◎" if block.kind == "learning_objectives" else "•"
        style = followed(self._flow.styles.list_item, 2.0)
        with self._flow.structure.element("L", DISC), self._with_body_style(style):
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

    def _question(self, block: QuestionAnswer | ReadingTask) -> None:
        flow = self._flow
        self.begin_record(block.number)
        asked = partial(self._numbered, block.number, block.question, _asked(self.body))
        with flow.structure.element("Div"):
            flow.draw_steps([(TITLE, asked), (FREE, partial(self._answer, block.answer))])
        flow.advance(0, after=9)

    def _numbered(self, number: int, blocks: Sequence[Block], style: TextStyle) -> None:
        with self._with_body_style(style):
            self._marked(f"{number}.", blocks, style, _QUESTION)

    def _card(self, block: Card) -> None:
        flow = self._flow
        self.begin_record(block.number)
        asked = partial(self._numbered, block.number, block.front, _asked(self.body))
        with flow.structure.element("Div"):
            flow.draw_steps([(TITLE, asked), (FREE, partial(self._answer, block.back, block.tags))])
        flow.add_spacing(4)
        flow.surface.rectangle(flow.x, flow.y, flow.width, RULES.row, flow.palette.line)
        flow.advance(0, after=7)

    def draw_tags(self, tags: Sequence[str]) -> None:
        """Draw the tags of a card, if it has any."""
        if tags:
            flow = self._flow
            flow.add_spacing(0)
            text = f"{self._labels.tags}: {', '.join(tags)}"
            flow.add_paragraph(self._prepare((Run(text),), flow.styles.tag), flow.styles.tag)

    def _answer(self, blocks: Sequence[Block] | None, tags: Sequence[str] = ()) -> None:
        """Draw an answer and its tags, or room to write one."""
        flow = self._flow
        with flow.indented(flow.theme.list_indent, right_to_left=self.begins_at_right(blocks)):
            steps = self._steps(blocks) if blocks else [(FREE, self._writing_lines)]
            if tags:
                # They never stand alone at the top of a page.
                steps = [
                    *steps[:-1],
                    (WITH_NEXT, steps[-1][1]),
                    (FREE, partial(self.draw_tags, tags)),
                ]
            flow.draw_steps(steps)

    def _writing_lines(self) -> None:
        flow = self._flow
        lines = theme.WRITING_LINES
        if flow.pages.is_lower:
            lines = max(lines - 1, WRITING_LINES_MIN)
        for _ in range(lines):
            flow.ensure_space(GAPS.writing_line)
            flow.advance(GAPS.writing_line)
            flow.surface.rectangle(flow.x, flow.y, flow.width, RULES.hairline, TOKENS.neutrals.g500)

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
            ReadingTask: _question,
            Facts: _facts,
        }
    )


@cache
def _asked(style: TextStyle) -> TextStyle:
    """The style of a question whose answer follows."""
    return replace(style, weight=700, after=3.0)


def _bar(value: Fact, start: float) -> Bar | None:
    """The bar of a value that is a part of a whole."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return Bar(float(value), start)
    return None
