"""Words become lines: broken where they are full, ordered by direction, written as operators.

Everything is in thousandths of an em of the paragraph's font size, so that one result serves
any size.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.font_file import Shaped
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.typeface import Typeface

_USUAL_ASCENT, _USUAL_DESCENT = 1050.0, 420.0
"""The room above and below the baseline of a line of text."""
ROUNDING = 1e-6


class Look(msgspec.Struct, frozen=True, gc=False):
    """What a run shows beside its font."""

    href: str | None = None
    strike: bool = False
    scale: float = 1.0
    rise: float = 0.0
    """Above the baseline, in em."""
    colour: str = ""
    """The operator that sets it; none for the colour of the paragraph."""
    formula: Formula | None = None
    tex: str = ""
    """The formula's source."""


PLAIN_LOOK = Look()


class Piece(msgspec.Struct, frozen=True, gc=False):
    """Shaped text of one font, one look and one direction."""

    typeface: Typeface
    fragment: str
    width: float
    level: int
    look: Look


class Box(msgspec.Struct, frozen=True, gc=False):
    """What stays on one line."""

    width: float
    space: Piece | None
    """Before it, unless it begins a line."""
    pieces: tuple[Piece, ...]


class Part(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a line with one look."""

    operators: str
    start: float
    end: float
    look: Look


class Line(msgspec.Struct, frozen=True, gc=False):
    """A finished line."""

    width: float
    operators: str = ""
    """Everything that it shows."""
    parts: tuple[Part, ...] = ()
    """Stretches of one look each; none when the line has no other than the plain one."""
    above: float = 0.0
    """How much higher than usual it has to be, for a formula."""
    below: float = 0.0


class SimpleText:
    """Words of one typeface between two hard breaks."""

    __slots__ = ("_fragments", "_typeface", "_widths", "width")

    def __init__(self, typeface: Typeface, words: Sequence[Shaped]) -> None:
        self._typeface = typeface
        self._widths: tuple[int, ...]
        self._fragments: tuple[str, ...]
        if words:
            self._widths, self._fragments = zip(*words, strict=True)
            self.width = sum(self._widths) + typeface.space_width * (len(words) - 1)
        else:
            self._widths = self._fragments = ()
            self.width = 0

    @property
    def widest(self) -> int:
        """The width of the widest word."""
        return max(self._widths, default=0)

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        typeface, fragments = self._typeface, self._fragments
        begin, joint = typeface.usual_begin, typeface.space
        if self.width <= limit:
            return [Line(self.width, f"{begin}{joint.join(fragments)})]TJ" if fragments else "")]
        space = typeface.space_width
        ends = list(accumulate([width + space for width in self._widths]))
        found = []
        first, start, count = 0, 0, len(ends)
        while first < count:
            last = bisect_right(ends, start + limit + space, first)
            if last == first:
                last += 1
            end = ends[last - 1]
            shown = joint.join(fragments[first:last])
            found.append(Line(end - start - space, f"{begin}{shown})]TJ"))
            first, start = last, end
        return found


class MixedText:
    """Boxes between two hard breaks; the lines after the first may hang."""

    def __init__(self, boxes: Sequence[Box], hanging: Piece | None = None) -> None:
        self._boxes = boxes
        self._hanging = hanging
        widths = [box.width for box in boxes]
        self._ends = list(
            accumulate(
                [
                    width + box.space.width if box.space else width
                    for width, box in zip(widths, boxes, strict=True)
                ]
            )
        )
        self.widest = max(widths, default=0.0)
        if hanging and len(widths) > 1:
            self.widest = max(widths[0], hanging.width + max(widths[1:]))
        self.width = self._ends[-1] if boxes else 0.0

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        boxes, ends, hanging = self._boxes, self._ends, self._hanging
        if not boxes:
            return [Line(0)]
        found: list[Line] = []
        first, count = 0, len(boxes)
        while first < count:
            start = ends[first] - boxes[first].width
            pieces: list[Piece] = []
            room = limit + ROUNDING
            if hanging and found:
                pieces.append(hanging)
                room -= hanging.width
            last = max(bisect_right(ends, start + room, first), first + 1)
            pieces += boxes[first].pieces
            for box in boxes[first + 1 : last]:
                if (space := box.space) is not None:
                    pieces.append(space)
                pieces += box.pieces
            found.append(_compose(pieces))
            first = last
        return found


def _compose(pieces: list[Piece]) -> Line:
    levels = [piece.level for piece in pieces]
    if any(levels):
        pieces = bidi.visual_order(pieces, levels)
    parts: list[Part] = []
    x = above = below = 0.0
    start, look = 0, pieces[0].look
    for end, piece in enumerate(pieces):
        if piece.look is not look and piece.look != look:
            x = _add_part(parts, pieces[start:end], x)
            start, look = end, piece.look
        if formula := piece.look.formula:
            above, below = extent(formula, above, below)
    x = _add_part(parts, pieces[start:], x)
    return finished_line(x, parts, above, below)


def extent(formula: Formula, above: float, below: float) -> tuple[float, float]:
    """How much higher and deeper than usual a line is, given what it was without the formula."""
    return (
        max(above, formula.ascent - _USUAL_ASCENT),
        max(below, formula.descent - _USUAL_DESCENT),
    )


def finished_line(width: float, parts: list[Part], above: float = 0.0, below: float = 0.0) -> Line:
    """A line of these parts."""
    if len(parts) == 1 and parts[0].look == PLAIN_LOOK:
        return Line(width, parts[0].operators)
    operators = "\n".join([part.operators for part in parts])
    return Line(width, operators, tuple(parts), above, below)


def _add_part(parts: list[Part], pieces: list[Piece], x: float) -> float:
    """Add a part of pieces of one look; where it ends."""
    look = pieces[0].look
    end = x + sum([piece.width for piece in pieces])
    parts.append(Part(_operators(pieces, look), x, end, look))
    return end


def _operators(pieces: list[Piece], look: Look) -> str:
    """The operators that show the pieces, leaving rise and colour as they were."""
    shown: list[str] = []
    current = None
    for piece in pieces:
        typeface = piece.typeface
        if typeface is not current:
            if current:
                shown.append(")]TJ")
            shown.append(typeface.begin(look.scale))
            current = typeface
        shown.append(piece.fragment)
    shown.append(")]TJ")
    return dressed("".join(shown), look)


def dressed(text: str, look: Look) -> str:
    """Operators between those that set the look's rise and colour, and set them back."""
    if look.rise:
        text = f"{look.rise:g} Ts {text} 0 Ts"
    if look.colour:
        text = f"{look.colour} {text} 0 g"
    return text
