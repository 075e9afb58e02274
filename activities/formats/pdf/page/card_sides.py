"""One side of a flashcard, measured before it is drawn: its text and, below it, its tags."""

import math
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Block, Paragraph
from activities.formats.pdf.page.balanced import balanced_lines
from activities.formats.pdf.page.blocks import BlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.setting import scaled
from activities.formats.pdf.page.surface import Frame, rounded
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import FORMULA_SIZE_MIN, TextStyle
from activities.formats.pdf.text.lines import Line

_EM = 1000
_PILL_ACROSS, _PILL_DOWN, _PILL_GAP = 5.0, 1.25, 4.0
_ABOVE_PILLS = 3.0


class _Text(msgspec.Struct, frozen=True, eq=False, gc=False):
    lines: Sequence[Line]
    style: TextStyle
    right_to_left: bool


class CardText:
    """The text of one side, for a column of some width."""

    def __init__(
        self,
        flow: Flow,
        painter: BlockPainter,
        blocks: Sequence[Block],
        style: TextStyle,
        scale: float = 1.0,
    ) -> None:
        """Take what is on the side; `measure` comes next.

        Args:
            flow: Where to draw.
            painter: Draws what is more than paragraphs.
            blocks: What is on the side.
            style: How its text is set.
            scale: How much larger or smaller than usual all of it is.
        """
        self._flow = flow
        self._painter = painter
        self._blocks = blocks
        self._style = style
        self._scale = scale
        self._texts: list[_Text] = []
        self._frame = Frame(0.0, flow.top, 0.0, flow.height, scale)
        self.height = 0.0
        """In points, infinite if it does not fit the width."""
        self.is_cut = False
        """Whether words had to be cut, or formulas to shrink, to fit the width."""

    def measure(self, width: float, picture: float | None = None) -> None:
        """Break the text for a width; pictures get no higher than `picture`, if it is given."""
        flow, typesetter = self._flow, self._flow.typesetter
        self._frame = replace(self._frame, width=width, height=picture or flow.height)
        if not all(isinstance(block, Paragraph) for block in self._blocks):
            self.height, self.is_cut, _ = flow.fit(self._frame, self._draw_blocks)
            return
        overfull = typesetter.overfull
        style = scaled(self._style, self._scale)
        limit = width * _EM / style.size
        for block in self._blocks:
            assert isinstance(block, Paragraph)
            paragraph = self._painter.prepare(block.runs, style)
            lines = balanced_lines(paragraph, limit, style.leading * _EM / style.size)
            self._texts.append(_Text(lines, style, paragraph.right_to_left))
        self.is_cut = typesetter.overfull > overfull
        gaps = style.after * max(len(self._texts) - 1, 0)
        self.height = sum(lines_height(text.lines, style) for text in self._texts) + gaps
        if any(_has_tiny_formula(text) for text in self._texts):
            self.height = math.inf

    @property
    def lines(self) -> int:
        """How many lines it has."""
        if self._texts or not self._blocks:
            return sum(len(text.lines) for text in self._texts)
        return round(min(self.height, self._flow.height) / self._style.leading)

    def draw(self, left: float, top: float, alignment: Alignment | None = None) -> None:
        """Draw it, once it is measured, with its upper left corner at a place."""
        flow = self._flow
        if self._blocks and not self._texts:
            with flow.framed(replace(self._frame, left=left, top=top)):
                self._draw_blocks()
        for text in self._texts:
            aligned = alignment or ("right" if text.right_to_left else "left")
            box = TextBox(text.style, left, top, self._frame.width, aligned)
            flow.painter.show_element(text.lines, box, "P")
            top -= lines_height(text.lines, text.style) + text.style.after

    def _draw_blocks(self) -> None:
        with self._painter.with_body_style(self._style), self._painter.without_headings():
            self._painter.draw(self._blocks)


def _has_tiny_formula(text: _Text) -> bool:
    """Whether the width makes formulas smaller than is easy to read."""
    size = text.style.size
    return any(
        segment.style.formula is not None
        and segment.style.shrunk < 1
        and segment.style.shrunk * size < FORMULA_SIZE_MIN
        for line in text.lines
        for segment in line.segments
    )


class _Pill(msgspec.Struct, frozen=True, eq=False, gc=False):
    line: Line
    left: float
    width: float


class TagPills:
    """The tags of a card, each in a pill if the look has them, in rows as wide as there is room."""

    def __init__(self, flow: Flow, tags: Sequence[str], width: float) -> None:
        """Lay out tags for a width."""
        self._flow, style = flow, flow.styles.tag
        self._width = width
        self._rows: list[list[_Pill]] = []
        self._has_pills = flow.theme.look.pills
        self._across = _PILL_ACROSS if self._has_pills else 0.0
        gap = _PILL_GAP if self._has_pills else style.size
        limit = (width - 2 * self._across) * _EM / style.size
        left = width + 1
        for tag in tags:
            line, _ = flow.typesetter.cut_label(tag, style.font, flow.right_to_left, limit)
            wide = line.width * style.size / _EM + 2 * self._across
            if left + wide > width or not self._rows:
                self._rows.append([])
                left = 0.0
            self._rows[-1].append(_Pill(line, left, wide))
            left += wide + gap
        self._row_height = style.leading + 2 * _PILL_DOWN
        self.height = 0.0
        if self._rows:
            step = self._row_height + _PILL_GAP
            self.height = _ABOVE_PILLS + len(self._rows) * step - _PILL_GAP

    @property
    def lines(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def draw(self, left: float, top: float, alignment: Alignment) -> None:
        """Draw them in an element of their own, below a height."""
        flow, style = self._flow, self._flow.styles.tag
        top -= _ABOVE_PILLS
        if not self._rows:
            return
        with flow.structure.element("P"):
            for row in self._rows:
                last = row[-1]
                slack = self._width - last.left - last.width
                start = {"left": 0.0, "center": slack / 2, "right": slack}[alignment] + left
                for pill in row:
                    x = start + pill.left
                    if flow.right_to_left:
                        x = start + (last.left + last.width) - pill.left - pill.width
                    if self._has_pills:
                        self._draw_pill(x, top - self._row_height, pill.width)
                    box = TextBox(style, x + self._across, top - _PILL_DOWN, pill.width)
                    flow.painter.show_element([pill.line], box, "Span")
                top -= self._row_height + _PILL_GAP

    def _draw_pill(self, x: float, bottom: float, width: float) -> None:
        surface, height = self._flow.surface, self._row_height
        path = rounded(x, bottom, width, height, [height / 2] * 4)
        edge = self._flow.theme.rule(TOKENS.rules.hairline)
        surface.shape(path, None, TOKENS.neutrals.g500, edge)
