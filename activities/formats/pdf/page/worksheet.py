"""Reading questions as a class gets them: numbered badges, boxes for points, a head for names."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial

from activities.documents.classroom import ClassroomWords
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Block, ReadingTask, Runs
from activities.formats.pdf.page.balanced import balanced_lines
from activities.formats.pdf.page.blocks import BlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import FREE, TITLE
from activities.formats.pdf.page.setting import in_role
from activities.formats.pdf.page.surface import rounded
from activities.formats.pdf.page.text_painter import TextBox
from activities.formats.pdf.page.writing_space import WritingSpaceBlock
from activities.model.book_options import Points

_EM = 1000
_BADGE = (22.0, 18.0)
_BADGE_GAP = 11.0
_BADGE_PADDING = 5.0
INDENT = _BADGE[0] + _BADGE_GAP
"""Where the text of a question begins, from its badge's outer edge."""
_POINTS = (40.0, 18.0)
_POINTS_GAP = 12.0
_TOTAL = (106.0, 74.0)
_TOTAL_GAP = 24.0
_FIELD_GAP = 8.0
_FIELDS_APART = 15.0
_FIELD_SHARES = (0.5, 0.2, 0.3)
"""Of the lines for name, class and date."""
_RULE_GAP = 14.0
_TEXT_DROP = 3.0
_AFTER_ANSWER = 12.0


