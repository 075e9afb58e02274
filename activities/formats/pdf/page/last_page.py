"""The last page of a unit has five lines at least: what is done when it would have fewer.

The last pages of a unit are written only when the whole unit is drawn. Until then the place of
every thing on them is known from which the unit can be drawn again: closer, so that the page is
not needed, or with a page before that ends earlier.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import msgspec

from activities.formats.pdf.page.keeps import (
    FIGURE_SQUEEZED,
    GAP_SQUEEZED,
    LAST_PAGE_LINES,
    MOVED_LINES,
)
from activities.formats.pdf.page.pagination import Column, Mark, Pagination, Step

PAGES = 2
"""So many finished pages of a unit can still be drawn again."""
_MOVES = 3
"""So often the page before is ended earlier, by more each time."""


class Squeeze(NamedTuple):
    """How much closer than usual things are drawn."""

    gaps: float = 1.0
    """The share of the space between paragraphs."""
    figures: float = 1.0
    """The share of the size of figures."""
    is_lower: bool = False
    """Whether what `yields` is drawn a little lower."""


class Savings(msgspec.Struct):
    """By how much pages would get shorter if everything on them were drawn closer, in points."""

    gaps: float = 0.0
    figures: float = 0.0
    yielding: float = 0.0


USUAL = Squeeze()
_SQUEEZES = (
    Squeeze(GAP_SQUEEZED),
    Squeeze(GAP_SQUEEZED, FIGURE_SQUEEZED),
    Squeeze(GAP_SQUEEZED, FIGURE_SQUEEZED, is_lower=True),
)


class UnitColumn(Column, Protocol):
    """What a unit is drawn down."""

    pages: Pagination
    top: float
    filled: float
    """The height of what stands on the page, without the space between it."""
    squeeze: Squeeze
    line_height: float

    @property
    def page(self) -> int:
        """The number of the current page."""

    @property
    def is_page_empty(self) -> bool:
        """Whether nothing stands on the page yet."""

    @property
    def shortenable(self) -> Savings:
        """What the pages could save from the one before the current one on."""

    @property
    def blank_before(self) -> float:
        """What was left blank of the page before the current one, in points."""

    def raise_bottom(self, page: int, height: float) -> None:
        """Let a page end so much earlier."""

    def holding_back(self, pages: int) -> AbstractContextManager[None]:
        """Let so many finished pages be drawn again meanwhile."""


class Spot(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Where a unit can be drawn again from."""

    place: int
    """Of what is drawn next, in the sequence."""
    page: int
    mark: Mark


def draw_unit(column: UnitColumn, steps: Sequence[Step], begun: Spot | None = None) -> None:
    """Draw what begins on a page of its own, and is followed by what does.

    Args:
        column: What it is drawn down.
        steps: What is drawn.
        begun: Where the first of the steps was begun, if it is drawn already.
    """
    with column.holding_back(PAGES):
        _Unit(column, steps).draw(begun)


class _Unit:
    def __init__(self, column: UnitColumn, steps: Sequence[Step]) -> None:
        self._column = column
        self._steps = steps
        self._first_page = column.page
        self._spots: list[Spot] = []
        self._least = LAST_PAGE_LINES * column.line_height

    def draw(self, begun: Spot | None) -> None:
        column = self._column
        if begun:
            self._first_page = begun.page
            self._spots.append(begun)
        self._draw_from(1 if begun else 0)
        if not self._is_short():
            return
        last, missing = column.page, self._least - column.filled
        first = next((spot for spot in self._spots if spot.page >= last - 1), None)
        if first is None or first.page == last or not self._squeeze(first):
            # What was squeezed in vain is drawn as usual again.
            start = None if column.squeeze == USUAL else first
            column.squeeze = USUAL
            self._move_over(last, max(missing, MOVED_LINES * column.line_height), start)
        column.squeeze = USUAL

    def _draw_from(self, first: int) -> None:
        self._column.pages.draw(self._column, self._steps, first, self._note)
        self._forget_written()

    def _note(self, index: int, mark: Mark) -> None:
        page = self._column.page
        if self._spots and self._spots[-1].page != page:
            self._forget_written()
        self._spots.append(Spot(index, page, mark))

    def _forget_written(self) -> None:
        """Forget the places on pages that are written: there may be none for pages on end."""
        first = self._column.page - PAGES
        self._spots = [spot for spot in self._spots if spot.page >= first]

    def _is_short(self) -> bool:
        column = self._column
        if column.is_page_empty or column.page == self._first_page:
            return False
        return column.filled < self._least

    def _used(self) -> float:
        return self._column.top - self._column.reached

    def _again(self, spot: Spot) -> None:
        """Draw what comes from a place on again."""
        self._spots = [one for one in self._spots if one.place < spot.place]
        self._column.return_to(spot.mark)
        self._draw_from(spot.place)

    def _squeeze(self, first: Spot) -> bool:
        """Try to do without the last page."""
        column, last, needed = self._column, self._column.page, self._used()
        saved, blank = column.shortenable, column.blank_before
        tried = 0.0
        for squeeze in _SQUEEZES:
            possible = blank + saved.gaps
            possible += saved.figures if squeeze.figures < 1 else 0.0
            possible += saved.yielding if squeeze.is_lower else 0.0
            if possible >= needed and possible > tried:
                tried = possible
                column.squeeze = squeeze
                self._again(first)
                if column.page < last or not self._is_short():
                    return True
        return False

    def _move_over(self, last: int, height: float, first: Spot | None) -> None:
        """Let the page before the last one end earlier, and draw again from a place on it; `first`
        is the one to begin with, if it matters.
        """
        column = self._column
        for moved in range(1, _MOVES + 1):
            spot = first or self._last_above(last - 1, moved * height)
            first = None
            if spot is None:
                return
            column.raise_bottom(last - 1, moved * height)
            self._again(spot)
            if column.page != last or not self._is_short():
                return

    def _last_above(self, page: int, height: float) -> Spot | None:
        """The last place on a page, or on one before, that is so high above its lower end."""
        lowest = self._column.top - self._column.height + height
        for spot in self._spots[::-1]:
            if spot.page < page or (spot.page == page and spot.mark.reached >= lowest):
                return spot
        return None
