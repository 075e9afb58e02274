"""What stands on which page of a PDF, as its tags tell it to a reader."""

import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

_OPERATOR = re.compile(
    rb"<</?MCID (\d+)>>BDC|(/Artifact BMC)|(EMC)|([-\d.]+) TL"
    rb"|[-\d.]+ 0 0 ([-\d.]+) [-\d.]+ ([-\d.]+) Tm|(T\*)|(TJ|Do)"
)
_RULE = re.compile(rb"[-\d.]+ ([-\d.]+) (\d{3}[.\d]*) 0?\.\d+ re f")
"""A line that reaches over most of the column, such as one to write on."""
_SQUARES = re.compile(rb"[-\d.]+ ([-\d.]+) m [-\d.]+ (\1) l")
"""The level lines of squares to write in."""
_LEAVES = ("H1", "H2", "H3", "H4", "H5", "H6", "P", "Lbl", "LBody", "TH", "TD", "Span", "Formula")


_WITHIN_LINES = ("Link", "Formula", "Figure", "Reference")


class Place(NamedTuple):
    """A line of text, or a picture."""

    page: int
    height: int
    """Of its baseline, in points."""


class Element(NamedTuple):
    """An element of the structure, and the lines that it holds."""

    tag: str
    within: tuple[str, ...]
    """The tags around it, the outermost first."""
    places: frozenset[Place]
    holds_others: bool
    """Whether there are elements of its own level of text in it."""

    @property
    def pages(self) -> list[int]:
        """The pages that it is on."""
        return sorted({place.page for place in self.places})

    def height_on(self, page: int) -> int:
        """How far it is from its first line on a page to its last one, in points."""
        heights = [place.height for place in self.places if place.page == page]
        return max(heights) - min(heights)

    @property
    def is_leaf(self) -> bool:
        """Whether it is text that something else may have to stand beside."""
        return self.tag in _LEAVES and self.is_text

    @property
    def is_text(self) -> bool:
        """Whether it holds lines of its own, and no other elements but those within lines."""
        return not self.holds_others


class PaginatedFile:
    """The elements of a file, each behind those that it holds."""

    def __init__(self, data: bytes) -> None:
        self._pdf = pikepdf.open(io.BytesIO(data))
        self._pages = {page.obj.objgen: number for number, page in enumerate(self._pdf.pages)}
        self._lines: dict[tuple[int, int], set[Place]] = {}
        self._rules: dict[int, set[int]] = {}
        for number, page in enumerate(self._pdf.pages):
            self._read(number, page.Contents.read_bytes())
        self._heights: dict[int, set[int]] = {}
        """Of the lines and pictures on each page."""
        for places in self._lines.values():
            for place in places:
                self._heights.setdefault(place.page, set()).add(place.height)
        self.elements = list(self._walk(self._pdf.Root.StructTreeRoot.K, None, ()))

    def _read(self, page: int, content: bytes) -> None:
        self._rules[page] = {
            round(float(y)) for y, _ in (*_RULE.findall(content), *_SQUARES.findall(content))
        }
        marked: int | None = None
        height = size = leading = 0.0
        for mcid, artifact, end, line_height, scale, y, new_line, shown in _OPERATOR.findall(
            content
        ):
            if mcid:
                marked = int(mcid)
            elif artifact or end:
                marked = None
            elif line_height:
                leading = float(line_height)
            elif y:
                size, height = float(scale), float(y)
            elif new_line:
                height -= leading * size
            elif shown and marked is not None:
                self._lines.setdefault((page, marked), set()).add(Place(page, round(height)))

    def _walk(self, element: Any, page: int | None, within: tuple[str, ...]) -> Iterator[Element]:
        own = element.get("/Pg")
        page = page if own is None else self._pages[own.objgen]
        tag = str(element.S).lstrip("/")
        kids = element.get("/K", [])
        places: set[Place] = set()
        holds_others = False
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, int):
                assert page is not None
                places |= self._lines.get((page, kid), set())
            elif kid.get("/Type") == "/MCR":
                places |= self._lines.get((self._pages[kid.Pg.objgen], int(kid.MCID)), set())
            elif kid.get("/Type") != "/OBJR":
                for inner in self._walk(kid, page, (*within, tag)):
                    yield inner
                    places |= inner.places
                    holds_others |= inner.tag not in _WITHIN_LINES
        yield Element(tag, within, frozenset(places), holds_others)

    def lines_on(self, page: int) -> int:
        """How many lines, pictures and lines to write on are on a page, at different heights."""
        return len(self._heights[page] | self._rules[page])

    def first_on(self, page: int) -> int:
        """The height of the first line on a page."""
        return max(self._heights[page])
