"""Which stretch of a page the column takes: between margins, beside the side column, indented."""

from typing import NamedTuple

from activities.documents.design.tokens import TOKENS
from activities.formats.pdf.page.surface import Surface
from activities.formats.pdf.page.theme import COLUMN_MIN, Column, Theme


class Facing(NamedTuple):
    """Pages that lie opposite each other, as in a bound book."""

    bound_at_right: bool
    """Whether the first page is a left one."""

    def outer_is_left(self, page: int) -> bool:
        """Whether the free edge of the page with this number is its left one."""
        return (page % 2 == 0) != self.bound_at_right


class PageColumns:
    """Where what comes begins and ends across the page that is drawn."""

    def __init__(self, surface: Surface, theme: Theme) -> None:
        """Stand on the pages of a surface."""
        self.theme = theme
        self.surface = surface
        self.facing: Facing | None = None
        """How margins change from page to page, if pages lie opposite each other."""
        self._pages_before = 0
        self.set_direction(right_to_left=False)

    def set_direction(self, *, right_to_left: bool) -> None:
        """Let what comes begin at the left or at the right, and the side column stand there."""
        theme = self.theme
        self.right_to_left = right_to_left
        self.full = theme.full(right_to_left=right_to_left)
        """What lies between the margins."""
        self._text = theme.text(right_to_left=right_to_left)
        self._side = theme.side(right_to_left=right_to_left)
        self.x, self.width = self._text.x, self._text.width
        self.place_page()

    @property
    def text_column(self) -> Column:
        """The column of running text."""
        return self._text

    @property
    def is_in_text(self) -> bool:
        """Whether what is drawn has the column of running text."""
        beside = (self.x, self.width) == (self._text.x, self._text.width)
        return beside and self.surface.frame is None

    @property
    def side(self) -> Column | None:
        """The side column, if there is one beside what is drawn."""
        return self._side if self.is_in_text else None

    def wide(self) -> "Indentation":
        """Let the column reach over the side column, unless it is indented or in a frame."""
        indentation = Indentation(self, self.x, self.width)
        if self.side:
            self.x, self.width = self.full.x, self.full.width
        return indentation

    def face(self, facing: Facing) -> None:
        """Let margins change from page to page, from the current one on."""
        self.facing = facing
        self.place_page()

    @property
    def outer_is_left(self) -> bool:
        """Whether the edge of the page at which folios stand is the left one."""
        return self.facing.outer_is_left(self.page) if self.facing else self.right_to_left

    @property
    def edge(self) -> float:
        """Where the paper begins at the left."""
        return -self.surface.shift

    def place_page(self) -> None:
        """Let the current page have the margins of its side."""
        if self.facing:
            paper, columns = self.theme.paper, TOKENS.columns
            margins = paper.width - paper.full
            outer = (margins - columns.inner + columns.outer) / 2
            left = outer if self.outer_is_left else margins - outer
            self.surface.shift = left - paper.start

    @property
    def page(self) -> int:
        """The number that the current page shows."""
        return self._pages_before + self.surface.canvas.page_number

    def reserve_pages(self, count: int) -> None:
        """Leave page numbers free for pages that are drawn last and stand first."""
        self._pages_before = count
        self.place_page()

    def begin_reserved_pages(self) -> None:
        """Give the numbers that were left free to the pages from here on."""
        self._pages_before = 1 - self.surface.canvas.page_number
        self.place_page()

    def indented(
        self, start: float, end: float = 0.0, *, right_to_left: bool | None = None
    ) -> "Indentation":
        """Narrow the column, on the side where lines begin and on the one where they end.

        Args:
            start: By how much where lines begin.
            end: By how much where they end.
            right_to_left: Whether lines begin at the right; as in the item unless it is given.
        """
        if right_to_left is None:
            right_to_left = self.right_to_left
        if not (start or end):
            return Indentation(self, self.x, self.width)
        narrower = start + end
        possible = min(narrower, max(self.width - COLUMN_MIN, 0.0)) / narrower
        indentation = Indentation(self, self.x, self.width)
        self.x += possible * (end if right_to_left else start)
        self.width -= possible * narrower
        return indentation


class Indentation:
    """Widens a column again when a `with` statement ends."""

    __slots__ = ("_column", "_width", "_x")

    def __init__(self, column: "PageColumns", x: float, width: float) -> None:
        self._column = column
        self._x = x
        self._width = width

    def __enter__(self) -> None:
        """The column is narrow already."""

    def __exit__(self, *_: object) -> None:
        self._column.x, self._column.width = self._x, self._width
