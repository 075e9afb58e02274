"""Where a page may end: things are drawn one after the other, and taken back where it may not.

Nothing is measured before it is drawn. What has a rule (`keeps`) notes how the file was before;
when the page is full within it, and the rule forbids to end the page there, it is taken back, the
page ends above it, and it is drawn again. That happens about once a page. A rule that cannot be
held even from the top of a page on is given up: what is higher than a page is divided where its
lines or rows allow it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from activities.formats.pdf.page.keeps import FREE, Keep

Step = tuple[Keep, Callable[[], None]]
"""One thing of a sequence: its rule, and what draws it, as often as it is called."""

_ROUNDING = 1e-6
_SOMETHING = 1.0
"""The least height of what is drawn, in points."""


class Mark(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Where the column had come to, and the state of the file then."""

    y: float
    reached: float
    """The lower end of what stood on the page."""
    filled: float
    """The height of it, without the space between."""
    after: float
    page_is_empty: bool
    file: tuple[Any, ...]


class Column(Protocol):
    """What things are drawn down, page after page."""

    y: float
    """Where the next thing is drawn."""
    reached: float
    """The lower end of what stands on the page."""
    height: float
    """The height of a full page."""

    @property
    def available_height(self) -> float:
        """What is left of the page, in points."""

    def mark(self) -> Mark:
        """Note how everything is."""

    def return_to(self, mark: Mark) -> None:
        """Make everything as it was on this page."""

    def break_page(self) -> None:
        """End the page, unless nothing stands on it yet."""

    def measure(self, draw: Callable[[], None]) -> float:
        """The height of something that is drawn without end, and of which nothing is kept."""


class PageFullError(Exception):
    """The page is full where it may not end."""

    def __init__(self, depth: int) -> None:
        """Tell which of the things that are held, the outermost first, has to be taken back."""
        super().__init__(depth)
        self.depth = depth


class _Held:
    """A thing that was begun, and whose rule may forbid that the page ends."""

    __slots__ = ("ends_at", "index", "is_settled", "is_too_high", "keep", "mark", "with_entry")

    def __init__(self, keep: Keep, index: int, mark: Mark, is_too_high: bool | None) -> None:
        self.keep = keep
        self.index = index
        """Which one of its sequence it is."""
        self.mark = mark
        self.ends_at: float | None = None
        """Where it ended, and what has to follow begins."""
        self.is_too_high = is_too_high
        """Whether it is higher than its rule speaks of; None as long as nobody had to know."""
        self.is_settled = False
        """Whether there is nothing left to hold."""
        self.with_entry = False
        """Whether what comes next has to stand whole on the page."""

    def permits(self, y: float, line_height: float) -> bool:
        """Whether the page may end at a height."""
        if self.is_settled:
            return True
        keep = self.keep
        if self.ends_at is None:
            # The page would end within it.
            return not keep.whole or self.is_too_high is True
        if self.with_entry:
            return False
        return self.ends_at - y >= (keep.lines * line_height if keep.lines > 1 else _SOMETHING)

    @property
    def is_undecided(self) -> bool:
        """Whether it has to be measured before anything is decided."""
        return self.ends_at is None and 0 < self.keep.whole < 1 and self.is_too_high is None


class _Retries:
    """What was tried with the things of one sequence, by their places in it."""

    __slots__ = ("divided", "lowered", "too_high", "tried")

    def __init__(self) -> None:
        self.tried: set[int] = set()
        """In another way than usual."""
        self.lowered: set[int] = set()
        """To be drawn a little lower now."""
        self.divided: set[int] = set()
        """To be divided now before their last lines."""
        self.too_high: dict[int, bool] = {}


def enclosed(
    steps: Sequence[Step], begin: Callable[[], None], end: Callable[[], None]
) -> list[Step]:
    """The steps, of which the first does something else before, and the last does after."""
    enclosing = list(steps)
    if enclosing:
        keep, draw = enclosing[-1]
        enclosing[-1] = (keep, partial(_both, draw, end))
        keep, draw = enclosing[0]
        enclosing[0] = (keep, partial(_both, begin, draw))
    return enclosing


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    first()
    second()


