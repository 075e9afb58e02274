"""Words become lines: broken where they are full, ordered by direction, written as operators.

Everything is in thousandths of an em of the paragraph's font size, so that one result serves
any size.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import msgspec
from msgspec.structs import replace

from activities.documents.model import Image
from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.font_file import Shaped
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.typeface import Typeface

_USUAL_ASCENT, _USUAL_DESCENT = 1050.0, 420.0
"""What is free above and below the baseline of a line of text."""
ROUNDING = 1e-6


class LinePicture(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A picture within a line, on its baseline. No two are equal: each is drawn by itself."""

    image: Image
    width: float
    ascent: float

    descent = 0.0
    """Below the baseline there is nothing of it."""

    def scaled(self, factor: float) -> "LinePicture":
        """The same picture, larger or smaller."""
        return LinePicture(self.image, self.width * factor, self.ascent * factor)


class CharacterStyle(msgspec.Struct, frozen=True, gc=False):
    """What text shows beside its font."""

    href: str | None = None
    strike: bool = False
    scale: float = 1.0
    rise: float = 0.0
    """The height above the baseline, in em."""
    formula: Formula | None = None
    tex: str = ""
    """The formula's source."""
    shrunk: float = 1.0
    """The size of the formula as a part of that of its text, which it has where there is room."""
    underline: bool = False
    mark: bool = False
    """Highlighted."""
    keyboard: bool = False
    """Framed like a key."""
    shaded: bool = False
    """On a grey ground, as code is."""
    picture: LinePicture | None = None
    anchors: tuple[str, ...] = ()
    """Names of the place where it begins."""


PLAIN_STYLE = CharacterStyle()


class GlyphRun(msgspec.Struct, frozen=True, gc=False):
    """Shaped text of one font, one style and one direction."""

    typeface: Typeface
    fragment: str
    width: float
    level: int
    style: CharacterStyle


class UnbreakableBox(msgspec.Struct, frozen=True, gc=False):
    """Glyph runs that stay on one line."""

    width: float
    space: GlyphRun | None
    """The space before it, unless it begins a line."""
    runs: tuple[GlyphRun, ...]
    hyphen: GlyphRun | None = None
    """What is shown behind it where it ends a line, and only there."""


class StyledSegment(msgspec.Struct, frozen=True, gc=False):
    """What a line shows in one character style, side by side."""

    operators: str
    start: float
    end: float
    style: CharacterStyle


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line of a paragraph once it is broken, ready to be drawn."""

    width: float
    operators: str = ""
    """The PDF operators that show the whole line."""
    segments: tuple[StyledSegment, ...] = ()
    """None when the line has no other style than the plain one."""
    above: float = 0.0
    """How much higher than usual it has to be, for a formula or a picture."""
    below: float = 0.0
    continues: bool = False
    """Whether it goes on with text that was too long for the line before."""


class SimpleText:
    """Words of one typeface between two hard breaks."""

    __slots__ = ("_fragments", "_known", "_typeface", "_widths", "width")

    def __init__(self, typeface: Typeface, words: Sequence[Shaped]) -> None:
        self._typeface = typeface
        self._known: tuple[list[int], int] | None = None
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
        return self._measured[1]

    def count(self, limit: float) -> int:
        """The number of lines no wider than the limit."""
        if self.width <= limit:
            return 1
        ends, _ = self._measured
        space = self._typeface.space_width
        first, start, lines, count = 0, 0, 0, len(ends)
        while first < count:
            first = max(bisect_right(ends, start + limit + space, first), first + 1)
            start = ends[first - 1]
            lines += 1
        return lines

    @property
    def _measured(self) -> tuple[list[int], int]:
        """Where each word ends with the space behind it, and the width of the widest."""
        known = self._known
        if known is None:
            space = self._typeface.space_width
            ends = list(accumulate([width + space for width in self._widths]))
            known = self._known = ends, max(self._widths, default=0)
        return known

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        typeface, fragments = self._typeface, self._fragments
        begin, joint = typeface.usual_begin, typeface.space
        if self.width <= limit:
            return [Line(self.width, f"{begin}{joint.join(fragments)})]TJ" if fragments else "")]
        space = typeface.space_width
        ends, _ = self._measured
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

    def __init__(self, boxes: Sequence[UnbreakableBox], hanging: GlyphRun | None = None) -> None:
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
            runs: list[GlyphRun] = []
            available = limit + ROUNDING
            if hanging and found:
                runs.append(hanging)
                available -= hanging.width
            last = max(bisect_right(ends, start + available, first), first + 1)
            while last > first + 1 and last < count and (hyphen := boxes[last - 1].hyphen):
                if ends[last - 1] + hyphen.width <= start + available:
                    break
                last -= 1
            runs += boxes[first].runs
            for box in boxes[first + 1 : last]:
                if (space := box.space) is not None:
                    runs.append(space)
                runs += box.runs
            if last < count and (hyphen := boxes[last - 1].hyphen):
                runs.append(hyphen)
            line = _compose(runs)
            found.append(replace(line, continues=True) if found else line)
            first = last
        return found

    def count(self, limit: float) -> int:
        """The number of lines no wider than the limit."""
        return len(self.lines(limit))


def _compose(runs: list[GlyphRun]) -> Line:
    levels = [run.level for run in runs]
    if any(levels):
        runs = bidi.visual_order(runs, levels)
    segments: list[StyledSegment] = []
    x = above = below = 0.0
    start, style = 0, runs[0].style
    for end, run in enumerate(runs):
        if run.style is not style and run.style != style:
            x = _add_segment(segments, runs[start:end], x)
            start, style = end, run.style
        if shown := run.style.formula or run.style.picture:
            above, below = extent(shown, above, below)
    x = _add_segment(segments, runs[start:], x)
    return finished_line(x, segments, above, below)


def extent(shown: Formula | LinePicture, above: float, below: float) -> tuple[float, float]:
    """How much higher and deeper than usual a line is, given what it was without a formula or a
    picture.
    """
    return (
        max(above, shown.ascent - _USUAL_ASCENT),
        max(below, shown.descent - _USUAL_DESCENT),
    )


def finished_line(
    width: float, segments: list[StyledSegment], above: float = 0.0, below: float = 0.0
) -> Line:
    """A line of these segments."""
    if len(segments) == 1 and segments[0].style == PLAIN_STYLE:
        return Line(width, segments[0].operators)
    operators = "\n".join([segment.operators for segment in segments])
    return Line(width, operators, tuple(segments), above, below)


def _add_segment(segments: list[StyledSegment], runs: list[GlyphRun], x: float) -> float:
    """Add a segment of runs of one style; give the place where it ends."""
    style = runs[0].style
    end = x + sum([run.width for run in runs])
    segments.append(StyledSegment(_operators(runs, style), x, end, style))
    return end


def _operators(runs: list[GlyphRun], style: CharacterStyle) -> str:
    """The operators that show the runs, leaving the rise as it was."""
    shown: list[str] = []
    current = None
    for run in runs:
        typeface = run.typeface
        if typeface is not current:
            if current:
                shown.append(")]TJ")
            shown.append(typeface.begin(style.scale))
            current = typeface
        shown.append(run.fragment)
    shown.append(")]TJ")
    return with_style("".join(shown), style)


def with_style(text: str, style: CharacterStyle) -> str:
    """Operators between those that set the style's rise, and set it back."""
    return f"{style.rise:g} Ts {text} 0 Ts" if style.rise else text