class Worksheet:
    """Draws the head of a worksheet and its questions."""

    def __init__(
        self,
        flow: Flow,
        painter: BlockPainter,
        words: ClassroomWords,
        points: Points,
    ) -> None:
        """Take what is drawn on, in whose words, and whether there are boxes for points."""
        self._flow = flow
        self._painter = painter
        self._words = words
        self._points = points

    # The head

    def draw_head(self, title: Runs, tasks: Sequence[ReadingTask], top: float) -> None:
        """Draw the title, the fields for who writes and when, and the box for all points.

        Args:
            title: What the questions are about, if that does not stand above.
            tasks: The questions.
            top: The height that the box begins at, beside what stands above the title.
        """
        flow = self._flow
        total = _TOTAL[0] + _TOTAL_GAP if self._points != "none" else 0.0
        with flow.indented(0.0, total):
            if title:
                self._draw_title(title)
            flow.add_spacing(0)
            self._draw_fields()
        if total:
            lower = top - _TOTAL[1]
            self._draw_total(top, sum(task.space.points for task in tasks))
            flow.advance(max(flow.y - lower, 0.0))
        flow.advance(_RULE_GAP)
        y, edge = flow.y, flow.x + flow.width
        flow.surface.stroke((flow.x, y), (edge, y), TOKENS.rules.part, flow.palette.rule)
        flow.advance(TOKENS.gaps.unit, after=TOKENS.gaps.unit)

    def _draw_title(self, title: Runs) -> None:
        flow, style = self._flow, self._flow.styles.worksheet_title
        paragraph = self._painter.prepare(title, style)
        em = _EM / style.size
        lines = balanced_lines(paragraph, flow.width * em, style.leading * em)
        flow.add_element(lines, style, "right" if paragraph.right_to_left else "left", "P")
        flow.advance(0, after=style.after)

    def _draw_fields(self) -> None:
        flow, style, words = self._flow, self._flow.styles.field, self._words
        labels = [
            flow.typesetter.label(text, style.font, flow.right_to_left)
            for text in (words.name, words.school_class, words.date)
        ]
        widths = [line.width * style.size / _EM for line in labels]
        gaps = len(labels) * _FIELD_GAP + (len(labels) - 1) * _FIELDS_APART
        free = max(flow.width - sum(widths) - gaps, 0.0)
        flow.advance(TOKENS.gaps.unit)
        position = 0.0
        with flow.structure.element("P"):
            for line, width, share in zip(labels, widths, _FIELD_SHARES, strict=True):
                box = TextBox(style, self._x(position, width), flow.y, width)
                flow.painter.show([line], box)
                start = position + width + _FIELD_GAP
                end = start + free * share
                y = flow.y - style.leading
                flow.surface.stroke(
                    (self._x(start, 0.0), y),
                    (self._x(end, 0.0), y),
                    TOKENS.rules.hairline,
                    TOKENS.neutrals.g500,
                )
                position = end + _FIELDS_APART
        flow.advance(style.leading)

    def _draw_total(self, top: float, points: int) -> None:
        flow, (width, height) = self._flow, _TOTAL
        left = self._x(flow.width - width, width)
        path = rounded(left, top - height, width, height, [flow.theme.radii.box] * 4)
        flow.surface.shape(path, None, flow.palette.rule, flow.theme.rule(TOKENS.rules.box))
        shown = f"/ {points}" if self._points == "suggest" else "/"
        label = flow.typesetter.label(
            self._words.points, flow.styles.label.font, flow.right_to_left
        )
        sum_line = flow.typesetter.label(shown, flow.styles.points_total.font, False)
        box = TextBox(flow.styles.label, left, top - 7, width, "center")
        flow.painter.show_element([label], box, "P")
        style = flow.styles.points_total
        room = sum_line.width * style.size / _EM if self._points == "suggest" else width / 2
        x = left + width - 12 - room
        box = TextBox(style, x, top - height + 24, room)
        flow.painter.show_element([sum_line], box, "P")

    # Questions

    def draw_question(self, task: ReadingTask, answer: Sequence[Block] | None) -> None:
        """Draw a question with its answer, or with room for one.

        Args:
            task: What is asked.
            answer: What stands below it; None for room to write.
        """
        flow, lower = self._flow, self._flow.draws_lower

        def asked() -> None:
            flow.ensure_space(_BADGE[1])
            self._draw_badge(str(task.number))
            if answer is None:
                self._draw_points(task.space.points)
            with self._column(), self._painter.with_body_style(flow.styles.question):
                self._painter.draw(task.question)

        def answered() -> None:
            with self._column(), flow.repeating(partial(self._draw_continued, task.number)):
                if answer is None:
                    WritingSpaceBlock(flow, task.space).draw(lower=lower)
                else:
                    self._painter.draw(answer)
                    flow.advance(0, after=_AFTER_ANSWER)

        flow.add_spacing(0)
        with flow.structure.element("Div"):
            flow.draw_steps([(TITLE, asked), (FREE, answered)])

    def _column(self) -> AbstractContextManager[None]:
        """Where text stands: between badges and boxes for points."""
        points = 0.0 if self._points == "none" else _POINTS[0] + _POINTS_GAP
        return self._flow.indented(INDENT, points)

    def _draw_continued(self, number: int) -> None:
        """Say at the head of a page which question the lines below belong to."""
        flow, style = self._flow, self._flow.styles.points
        with flow.indented(-INDENT):
            self._draw_badge(str(number))
        line = flow.typesetter.label(self._words.continued, style.font, flow.right_to_left)
        width = line.width * style.size / _EM
        box = TextBox(style, self._x(0.0, width), flow.y - _TEXT_DROP, width)
        flow.painter.show_element([line], box, "P")
        flow.advance(_BADGE[1])

    def _draw_badge(self, text: str) -> None:
        flow, (usual, height) = self._flow, _BADGE
        filled = flow.palette.head is not None
        style = flow.styles.badge if filled else in_role(flow.styles.badge, "base")
        line = flow.typesetter.label(text, style.font, False)
        width = max(usual, line.width * style.size / _EM + 2 * _BADGE_PADDING)
        left = self._x(0.0, width)
        path = rounded(left, flow.y - height, width, height, [flow.theme.radii.badge] * 4)
        edge = flow.theme.rule(TOKENS.rules.box)
        flow.surface.shape(path, flow.palette.base if filled else None, flow.palette.base, edge)
        top = flow.y - (height - style.leading) / 2
        flow.painter.show_element([line], TextBox(style, left, top, width, "center"), "P")

    def _draw_points(self, points: int) -> None:
        if self._points == "none":
            return
        flow, (width, height) = self._flow, _POINTS
        left = self._x(flow.width - width, width)
        path = rounded(left, flow.y - height, width, height, [flow.theme.radii.badge] * 4)
        thickness = flow.theme.rule(TOKENS.rules.box)
        flow.surface.shape(path, None, TOKENS.neutrals.g500, thickness)
        if self._points == "suggest":
            style = flow.styles.points
            line = flow.typesetter.label(f"/ {points}", style.font, False)
            top = flow.y - (height - style.leading) / 2
            box = TextBox(style, left, top, width - _BADGE_PADDING, "right")
            flow.painter.show_element([line], box, "P")

    def _x(self, position: float, width: float) -> float:
        """Where something of a width begins that lies so far from where lines begin."""
        flow = self._flow
        if flow.right_to_left:
            return flow.x + flow.width - position - width
        return flow.x + position