class Pagination:
    """Draws sequences down a column, each thing by its rule."""

    def __init__(self, line_height: float) -> None:
        """Take the height of a line of running text."""
        self._line_height = line_height
        self._held: list[_Held] = []
        self.is_lower = False
        """Whether a thing that `yields` is to be drawn a little lower than usual."""
        self.divides = False
        """Whether the next text is to leave its last lines for the next page."""

    def draw(
        self,
        column: Column,
        steps: Sequence[Step],
        first: int = 0,
        on_step: Callable[[int, Mark], None] | None = None,
    ) -> None:
        """Draw things one below the other.

        Args:
            column: What they are drawn down.
            steps: The things.
            first: The first one that is to be drawn.
            on_step: Called with the place of each before which the page may end, and the state.
        """
        held, base = self._held, len(self._held)
        retries = _Retries()
        index = first
        try:
            while index < len(steps):
                try:
                    self._draw_from(index, base, column, steps, retries, on_step)
                    break
                except PageFullError as full:
                    if full.depth < base:
                        raise
                    index = self._take_back(full.depth, column, steps, retries, base)
        finally:
            del held[base:]

    def _draw_from(
        self,
        first: int,
        base: int,
        column: Column,
        steps: Sequence[Step],
        retries: _Retries,
        on_step: Callable[[int, Mark], None] | None,
    ) -> None:
        held = self._held
        for index in range(first, len(steps)):
            keep, draw = steps[index]
            if len(held) > base:
                self._release(base, column.reached)
            is_noted = on_step is not None and len(held) == base
            mark = column.mark() if is_noted or keep is not FREE else None
            if mark and on_step and is_noted:
                on_step(index, mark)
            if mark and keep is not FREE:
                one = _Held(keep, index, mark, retries.too_high.get(index))
                self._draw_held(one, draw, column, retries)
            else:
                draw()
            if not keep.lines:
                for one in held[base:]:
                    one.with_entry = False

    def _draw_held(
        self,
        one: _Held,
        draw: Callable[[], None],
        column: Column,
        retries: _Retries,
    ) -> None:
        index, keep = one.index, one.keep
        self.is_lower = index in retries.lowered
        self.divides = index in retries.divided
        self._held.append(one)
        draw()
        self.is_lower = self.divides = False
        if keep.lines:
            one.ends_at = column.y
            below = 1 - (one.mark.y - column.y + column.available_height) / column.height
            one.with_entry = below > keep.with_entry
        else:
            self._held.pop()

    def _release(self, base: int, y: float) -> None:
        """Forget what holds nothing any more. What stands above a thing that still may be taken
        back goes with it, however high that is: headings above a heading.
        """
        held = self._held
        while len(held) > base and held[-1].permits(y, self._line_height):
            held.pop()

    def allow_end(self, column: Column, y: float) -> None:
        """Let the page end below what reaches down to a height.

        Raises:
            PageFullError: What is held forbids it.
        """
        held = self._held
        for depth in range(len(held) - 1, -1, -1):
            one = held[depth]
            if one.is_undecided:
                reached = one.mark.y - y
                one.is_too_high = reached > one.keep.whole * column.height + _ROUNDING or None
            if not one.permits(y, self._line_height):
                moved = self._movable(depth)
                if moved is not None:
                    raise PageFullError(moved)
                return

    def end_page(self) -> None:
        """Hold nothing any more that was begun: it would have to be taken back from a page that
        has ended, and may be written.
        """
        for one in self._held:
            one.is_settled = True

    def _movable(self, depth: int) -> int | None:
        """What is taken back when a thing cannot stay: it, or what may not be parted from it; None
        where that begins the page already.
        """
        held = self._held
        while True:
            one = held[depth]
            if one.mark.page_is_empty:
                return None
            outer = None if one.is_undecided else self._forbidding(depth, one.mark.reached)
            if outer is None:
                return depth
            depth = outer

    def _forbidding(self, depth: int, y: float) -> int | None:
        """What forbids, among that which was begun before a thing, to end the page above it."""
        for outer in range(depth - 1, -1, -1):
            if not self._held[outer].permits(y, self._line_height):
                return outer
        return None

    def _take_back(
        self, depth: int, column: Column, steps: Sequence[Step], retries: _Retries, base: int
    ) -> int:
        """Make everything as it was before a thing, and decide how to go on; the place in the
        sequence from which.
        """
        held = self._held
        one = held[depth]
        del held[depth:]
        self.is_lower = self.divides = False
        column.return_to(one.mark)
        index = one.index
        if self._is_other_way(one, retries):
            return index
        if one.is_undecided:
            height = self._measure(column, steps[index][1])
            is_too_high = height > one.keep.whole * column.height + _ROUNDING
            retries.too_high[index] = is_too_high
            if is_too_high:
                return index
        outer = self._forbidding(depth, one.mark.reached)
        moved = None if outer is None else self._movable(outer)
        if moved is not None:
            if moved < base:
                raise PageFullError(moved)
            return self._take_back(moved, column, steps, retries, base)
        column.break_page()
        return index

    def _measure(self, column: Column, draw: Callable[[], None]) -> float:
        held, self._held = self._held, []
        try:
            return column.measure(draw)
        finally:
            self._held = held

    def _is_other_way(self, one: _Held, retries: _Retries) -> bool:
        """Whether a thing is to be tried in another way before it goes to the next page."""
        index = one.index
        retries.lowered.discard(index)
        retries.divided.discard(index)
        if index in retries.tried:
            return False
        if one.keep.yields:
            retries.lowered.add(index)
        elif one.ends_at is not None and not one.keep.whole:
            retries.divided.add(index)
        else:
            return False
        retries.tried.add(index)
        return True
