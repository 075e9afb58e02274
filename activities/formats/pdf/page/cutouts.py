"""Cut-out cards: sheets of fronts, each followed by a sheet of backs.

Printed on both sides and turned over the long edge, each back comes to lie behind its front.
Fronts stand on odd pages, because a printer begins each sheet of paper with one.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from activities.documents.model import Block, Card
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.surface import Frame
from activities.formats.pdf.page.text_painter import TextBox
from activities.formats.pdf.text.paragraph import UNLIMITED

_ON_A_SHEET = theme.CARD_COLUMNS * theme.CARD_ROWS


class _Side(NamedTuple):
    """What is on one side of a card, and how much of its usual size fits."""

    blocks: Sequence[Block]
    tags: Sequence[str]
    scale: float
    height: float
    """The height of what is on it in points, once scaled."""


class _CutCard(NamedTuple):
    number: int
    front: _Side
    back: _Side


def draw_cutouts(flow: Flow, painter: CourseBlockPainter, cards: Sequence[Card]) -> list[Card]:
    """Draw cards on sheets of their own.

    Args:
        flow: Where to draw.
        painter: Draws what is on the cards.
        cards: The cards of one item.

    Returns:
        The cards that are too long even in the smallest text; they are on no sheet.
    """
    return _Sheets(flow, painter).draw(cards)


class _Sheets:
    def __init__(self, flow: Flow, painter: CourseBlockPainter) -> None:
        self._flow = flow
        self._painter = painter
        self._width = flow.width / theme.CARD_COLUMNS
        self._height = flow.height / theme.CARD_ROWS
        self._available_height = self._height - 2 * theme.CARD_PADDING - flow.styles.tag.leading

    def draw(self, cards: Sequence[Card]) -> list[Card]:
        too_long = []
        sheet: list[_CutCard] = []
        for card in cards:
            self._painter.begin_record(card.number)
            front = self._fit(card.front, ())
            back = self._fit(card.back, card.tags)
            if front is None or back is None:
                too_long.append(card)
                continue
            sheet.append(_CutCard(card.number, front, back))
            if len(sheet) == _ON_A_SHEET:
                self._draw_sheet(sheet)
                sheet = []
        if sheet:
            self._draw_sheet(sheet)
        return too_long

    def _fit(self, blocks: Sequence[Block], tags: Sequence[str]) -> _Side | None:
        """The largest text that fits, but rather a smaller one in which no word is cut."""
        largest = None
        for scale in theme.CARD_SCALES:
            side = _Side(blocks, tags, scale, 0.0)
            frame = self._frame(0.0, self._flow.top, side)
            fit = self._flow.fit(frame, partial(self._draw_text, side))
            if fit.height <= self._available_height:
                side = side._replace(height=fit.height)
                if not fit.overfull:
                    return side
                largest = largest or side
        return largest

    def _frame(self, left: float, top: float, side: _Side) -> Frame:
        """The frame for one side of a card whose corner is given."""
        return Frame(
            left + theme.CARD_PADDING,
            top - theme.CARD_PADDING - (self._available_height - side.height) / 2,
            self._width - 2 * theme.CARD_PADDING,
            self._height * theme.CARD_PICTURE,
            side.scale,
        )

    def _draw_text(self, side: _Side) -> None:
        self._painter.draw(side.blocks)
        self._painter.draw_tags(side.tags)

    def _draw_sheet(self, sheet: Sequence[_CutCard]) -> None:
        flow = self._flow
        flow.turn_to_odd_page()
        open_backs = [
            self._draw_front(card, left, top)
            for card, (left, top) in zip(sheet, self._corners(flow.right_to_left), strict=False)
        ]
        self._draw_cut_lines(-(-len(sheet) // theme.CARD_COLUMNS))
        flow.break_page()
        corners = self._corners(not flow.right_to_left)
        for card, open_back, (left, top) in zip(sheet, open_backs, corners, strict=False):
            with flow.structure.artifact():
                self._draw_number(card, left, top)
            if open_back:
                open_back()
                with flow.framed(self._frame(left, top, card.back)):
                    self._draw_text(card.back)
                flow.structure.close()
        flow.advance(0)
        flow.break_page()

    def _corners(self, from_right: bool) -> list[tuple[float, float]]:
        """The upper left corners of all cards on a sheet in the order of the cards."""
        flow = self._flow
        columns = range(theme.CARD_COLUMNS)
        return [
            (flow.x + column * self._width, flow.top - row * self._height)
            for row, column in product(
                range(theme.CARD_ROWS), reversed(columns) if from_right else columns
            )
        ]

    def _draw_front(self, card: _CutCard, left: float, top: float) -> Callable[[], None] | None:
        """Draw a front; what opens the element of the back, if any, which is read next."""
        flow = self._flow
        with flow.structure.element("Div"):
            with flow.structure.element("P"):
                self._draw_number(card, left, top)
            with flow.framed(self._frame(left, top, card.front)):
                self._draw_text(card.front)
            return flow.structure.reserve("Div") if card.back.blocks or card.back.tags else None

    def _draw_number(self, card: _CutCard, left: float, top: float) -> None:
        flow, style = self._flow, self._flow.styles.tag
        (line,) = flow.typesetter.prepare_text(str(card.number), style.font).lines(UNLIMITED)
        lower = self._height - theme.CARD_PADDING / 2 - style.leading
        flow.painter.show([line], TextBox(style, left, top - lower, self._width, "center"))

    def _draw_cut_lines(self, rows: int) -> None:
        flow = self._flow
        right, bottom = flow.x + flow.width, flow.top - rows * self._height
        for column in range(theme.CARD_COLUMNS + 1):
            x = flow.x + column * self._width
            flow.surface.cut_line((x, flow.top), (x, bottom))
        for row in range(rows + 1):
            y = flow.top - row * self._height
            flow.surface.cut_line((flow.x, y), (right, y))
