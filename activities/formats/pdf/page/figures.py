"""Pictures in the column, with a number and what they show beside them, or below."""

from contextlib import nullcontext
from typing import NamedTuple

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Image, Run, Runs
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.balanced import balanced_lines
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import (
    FIGURE_SCALE,
    FIGURE_SCALE_MIN,
    FIGURE_SQUEEZED,
    MUCH_BLANK,
)
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import Column, TextStyle
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

_EM = 1000
_BELOW = 4.0
"""Between a picture and a caption below it."""
_LABEL_GAP = 1.0


def caption_of(image: Image) -> Runs:
    """What stands beside a picture: the author's caption, or else the description."""
    return image.caption or ((Run(image.alt),) if image.alt else ())


class _Caption(NamedTuple):
    label: list[Line]
    lines: list[Line]
    alignment: Alignment
    height: float


class Figure:
    """A picture that is about to be drawn in the column as it is now."""

    def __init__(
        self, flow: Flow, image: Image, label: str, caption: ShapedParagraph | None
    ) -> None:
        """Find the room that it takes.

        Args:
            flow: Where to draw.
            image: The picture.
            label: Its number, with the word before it; empty for a picture that has none.
            caption: What it shows, shaped.
        """
        self._flow = flow
        self._image = image
        self._label = label
        self._caption = caption
        self._beside: _Caption | None = None
        self._below: _Caption | None = None
        self._width, self._height = self.size(0.0)
        if caption is None:
            return
        if side := flow.side:
            beside = self._set(side.width)
            if beside.height <= self._height:
                self._beside = beside
                return
        self._below = self._set(flow.width)
        self._width, self._height = self.size(_BELOW + self._below.height)

    def size(self, below: float) -> tuple[float, float]:
        """The width and height of the picture, with so much below it."""
        flow, image = self._flow, self._image
        width = image.shown_width * theme.POINTS_PER_PIXEL
        height = image.shown_height * theme.POINTS_PER_PIXEL
        most = flow.height * TOKENS.sizes.figure
        room = max(min(most, flow.height - below), 1.0)
        scale = min(1.0, flow.width / width, room / height) * flow.squeeze.figures
        return width * scale, height * scale

    def fit(self, available: float) -> None:
        """Make the picture smaller so that it fits what is left of a page, within limits."""
        least = FIGURE_SCALE
        if available > MUCH_BLANK * self._flow.height:
            least = FIGURE_SCALE_MIN
        scale = (available - self.height + self._height) / self._height
        is_beside = self._beside is not None and self._beside.height <= self._height * scale
        if least <= scale < 1 and (is_beside or not self._beside):
            self._width, self._height = self._width * scale, self._height * scale

    @property
    def height(self) -> float:
        """What it takes."""
        return self._height + (_BELOW + self._below.height if self._below else 0.0)

    def _set(self, width: float) -> _Caption:
        assert self._caption
        flow, caption = self._flow, self._caption
        label_style, style = flow.styles.label, flow.styles.caption
        label: list[Line] = []
        height = 0.0
        if self._label:
            shaped = flow.typesetter.prepare_text(self._label, label_style.font, flow.right_to_left)
            label = shaped.lines(UNLIMITED)
            height = label_style.leading + _LABEL_GAP
        em = _EM / style.size
        lines = balanced_lines(caption, width * em, style.leading * em)
        alignment: Alignment = "right" if flow.right_to_left else "left"
        return _Caption(label, lines, alignment, height + lines_height(lines, style))

    def draw(self) -> None:
        """Draw it on the current page."""
        flow, image = self._flow, self._image
        left = flow.x + flow.width - self._width if flow.right_to_left else flow.x
        box = (left, flow.y - self._height, left + self._width, flow.y)
        caption = self._beside or self._below
        # A caption ends what it belongs to (ISO 14289-2, 8.2.5.27), which no figure can be: of
        # that, readers say the description alone.
        with flow.structure.element("Sect") if caption else nullcontext():
            flow.surface.linked_picture(image, image.link, box, "Block")
            if self._beside and flow.side:
                top = flow.y - self._height + self._beside.height
                self._draw_caption(self._beside, flow.side, top)
            elif self._below:
                top = flow.y - self._height - _BELOW
                self._draw_caption(self._below, Column(flow.x, flow.width), top)
        flow.savings.figures += self._height * (1 - FIGURE_SQUEEZED)
        flow.advance(self.height)

    def _draw_caption(self, caption: _Caption, column: Column, top: float) -> None:
        flow, styles = self._flow, self._flow.styles
        with flow.structure.element("Caption"):
            if caption.label:
                self._show(caption.label, styles.label, column, top, caption.alignment)
                top -= styles.label.leading + _LABEL_GAP
            # A description is what the figure says of itself, and is not read twice.
            with nullcontext() if self._image.caption else flow.structure.artifact():
                self._show(caption.lines, styles.caption, column, top, caption.alignment)

    def _show(
        self,
        lines: list[Line],
        style: TextStyle,
        column: Column,
        top: float,
        alignment: Alignment,
    ) -> None:
        box = TextBox(style, column.x, top, column.width, alignment)
        self._flow.painter.show_element(lines, box, "P")
