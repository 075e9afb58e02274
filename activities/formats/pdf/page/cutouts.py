"""Cards to cut out: sheets of eight fronts, each followed by a sheet of their backs.

Printed on both sides and turned over the long edge, each back comes to lie behind its front.
Sheets have no margins, so that four cuts make eight cards of one size, or where text is large three
make four; nothing is printed near a
cut. Fronts stand on odd pages, because a printer begins each sheet of paper with one.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Final, NamedTuple

from activities.documents.classroom import ClassroomWords
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Block, Card, Heading
from activities.formats.pdf.file.structure import text_entry
from activities.formats.pdf.page.answer_key import NoteHeading, draw_back_title
from activities.formats.pdf.page.blocks import BlockPainter
from activities.formats.pdf.page.card_sides import CardText, TagPills
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import in_role, set_line, set_text
from activities.formats.pdf.page.surface import rounded
from activities.formats.pdf.page.text_painter import TextBox
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.page.unit_texts import UnitText

_ROWS: Final = 4
_CLEAR: Final = 26.0
"""Nothing is nearer to a cut, so that sheets which a printer moves by 3 mm stay usable."""
_TICK: Final = 22.0
_BADGE: Final = (22.0, 18.0)
_BADGE_PADDING: Final = 5.0
_BESIDE_BADGE: Final = 8.0
_BELOW_BADGE: Final = 6.0
_FRONT_SIZES: Final = (22.0, 18.0, 15.0, 12.0, 10.0)
_BACK_SIZES: Final = (16.0, 14.0, 12.0, 10.5, 9.0)
"""Where a look has larger text than usual, these are larger, too."""
_PICTURE: Final = 0.55
"""Share of a card's height that a picture may take."""


class CutUnit(NamedTuple):
    """The cards of one unit."""

    text: UnitText
    cards: Sequence[Card]


class _Side(NamedTuple):
    text: CardText
    pills: TagPills

    @property
    def is_blank(self) -> bool:
        return not (self.text.height or self.pills.height)


class _CutCard(NamedTuple):
    unit: UnitText
    label: str
    front: _Side
    back: _Side


