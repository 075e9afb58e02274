"""What stands around the content of pages: the running head, the folio, the tab of the unit."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Run, Runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import (
    SetText,
    Side,
    in_role,
    scaled,
    set_line,
)
from activities.formats.pdf.page.surface import numbers_of, rounded
from activities.formats.pdf.page.theme import Palette
from activities.formats.pdf.text.paragraph import UNLIMITED

_TOTAL: Final = "Total"
"""The resource name of the number of pages, which only the end knows."""
_TOTAL_ROOM: Final = 24.0
"""For the number of pages, of up to three digits, beside the folio."""
_TOTAL_GAP: Final = 2.5
_HEAD_SHARE: Final = 0.48
"""Of the width, for each of the two texts of the head."""
_TAB_WIDTH, _TAB_HEIGHT = 30.0, 38.0
_TAB_TOP, _TAB_STEP, _TABS = 80.0, 46.0, 13
"""Where the tab of the first unit is, how far the next one is below it, and how many there are."""
_TAB_TEXT: Final = 13.0
"""What is left for the number between the edge that printers leave blank and the tab's end, which
gives way to numbers that are wide."""


class _Unit(NamedTuple):
    number: int | None
    head: SetText | None
    foot: SetText | None


class Furniture:
    """Draws what stands around the content of each page of one document.

    What is set from the next page that ends on, until it is set again: the unit, and whether a
    page has a head or, as covers have not, a folio.
    """

    def __init__(self, flow: Flow) -> None:
        """Draw on the pages of a flow."""
        self._total = flow.surface.canvas.objects.new_number()
        self._book: SetText | None = None
        self._unit = _Unit(None, None, None)
        self._drawn: dict[tuple[str, bool, Palette], list[str]] = {}
        """What is alike on all pages of a unit: the operators of its heads and tabs, by the side
        of the outer edge and the colours."""
        self.has_head = True
        """Whether the next page that ends has a head; the ones after it have."""
        self.has_folio = True
        """Whether the next page that ends has a folio and a tab; the ones after it have."""

    def state(self) -> tuple[bool, bool]:
        """What the current page has."""
        return self.has_head, self.has_folio

    def restore(self, state: tuple[bool, bool]) -> None:
        """Let the page that is the current one again have what it had."""
        self.has_head, self.has_folio = state

    def leave_out(self) -> None:
        """Let the current page have nothing around its content."""
        self.has_head = self.has_folio = False

    def set_book(self, flow: Flow, title: str) -> None:
        """Let heads show the title of the book."""
        self._book = set_line(flow, title, flow.styles.running, flow.full.width * _HEAD_SHARE)
        self._drawn.clear()

    def begin_unit(self, flow: Flow, number: int | None, title: Runs, foot: Runs = ()) -> None:
        """Let pages show a unit.

        Args:
            flow: Whose pages they are.
            number: The unit's, if units have numbers; its pages have a tab then.
            title: In the head.
            foot: What stands beside the folio.
        """
        style = flow.styles.running
        shown = (Run(f"{number}\u2003"), *title) if number else title
        width = flow.full.width * _HEAD_SHARE
        self._drawn.clear()
        self._unit = _Unit(
            number,
            set_line(flow, shown, style, width) if title else None,
            set_line(flow, foot, style, flow.full.width * (1 - _HEAD_SHARE / 2)) if foot else None,
        )

    def end_unit(self, flow: Flow) -> None:
        """Let pages show no unit."""
        self.begin_unit(flow, None, ())

    def end_book(self, flow: Flow) -> None:
        """Let pages show no title of the book, as the contents do not."""
        self._book = None
        self.begin_unit(flow, None, ())

    def draw(self, flow: Flow) -> None:
        """Draw what stands on the current page, which ends."""
        if flow.facing and flow.is_page_empty:
            # Only there so that what follows stands on a right page.
            return
        with flow.structure.artifact():
            if self.has_head and (self._book or self._unit.head):
                self._draw_alike(flow, "head", self._draw_head)
            if self.has_folio:
                self._draw_foot(flow)
                if self._unit.number:
                    self._draw_alike(flow, "tab", partial(self._draw_tab, number=self._unit.number))
        self.has_head = self.has_folio = True

    def _draw_alike(self, flow: Flow, name: str, draw: Callable[[Flow], None]) -> None:
        """Draw what is alike on all pages of a unit with these colours and outer edge."""
        operators = flow.surface.canvas.operators
        key = (name, flow.outer_is_left, flow.palette)
        known = self._drawn.get(key)
        if known is None:
            begin = len(operators)
            draw(flow)
            self._drawn[key] = operators[begin:]
        else:
            operators += known

    def _draw_head(self, flow: Flow) -> None:
        paper, left = flow.theme.paper, flow.full.x
        is_swapped = flow.outer_is_left != flow.right_to_left
        inner: Side = "end" if is_swapped else "start"
        outer: Side = "start" if is_swapped else "end"
        sides = ((self._book, inner), (self._unit.head, outer))
        for text, side in sides:
            if text:
                place = (left, text.top(paper.height - paper.head))
                text.show(flow, place, paper.full, side=side)
        rule = paper.height - paper.head_rule
        thickness = flow.theme.rule(TOKENS.rules.hairline)
        flow.surface.rectangle(left, rule, paper.full, thickness, flow.palette.edge)

    def _draw_foot(self, flow: Flow) -> None:
        paper, surface, left = flow.theme.paper, flow.surface, flow.full.x
        if foot := self._unit.foot:
            inner: Side = "end" if flow.outer_is_left != flow.right_to_left else "start"
            foot.show(flow, (left, foot.top(paper.foot)), paper.full, side=inner)
        number = set_line(flow, str(flow.page), flow.styles.folio, UNLIMITED)
        of = set_line(flow, "/", flow.styles.folio_total, UNLIMITED)
        x = left if flow.outer_is_left else left + paper.full - _TOTAL_ROOM - number.width
        for text in (number, of):
            text.show(flow, (x, text.top(paper.foot)), text.width)
            x += text.width + _TOTAL_GAP
        surface.canvas.use_image(_TOTAL, self._total)
        placed = f"q 1 0 0 1 {x:.2f} {paper.foot:.2f} cm /{_TOTAL} Do Q"
        surface.canvas.operators.append(surface.artifact(placed))

    def _draw_tab(self, flow: Flow, number: int) -> None:
        paper = flow.theme.paper
        at_left = flow.outer_is_left
        top = paper.height - _TAB_TOP - _TAB_STEP * ((number - 1) % _TABS)
        is_filled = flow.theme.look.coloured
        style = in_role(flow.styles.folio, "white") if is_filled else flow.styles.folio
        shown = set_line(flow, str(number), style, UNLIMITED)
        if shown.width > _TAB_TEXT:
            style = scaled(style, flow.theme.least_size / style.size)
            shown = set_line(flow, str(number), style, UNLIMITED)
        text = max(shown.width, _TAB_TEXT)
        width = _TAB_WIDTH - _TAB_TEXT + text
        left = flow.edge if at_left else flow.edge + paper.width - width
        radius = flow.theme.radii.badge
        radii = (0.0, radius, radius, 0.0) if at_left else (radius, 0.0, 0.0, radius)
        shape = rounded(left, top - _TAB_HEIGHT, width, _TAB_HEIGHT, radii)
        if is_filled:
            flow.surface.shape(shape, flow.palette.base, None, 0.0)
        else:
            flow.surface.shape(shape, None, flow.palette.edge, TOKENS.rules.part)
        room = left + (TOKENS.gaps.edge if at_left else 0.0)
        x = room + (text - shown.width) / 2
        y = top - (_TAB_HEIGHT - style.leading) / 2
        shown.show(flow, (x, y), shown.width)

    def finish(self, flow: Flow) -> None:
        """Write what every page shows and only the end knows: how many pages there are."""
        canvas = flow.surface.canvas
        style = flow.styles.folio_total
        size, colour = style.size, numbers_of(flow.palette.text(style.colour))
        total = set_line(flow, str(len(canvas.objects.Pages.pages)), style, UNLIMITED)
        canvas.write_form(
            self._total,
            (0, -size, total.width, size),
            f"BT {colour} rg {size:g} 0 0 {size:g} 0 0 Tm {total.lines[0].operators} ET",
        )
