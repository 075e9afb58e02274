"""The page: its paper in a look, with a column of text, and a side column where lines begin."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec.structs import asdict, replace

from activities.documents.design.tokens import TOKENS, ColourRole, Look, LookName, Paper, Type
from activities.formats.docx.design import twips

_SIDE: Final = twips(TOKENS.columns.side + TOKENS.columns.gutter)


class Page(msgspec.Struct, frozen=True):
    """A page of this paper; lengths are in twentieths of a point (twips)."""

    paper: Paper
    look_name: LookName = "standard"

    @property
    def look(self) -> Look:
        """How it is set."""
        return TOKENS.looks[self.look_name]

    @property
    def types(self) -> Mapping[str, Type]:
        """How each kind of text is set."""
        return _types(self.look_name)

    @property
    def hang(self) -> int:
        """How far what begins in the side column stands before the text; 0: there is none."""
        return _SIDE if self.look.side_column else 0

    @property
    def list_indent(self) -> int:
        """The indentation of each level of a list."""
        return twips(self.look.list_indent or TOKENS.gaps.list_indent)

    @property
    def table_sizes(self) -> tuple[float, float, float]:
        """The sizes of text in tables, in points: the usual one, and smaller ones for wide ones."""
        usual, least = self.types["cell"].size, self.look.least_size or TOKENS.sizes.least
        # In steps of half a point, as Word has them.
        return usual, max((usual + least) // 1 / 2, least), least

    def rule(self, thickness: float) -> float:
        """How thick a rule is that is usually so thick, in points."""
        return max(thickness, self.look.least_rule)

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
        return twips(self.paper.start) + self.hang

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


@cache
def page_of(paper: Literal["a4", "letter"], look: LookName) -> Page:
    """Pages of this paper in a look."""
    margins = TOKENS.looks[look].margins
    return Page(replace(TOKENS.papers[paper], **asdict(margins) if margins else {}), look)


@cache
def _types(name: LookName) -> Mapping[str, Type]:
    """The types of a look. Their faces stay the usual ones, which name the two fonts of a theme;
    what these are is the look's.
    """
    look, usual = TOKENS.looks[name], TOKENS.type
    colours: dict[ColourRole, ColourRole] = {} if look.coloured else {"dark": "ink"}
    if look.ground == "paper":
        colours["g600"] = "g700"
    types = {}
    for kind, own in TOKENS.types_of(name).items():
        colour = colours.get(own.colour, own.colour)
        types[kind] = replace(own, face=usual[kind].face, colour=colour)
    return MappingProxyType(types)