class CutoutSheets:
    """Draws the cards of a file on sheets of their own."""

    def __init__(
        self,
        flow: Flow,
        words: ClassroomWords,
        on_heading: NoteHeading,
        bare_page: Callable[[], None],
    ) -> None:
        """Take what is drawn on, in whose words.

        Args:
            flow: Where to draw.
            words: The words of the file.
            on_heading: Notes a heading that is about to be drawn.
            bare_page: Lets the current page have nothing around its content.
        """
        self._flow = flow
        self._words = words
        self._on_heading = on_heading
        self._bare_page = bare_page
        paper = flow.theme.paper
        self._columns = 2 if flow.theme.look.two_columns else 1
        self._on_a_sheet = self._columns * _ROWS
        self._width, self._height = paper.width / self._columns, paper.height / _ROWS
        self._text_width = self._width - 2 * _CLEAR

    def draw(self, heading: Heading, units: Sequence[CutUnit]) -> list[CutUnit]:
        """Draw a page that says how to print and cut, and the sheets behind it.

        Args:
            heading: The title of that page.
            units: The cards, in order.

        Returns:
            The cards that are too long even in the smallest text; they are on no sheet.
        """
        flow = self._flow
        flow.break_page()
        draw_back_title(flow, heading, self._on_heading)
        self._draw_instructions()
        direction, palette = flow.right_to_left, flow.palette
        too_long: list[CutUnit] = []
        sheet: list[_CutCard] = []
        for unit in units:
            left: list[Card] = []
            if sheet and sheet[0].unit.right_to_left != unit.text.right_to_left:
                self._draw_sheet(sheet)
                sheet = []
            for card in unit.cards:
                cut = self._fitted(unit.text, card)
                if cut is None:
                    left.append(card)
                    continue
                sheet.append(cut)
                if len(sheet) == self._on_a_sheet:
                    self._draw_sheet(sheet)
                    sheet = []
            if left:
                too_long.append(unit._replace(cards=left))
        if sheet:
            self._draw_sheet(sheet)
        flow.right_to_left, flow.palette = direction, palette
        return too_long

    def _draw_instructions(self) -> None:
        flow, style = self._flow, self._flow.styles.body
        width = flow.full.width
        with flow.wide():
            for number, step in enumerate(self._words.cutout_steps, 1):
                told = step.format(self._on_a_sheet)
                text = set_text(flow, f"{number}. {told}", style, width)
                text.show(flow, (flow.x, flow.y), width, "P")
                flow.advance(text.height + style.after)

    # Measuring

    def _fitted(self, unit: UnitText, card: Card) -> _CutCard | None:
        painter = unit.enter(self._flow, "flashcards")
        styles = self._flow.styles
        usual = TOKENS.types_of("standard")["card_back"].size
        larger = max(1.0, styles.card_back.size / usual)
        fronts = [size * larger for size in _FRONT_SIZES]
        backs = [size * larger for size in _BACK_SIZES]
        front = self._fit(painter, card.front, (), styles.card_front, fronts)
        back = self._fit(painter, card.back, card.tags, styles.card_back, backs)
        if front is None or back is None:
            return None
        label = f"{unit.number}·{card.number:02}" if unit.number else str(card.number)
        return _CutCard(unit, label, front, back)

    def _fit(
        self,
        painter: BlockPainter,
        blocks: Sequence[Block],
        tags: Sequence[str],
        style: TextStyle,
        sizes: Iterable[float],
    ) -> _Side | None:
        """The largest text that fits, but rather a smaller one in which no word is cut."""
        pills = TagPills(self._flow, tags, self._text_width)
        room = self._bottom_of_badge - _CLEAR - pills.height
        largest = None
        least = self._flow.theme.least_size
        for size in sizes:
            scale = max(size, least) / style.size
            text = CardText(self._flow, painter, blocks, style, scale)
            text.measure(self._text_width, self._height * _PICTURE)
            if text.height <= room:
                if not text.is_cut:
                    return _Side(text, pills)
                largest = largest or _Side(text, pills)
        return largest

    @property
    def _bottom_of_badge(self) -> float:
        """How far above a card's lower edge its text may begin."""
        return self._height - _CLEAR - _BADGE[1] - _BELOW_BADGE

    # Drawing

    def _draw_sheet(self, sheet: Sequence[_CutCard]) -> None:
        flow = self._flow
        flow.turn_to_odd_page()
        from_right = sheet[0].unit.right_to_left
        self._draw_cuts(dashed=True)
        open_backs = [
            self._draw_front(card, corner)
            for card, corner in zip(sheet, self._corners(from_right), strict=False)
        ]
        self._end_sheet()
        self._draw_cuts(dashed=False)
        for card, open_back, corner in zip(
            sheet, open_backs, self._corners(not from_right), strict=False
        ):
            card.unit.enter(flow, "flashcards")
            with flow.structure.artifact():
                self._draw_badge(card, corner, filled=False)
            if open_back:
                open_back()
                self._draw_side(card.back, corner)
                flow.structure.close()
        self._end_sheet()

    def _end_sheet(self) -> None:
        self._flow.advance(1.0)
        self._bare_page()
        self._flow.break_page()

    def _corners(self, from_right: bool) -> list[tuple[float, float]]:
        """The upper left corners of all cards on a sheet in the order of the cards."""
        columns = range(self._columns)
        top = self._flow.theme.paper.height
        return [
            (column * self._width, top - row * self._height)
            for row, column in product(range(_ROWS), reversed(columns) if from_right else columns)
        ]

    def _draw_front(self, card: _CutCard, corner: tuple[float, float]) -> Callable[[], None] | None:
        """Draw a front; what opens the element of the back, if any, which is read next."""
        flow = self._flow
        card.unit.enter(flow, "flashcards")
        with flow.structure.element("Div", text_entry("Lang", card.unit.language)):
            with flow.structure.element("P"):
                self._draw_badge(card, corner, filled=True)
            self._draw_side(card.front, corner)
            return None if card.back.is_blank else flow.structure.reserve("Div")

    def _draw_side(self, side: _Side, corner: tuple[float, float]) -> None:
        left, top = corner[0] + _CLEAR, corner[1]
        bottom = top - self._height + _CLEAR
        room_top = top - self._height + self._bottom_of_badge
        lowest = bottom + side.pills.height
        # In the middle of the card, or of what is free below the badge.
        text_top = min(top - (self._height - side.text.height) / 2, room_top)
        text_top = max(text_top, lowest + side.text.height)
        side.text.draw(left, text_top, "center")
        side.pills.draw(left, lowest, "center")

    def _draw_badge(self, card: _CutCard, corner: tuple[float, float], *, filled: bool) -> None:
        flow, (usual, height) = self._flow, _BADGE
        from_right, palette = card.unit.right_to_left, flow.palette
        style = flow.styles.badge if filled else in_role(flow.styles.badge, "base")
        number = set_line(flow, card.label, style, self._text_width)
        width = max(usual, number.width + 2 * _BADGE_PADDING)
        left, right = corner[0] + _CLEAR, corner[0] + self._width - _CLEAR
        x, top = (right - width if from_right else left), corner[1] - _CLEAR
        path = rounded(x, top - height, width, height, [flow.theme.radii.badge] * 4)
        edge = flow.theme.rule(TOKENS.rules.box)
        flow.surface.shape(path, palette.base if filled else None, palette.base, edge)
        box = TextBox(style, x, top - (height - style.leading) / 2, width, "center")
        flow.painter.show(number.lines, box)
        small = in_role(flow.styles.caption, "g600")
        room = right - left - width - _BESIDE_BADGE
        deck = set_line(flow, card.unit.title, small, room)
        name_left = left if from_right else left + width + _BESIDE_BADGE
        deck.show(flow, (name_left, top - (height - small.leading) / 2), room)

    def _draw_cuts(self, *, dashed: bool) -> None:
        """Show where to cut: ticks at the edges, and on fronts dashes between them."""
        flow, paper = self._flow, self._flow.theme.paper
        cuts = [((x, 0.0), (x, paper.height)) for x in self._steps(self._columns, self._width)]
        cuts += [((0.0, y), (paper.width, y)) for y in self._steps(_ROWS, self._height)]
        for start, end in cuts:
            inner = [(_TICK if a != b else 0.0) for a, b in zip(start, end, strict=True)]
            near = (start[0] + inner[0], start[1] + inner[1])
            far = (end[0] - inner[0], end[1] - inner[1])
            for one, other in ((start, near), (far, end)):
                flow.surface.stroke(one, other, TOKENS.rules.hairline, TOKENS.neutrals.g700)
            if dashed:
                flow.surface.cut_line(near, far)

    def _steps(self, count: int, size: float) -> list[float]:
        return [number * size for number in range(1, count)]
