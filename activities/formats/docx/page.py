"""The page: its paper with a column of text, and a side column where lines begin."""

from types import MappingProxyType
from typing import Final

import msgspec

from activities.documents.design.tokens import TOKENS, Paper
from activities.formats.docx.design import twips

HANG: Final = twips(TOKENS.columns.side + TOKENS.columns.gutter)
"""How far what begins in the side column stands before the text."""


class Page(msgspec.Struct, frozen=True):
    """A page of this paper; lengths are in twentieths of a point (twips)."""

    paper: Paper

    @property
    def width(self) -> int:
        """Of the paper."""
        return twips(self.paper.width)

    @property
    def height(self) -> int:
        """Of the paper."""
        return twips(self.paper.height)

    @property
    def start(self) -> int:
        """The margin before the text, in which the side column stands."""
        return twips(self.paper.start) + HANG

    @property
    def end(self) -> int:
        """The margin behind the text."""
        return twips(self.paper.end)

    @property
    def text_width(self) -> int:
        """Of the column of text."""
        return self.width - self.start - self.end

    @property
    def top(self) -> int:
        """The margin above the text."""
        return twips(self.paper.top)

    @property
    def bottom(self) -> int:
        """The margin below the text."""
        return twips(self.paper.bottom)

    @property
    def text_height(self) -> int:
        """Between the margins."""
        return self.height - self.top - self.bottom


PAGES: Final = MappingProxyType({name: Page(paper) for name, paper in TOKENS.papers.items()})
"""By the name of the paper."""
