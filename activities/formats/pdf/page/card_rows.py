"""Flashcards as rows: the front on a tint, the back beside it, so that one can be covered."""

from collections.abc import Sequence

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Card
from activities.formats.pdf.page.blocks import BlockPainter
from activities.formats.pdf.page.card_sides import CardText, TagPills
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.surface import rounded
from activities.formats.pdf.page.tables import ROW_HEAD
from activities.formats.pdf.page.text_painter import TextBox

_EM = 1000
_FRONT_SHARE = 200 / 482
_ACROSS, _DOWN = 12.0, 9.0
_NUMBER_WIDTH = 20.0
_LINES_BEHIND = 2
"""What there is room for on the back of a card in the learner's edition."""


_Sides = tuple[CardText, CardText, TagPills]
"""What is measured of a card: its front, its back, and its tags, which are on the back."""


class CardRows:
    """Draws the cards of one part, one below the other."""

    def __init__(self, flow: Flow, painter: BlockPainter) -> None:
        """Take what draws what is on the cards."""
        self._flow = flow
        self._painter = painter
        self._width = flow.full.width
        self._front_width = self._width * _FRONT_SHARE

    def draw(self, card: Card, names: Sequence[str] = ()) -> None:
        """Draw a row, whole if a page can hold it, to which links with these names lead."""
        with self._flow.wide():
            self._draw_wide(card, names)

    def _draw_wide(self, card: Card, names: Sequence[str]) -> None:
        flow = self._flow
        sides = self._measured(card)
        height = self._height(card, sides)
        flow.add_spacing(TOKENS.gaps.card_rows)
        if height > flow.height:
            self._draw_long(card, names)
            return
        flow.ensure_space(height)
        flow.surface.place_destinations(names, flow.x, flow.y)
        with flow.structure.element("TR"):
            self._draw_row(card, sides, height)
        front, back, pills = sides
        behind = back.lines + pills.lines if card.back else _LINES_BEHIND
        lines = max(front.lines, behind, 1)
        flow.advance(height, after=TOKENS.gaps.card_rows, lines=lines)

    def _height(self, card: Card, sides: _Sides) -> float:
        front, back, pills = sides
        least = self._flow.styles.card_front.leading
        if not card.back:
            least = _LINES_BEHIND * TOKENS.gaps.writing_line
        return max(front.height, back.height + pills.height, least) + 2 * _DOWN

    def _measured(self, card: Card) -> _Sides:
        front = CardText(self._flow, self._painter, card.front, self._flow.styles.card_front)
        front.measure(self._front_width - 2 * _ACROSS - _NUMBER_WIDTH)
        back = CardText(self._flow, self._painter, card.back, self._flow.styles.card_back)
        back_width = self._width - self._front_width - 2 * _ACROSS
        back.measure(back_width)
        return front, back, TagPills(self._flow, card.tags, back_width)

    def _draw_row(self, card: Card, sides: _Sides, height: float) -> None:
        flow = self._flow
        front, back, pills = sides
        top = flow.y
        rtl = flow.right_to_left
        split = flow.x + (self._width - self._front_width if rtl else self._front_width)
        front_left = split if rtl else flow.x
        back_left = flow.x if rtl else split
        self._draw_ground(flow.y - height, height, split)
        text_left = front_left + _ACROSS + (0.0 if rtl else _NUMBER_WIDTH)
        text_top = top - (height - front.height) / 2
        with flow.structure.element("TH", ROW_HEAD):
            number_top = top - (height - self._flow.styles.card_number.leading) / 2
            self._draw_number(card.number, front_left, number_top)
            front.draw(text_left, text_top)
        with flow.structure.element("TD"):
            back_top = top - (height - back.height - pills.height) / 2
            back.draw(back_left + _ACROSS, back_top)
            pills.draw(back_left + _ACROSS, back_top - back.height, "right" if rtl else "left")
        if not card.back:
            self._draw_writing_lines(back_left, top - _DOWN)

    def _draw_ground(self, bottom: float, height: float, split: float) -> None:
        flow, palette = self._flow, self._flow.palette
        left, width, radius = flow.x, self._width, flow.theme.radii.card
        if palette.head:
            if flow.right_to_left:
                corners, x, front = (0.0, radius, radius, 0.0), split, left + width - split
            else:
                corners, x, front = (radius, 0.0, 0.0, radius), left, split - left
            flow.surface.shape(rounded(x, bottom, front, height, corners), palette.head, None, 0)
        edge = palette.soft or palette.edge
        path = rounded(left, bottom, width, height, [radius] * 4)
        flow.surface.shape(path, None, edge, flow.theme.rule(TOKENS.rules.box))

    def _draw_number(self, number: int, left: float, top: float) -> None:
        flow, style = self._flow, self._flow.styles.card_number
        line = flow.typesetter.label(str(number), style.font, flow.right_to_left)
        x = left + _ACROSS
        if flow.right_to_left:
            x = left + self._front_width - _ACROSS - line.width * style.size / _EM
        flow.painter.show_element([line], TextBox(style, x, top, _NUMBER_WIDTH), "P")

    def _draw_writing_lines(self, left: float, top: float) -> None:
        width = self._width - self._front_width - 2 * _ACROSS
        for number in range(1, _LINES_BEHIND + 1):
            y = top - number * TOKENS.gaps.writing_line
            thickness = self._flow.theme.rule(TOKENS.rules.hairline)
            self._flow.surface.rectangle(left + _ACROSS, y, width, thickness, TOKENS.neutrals.g500)

    def _draw_long(self, card: Card, names: Sequence[str]) -> None:
        """Draw a card that no page or column can hold: its front across the row, then its back."""
        flow = self._flow
        flow.ensure_space(self._flow.styles.card_front.leading)
        flow.surface.place_destinations(names, flow.x, flow.y)
        with flow.structure.element("TR"):
            for tag, attributes, blocks, style in (
                ("TH", ROW_HEAD, card.front, self._flow.styles.card_front),
                ("TD", "", card.back, self._flow.styles.card_back),
            ):
                with (
                    flow.structure.element(tag, attributes),
                    flow.indented(_ACROSS + _NUMBER_WIDTH, _ACROSS),
                    self._painter.with_body_style(style),
                ):
                    if tag == "TH":
                        self._draw_number(card.number, flow.x - _ACROSS - _NUMBER_WIDTH, flow.y)
                    self._painter.draw(blocks)
        flow.advance(0, after=TOKENS.gaps.card_rows)
