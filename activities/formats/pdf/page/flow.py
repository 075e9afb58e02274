"""The column that content flows down, page after page."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, Protocol

from activities.documents.design.colours import WHITE
from activities.formats.pdf.page.footnotes import PageNotes
from activities.formats.pdf.page.keeps import GAP_SQUEEZED, TEXT_LINES, LineRule
from activities.formats.pdf.page.last_page import PAGES, USUAL, Savings, Spot, draw_unit
from activities.formats.pdf.page.line_division import (
    lines_before_break,
    lines_fitting,
    lines_height,
)
from activities.formats.pdf.page.numbering import UnitNumbering
from activities.formats.pdf.page.page_columns import PageColumns
from activities.formats.pdf.page.pagination import Mark, Pagination, Step
from activities.formats.pdf.page.shaped_paragraphs import ShapedParagraphs
from activities.formats.pdf.page.surface import INK, Frame, Surface, numbers_of
from activities.formats.pdf.page.text_painter import Alignment, TextBox, TextPainter
from activities.formats.pdf.page.theme import Palette, TextStyle, Theme
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph, Typesetter

_EM = 1000
_ROUNDING = 1e-6
_ENDLESS = 1e6


Ground = Callable[[float, float], str]
"""Gives the operators of something behind the content, from its lower edge and its height."""


class _Background:
    """Something painted behind the content from one height down to another."""

    def __init__(self, ground: Ground, margin: float) -> None:
        self.ground = ground
        self.margin = margin
        self.place = 0
        self.top = 0.0


class _Backgrounds:
    """What is painted behind what is drawn now, the outermost first; see `Reversible`."""

    def __init__(self) -> None:
        self.begun: list[_Background] = []

    def state(self) -> tuple[tuple[_Background, int, float], ...]:
        """Where each began on this page."""
        return tuple([(one, one.place, one.top) for one in self.begun])

    def restore(self, state: tuple[tuple[_Background, int, float], ...]) -> None:
        """Let each have begun there."""
        self.begun = []
        for one, place, top in state:
            one.place, one.top = place, top
            self.begun.append(one)


class Reversible(Protocol):
    """What notes something while pages are drawn, and can take it back."""

    def state(self) -> Any:
        """What it has noted."""

    def restore(self, state: Any) -> None:
        """Forget what it noted since, on the same page."""


class Fit(NamedTuple):
    """How something fits its frame."""

    height: float
    """Points on the page; infinite when lines stick out at the sides or formulas get too small."""
    overfull: bool
    """Whether words had to be cut, or formulas to shrink, to fit the width."""
    filled: float
    """The height of what it shows, without the space between."""


class Flow(PageColumns):
    """Where the next thing is drawn, and what happens when the page is full."""

    def __init__(
        self,
        surface: Surface,
        typesetter: Typesetter,
        theme: Theme,
        palette: Palette,
        on_small_formula: Callable[[Formula], None],
    ) -> None:
        super().__init__(surface, theme)
        self.styles = theme.styles
        self.structure = surface.structure
        self.typesetter = typesetter
        self.painter = TextPainter(surface, palette, on_small_formula)
        self._unit_palette = palette
        self.finish_with: Callable[[Flow], None] | None = None
        """Draws what stands around the content of a page that ends."""
        self.pages = Pagination(theme.styles.body.leading)
        self.notes = PageNotes(surface, self.painter, typesetter, theme)
        self._backgrounds = _Backgrounds()
        self.reversible: list[Reversible] = [
            surface.canvas,
            self.structure,
            self.notes,
            self._backgrounds,
        ]
        """What else has to forget what is taken back."""
        self.top = theme.paper.height - theme.paper.top
        """The upper end of the column."""
        self.y = self.top
        self.reached = self.top
        """The lower end of what stands on the page, without the space below it."""
        self.filled = 0.0
        """The height of what stands on the page, without the space between and around it."""
        self.height = self.top - theme.paper.bottom
        """The height of the column on a full page, or of the frame."""
        self._bottom = theme.paper.bottom
        self.numbering = UnitNumbering(None)
        """Of the current unit."""
        self._raised: dict[int, float] = {}
        """How much earlier than usual pages end."""
        self.squeeze = USUAL
        """How much closer than usual things are drawn."""
        self.line_height = theme.styles.body.leading
        self.shaped = ShapedParagraphs()
        self.savings = Savings()
        """What the current page could save."""
        self._savings_before = Savings()
        self.blank_before = 0.0
        """What was left blank of the page before, in points."""
        self._after = 0.0
        self._page_is_empty = True
        self._repeated: list[Callable[[], None]] = []

    @property
    def palette(self) -> Palette:
        """The colours of the current unit."""
        return self.painter.palette

    @palette.setter
    def palette(self, palette: Palette) -> None:
        self.painter.palette = self._unit_palette = palette

    @contextmanager
    def coloured(self, palette: Palette) -> Iterator[None]:
        """Draw in other colours meanwhile; what stands around the content keeps the unit's."""
        before, self.painter.palette = self.painter.palette, palette
        try:
            yield
        finally:
            self.painter.palette = before

    def _page_beginning(self) -> str:
        """The operators that every page begins with: its ground, and ink to fill with."""
        paper, ground = self.theme.paper, self.palette.ground
        painted = ""
        if ground != WHITE:
            painted = self.surface.artifact(
                f"{numbers_of(ground)} rg 0 0 {paper.width:g} {paper.height:g} re f"
            )
        shift = self.surface.shift
        moved = f" 1 0 0 1 {shift:.2f} 0 cm" if shift else ""
        return f"{painted}{moved} {INK} rg"

    @property
    def available_height(self) -> float:
        """What is left of the page, in points."""
        return self.y - self._bottom - self.notes.height

    @property
    def bottom(self) -> float:
        """The lower end of the column."""
        return self._bottom

    # Vertical movement

    def add_spacing(self, before: float) -> None:
        """Keep a distance to what stands above, the larger of the two that were asked for."""
        if not self._page_is_empty:
            gap = max(before, self._after)
            if gap == self.theme.styles.body.after:
                self.savings.gaps += gap * (1 - GAP_SQUEEZED)
                gap *= self.squeeze.gaps
            self.y -= gap
        self._after = 0.0

    def advance(self, height: float, after: float = 0.0, lines: int | None = None) -> None:
        """Go down past something that was drawn, and ask for a distance to the next.

        Args:
            height: Of what was drawn.
            after: The distance.
            lines: How many lines of text it was, if it was text.
        """
        if height:
            self.y -= height
            self.filled += height if lines is None else min(height, lines * self.line_height)
            self.reached = self.y
        self._after = after
        self._page_is_empty = False

    def ensure_space(self, height: float) -> None:
        """Begin a new page when the height does not fit any more."""
        spacing = 0.0 if self._page_is_empty else self._after
        if self.available_height + _ROUNDING < min(height, self.height) + spacing:
            self.end_full_page()

    def end_full_page(self) -> None:
        """End the page because the next thing does not fit, if that may be; unless nothing stands
        on it yet.
        """
        if not self._page_is_empty:
            self.pages.allow_end(self, self.reached)
            self.break_page()

    def break_page(self) -> None:
        """End the page, unless nothing stands on it yet."""
        if self._page_is_empty:
            return
        for background in self._backgrounds.begun:
            self._paint(background)
        self._finish_page()
        for background in self._backgrounds.begun:
            self._begin(background)
        for repeated in self._repeated:
            with self.structure.artifact():
                repeated()
            self._page_is_empty = True

    @contextmanager
    def repeating(self, draw: Callable[[], None]) -> Iterator[None]:
        """Draw something again, in the column as it is now, at the top of each page that begins
        meanwhile.
        """
        column = (self.x, self.width)

        def draw_again() -> None:
            within = (self.x, self.width)
            self.x, self.width = column
            draw()
            self.x, self.width = within

        self._repeated.append(draw_again)
        try:
            yield
        finally:
            self._repeated.pop()

    @property
    def draws_lower(self) -> bool:
        """Whether what `yields` is to be drawn a little lower than usual."""
        return self.pages.is_lower or self.squeeze.is_lower

    def turn_to_odd_page(self) -> None:
        """End the page, and leave the next one blank if its number is even."""
        self.break_page()
        if self.page % 2 == 0:
            self._finish_page()

    def leave_pages_blank(self, last: int) -> None:
        """End the page, and leave those up to the one with this number blank."""
        self.break_page()
        while self.page <= last:
            self._finish_page()

    @property
    def is_page_empty(self) -> bool:
        """Whether nothing stands on the page yet."""
        return self._page_is_empty

    def finish_notes(self) -> None:
        """End the page, and draw what is left of its notes on further ones."""
        self.break_page()
        while self.notes.are_waiting:
            self._finish_page()
        self.notes.forget()

    def _finish_page(self) -> None:
        self.pages.end_page()
        self.blank_before = self.reached - self._bottom - self.notes.height
        if self.notes.are_waiting:
            with self.coloured(self._unit_palette):
                self.notes.draw(self.text_column, right_to_left=self.right_to_left)
        if self.finish_with:
            with self.coloured(self._unit_palette):
                self.finish_with(self)
        self.surface.canvas.beginning = self._page_beginning()
        self.surface.canvas.finish_page(self.structure.page_entries())
        self.place_page()
        self.y = self.reached = self.top
        self.filled = self._after = 0.0
        self._page_is_empty = True
        self._savings_before, self.savings = self.savings, Savings()
        self.shaped.end_page()
        self._set_bottom()

    def raise_bottom(self, page: int, height: float) -> None:
        """Let a page end so much earlier."""
        self._raised[page] = height

    def _set_bottom(self) -> None:
        self._bottom = self.theme.paper.bottom + self._raised.get(self.page, 0.0)

    # Taking back

    def draw_unit(self, steps: Sequence[Step], begun: Spot | None = None) -> None:
        """Draw what begins on a page of its own and is followed by what does, each thing by its
        rule, and the last page with some lines at least.

        Args:
            steps: What is drawn.
            begun: Where the first of the steps was begun, if it is drawn already.
        """
        draw_unit(self, steps, begun)

    @contextmanager
    def beginning_unit(self) -> Iterator[Spot]:
        """Draw the first thing of a unit, before what else there is of it is known; gives where it
        begins.
        """
        with self.holding_back(PAGES):
            yield Spot(0, self.page, self.mark())

    def holding_back(self, pages: int) -> AbstractContextManager[None]:
        """Let so many finished pages be drawn again meanwhile."""
        return self.surface.canvas.holding_back(pages)

    @property
    def shortenable(self) -> Savings:
        """What the pages could save from the one before the current one on."""
        before, now = self._savings_before, self.savings
        return Savings(
            before.gaps + now.gaps, before.figures + now.figures, before.yielding + now.yielding
        )

    def draw_steps(self, steps: Sequence[Step]) -> None:
        """Draw things one below the other, each by its rule of what stays together."""
        self.pages.draw(self, steps)

    def mark(self) -> Mark:
        """Note how everything is."""
        state = tuple([part.state() for part in self.reversible])
        return Mark(self.y, self.reached, self.filled, self._after, self._page_is_empty, state)

    def return_to(self, mark: Mark) -> None:
        """Make everything as it was on this page."""
        self.y, self.reached, self.filled = mark.y, mark.reached, mark.filled
        self._after, self._page_is_empty = mark.after, mark.page_is_empty
        for part, before in zip(self.reversible, mark.file, strict=True):
            part.restore(before)
        self.place_page()
        self._set_bottom()

    def measure(self, draw: Callable[[], None]) -> float:
        """The height of something that is drawn without end, and of which nothing is kept."""
        mark, bottom = self.mark(), self._bottom
        self._bottom = self.y - _ENDLESS
        try:
            draw()
            return mark.y - self.y
        finally:
            self.return_to(mark)
            self._bottom = bottom

    # Frames

    @property
    def is_framed(self) -> bool:
        """Whether what is drawn gets smaller or larger as a whole."""
        return self.surface.frame is not None

    @contextmanager
    def framed(self, frame: Frame) -> Iterator[None]:
        """Draw into a frame meanwhile, from its top down and past its lower edge if need be.

        All measures are those of the content before it is scaled.
        """
        column = (self.x, self.width, self.height)
        place = (self.y, self.reached, self.filled, self._bottom, self._after)
        self.x, self.width, self.height = frame.left, frame.width / frame.scale, frame.height
        self.y, self._bottom, self._after = frame.top, frame.top - _ENDLESS, 0.0
        self._page_is_empty = True
        self.painter.does_not_fit = False
        try:
            with self.surface.scaled(frame):
                yield
        finally:
            self.x, self.width, self.height = column
            self.y, self.reached, self.filled, self._bottom, self._after = place
            self._page_is_empty = False

    def fit(self, frame: Frame, draw: Callable[[], None]) -> Fit:
        """Try how something would fit a frame.

        Args:
            frame: Where it would be.
            draw: Draws it; nothing of that is kept.
        """
        was_empty, overfull = self._page_is_empty, self.typesetter.overfull
        before = self.filled
        with self.surface.canvas.discarding(), self.structure.artifact(), self.framed(frame):
            draw()
            height = (frame.top - self.y) * frame.scale
            filled = (self.filled - before) * frame.scale
        self._page_is_empty = was_empty
        return Fit(
            math.inf if self.painter.does_not_fit else height,
            overfull=self.typesetter.overfull > overfull,
            filled=filled,
        )

    def fit_width(self, draw: Callable[[], None], width: float) -> Fit:
        """Try how something would fit a column of a width; nothing of that is kept."""
        return self.fit(Frame(self.x, self.top, width, self.height, 1.0), draw)

    # Backgrounds

    @contextmanager
    def background(self, ground: Ground, margin: float = 0.0) -> Iterator[None]:
        """Paint behind what is drawn meanwhile, and a margin above and below it."""
        self.begin_background(ground, margin)
        try:
            yield
        finally:
            self.end_background()

    def begin_background(self, ground: Ground, margin: float = 0.0) -> None:
        """Paint behind what is drawn up to `end_background`, and a margin above and below it."""
        background = _Background(ground, margin)
        self._begin(background)
        self._backgrounds.begun.append(background)

    def end_background(self) -> None:
        """End what was begun last."""
        self._paint(self._backgrounds.begun.pop())

    def _begin(self, background: _Background) -> None:
        background.place = self.surface.reserve()
        background.top = self.y
        self.y -= background.margin

    def _paint(self, background: _Background) -> None:
        self.y -= background.margin
        height = background.top - self.y
        self.surface.fill_reserved(background.place, background.ground(self.y, height))

    # Text

    def add_paragraph(
        self,
        paragraph: ShapedParagraph,
        style: TextStyle,
        tag: str = "P",
        alignment: Alignment | None = None,
    ) -> None:
        """Let a paragraph flow, in an element of its own."""
        em = _EM / style.size
        lines = paragraph.lines_apart(self.width * em, style.leading * em)
        self.add_spacing(style.before)
        if alignment is None:
            alignment = "right" if paragraph.right_to_left else "left"
        self.add_element(lines, style, alignment, tag)
        self._after = style.after

    def add_element(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        alignment: Alignment,
        tag: str,
        rule: LineRule = TEXT_LINES,
    ) -> None:
        """Let lines flow in an element of their own, divided by a rule."""
        height = lines_height(lines, style)
        fits = height + self.notes.needed(lines) <= self.available_height + _ROUNDING
        if fits and not (self.pages.divides and len(lines) > rule.whole):
            box = TextBox(style, self.x, self.y, self.width, alignment)
            self.painter.show_element(lines, box, tag)
            self.notes.take(lines)
            self.advance(height, lines=len(lines))
        else:
            with self.structure.element(tag):
                self.add_lines(lines, style, alignment, rule)

    def add_lines(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        alignment: Alignment,
        rule: LineRule = TEXT_LINES,
    ) -> None:
        """Let lines flow in the current element, divided by a rule."""
        rest = lines
        while True:
            available = self.available_height + _ROUNDING
            fitting = lines_fitting(rest, style, available)
            fitting = self.notes.fitting(rest, min(fitting, len(rest)), available, style.leading)
            if self.pages.divides:
                self.pages.divides = False
                if len(rest) > rule.whole:
                    fitting = min(fitting, len(rest) - 1)
            following = rule if rest is lines else rule.going_on
            count = lines_before_break(len(rest), fitting, following, self._page_is_empty)
            if count < len(rest):
                if not count:
                    self.end_full_page()
                    continue
                self.pages.allow_end(self, self.y - lines_height(rest[:count], style))
            if count:
                box = TextBox(style, self.x, self.y, self.width, alignment)
                self.painter.show(rest[:count], box)
                self.notes.take(rest[:count])
                self.advance(lines_height(rest[:count], style), lines=count)
                rest = rest[count:]
            if not rest:
                return
            self.break_page()
