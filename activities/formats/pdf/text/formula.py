"""Formulas that have been laid out: glyphs and rules at their places.

Lengths are in thousandths of an em of the surrounding text, heights count upwards from its
baseline.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from activities.formats.pdf.text.joined_glyphs import Ink


class Glyph(NamedTuple):
    """A glyph, or several as one, at their place."""

    font: str
    """The name of a font of the set."""
    ink: Ink
    text: str
    """What it stands for."""
    x: float
    y: float
    scale: float


class Rule(NamedTuple):
    """A filled rectangle: left, bottom, width, height."""

    x: float
    y: float
    width: float
    height: float


class Stroke(NamedTuple):
    """A line between two points, such as one that strikes out."""

    x: float
    y: float
    right: float
    """Where it ends."""
    end: float
    """The height at which it ends."""
    thickness: float


class Formula(NamedTuple):
    """A formula, or a part of one, with its reference point at the left of its baseline."""

    width: float
    ascent: float
    descent: float
    """Below the baseline, mostly positive."""
    glyphs: tuple[Glyph, ...] = ()
    rules: tuple[Rule, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    @property
    def height(self) -> float:
        """The distance from the lowest to the highest point."""
        return self.ascent + self.descent

    @property
    def text(self) -> str:
        """What the glyphs stand for."""
        return "".join([glyph.text for glyph in self.glyphs])

    def scaled(self, factor: float) -> "Formula":
        """The same formula, larger or smaller."""
        return Formula(
            self.width * factor,
            self.ascent * factor,
            self.descent * factor,
            tuple(
                glyph._replace(x=glyph.x * factor, y=glyph.y * factor, scale=glyph.scale * factor)
                for glyph in self.glyphs
            ),
            tuple(Rule(*(edge * factor for edge in rule)) for rule in self.rules),
            tuple(Stroke(*(edge * factor for edge in stroke)) for stroke in self.strokes),
        )


class FormulaBuilder:
    """Collects placed parts into one formula."""

    def __init__(self) -> None:
        self.width = 0.0
        self._ascent: float | None = None
        self._descent: float | None = None
        self._glyphs: list[Glyph] = []
        self._rules: list[Rule] = []
        self._strokes: list[Stroke] = []

    def place(self, part: Formula, x: float, y: float = 0.0) -> None:
        """Add a part with its reference point at a place."""
        self._glyphs += [glyph._replace(x=glyph.x + x, y=glyph.y + y) for glyph in part.glyphs]
        self._rules += [
            Rule(rule.x + x, rule.y + y, rule.width, rule.height) for rule in part.rules
        ]
        self._strokes += [
            Stroke(line.x + x, line.y + y, line.right + x, line.end + y, line.thickness)
            for line in part.strokes
        ]
        self.extend_bounds(part.ascent + y, part.descent - y)
        self.width = max(self.width, x + part.width)

    def place_rule(self, x: float, y: float, width: float, height: float) -> None:
        """Add a rule whose lower left corner is given."""
        self._rules.append(Rule(x, y, width, height))
        self.extend_bounds(y + height, -y)
        self.width = max(self.width, x + width)

    def place_stroke(self, stroke: Stroke) -> None:
        """Add a line, which takes no room."""
        self._strokes.append(stroke)

    def extend_bounds(self, ascent: float, descent: float) -> None:
        """Let the formula reach at least so far above and below its baseline."""
        self._ascent = ascent if self._ascent is None else max(self._ascent, ascent)
        self._descent = descent if self._descent is None else max(self._descent, descent)

    def formula(self) -> Formula:
        """Everything that was placed."""
        return Formula(
            self.width,
            self._ascent or 0.0,
            self._descent or 0.0,
            tuple(self._glyphs),
            tuple(self._rules),
            tuple(self._strokes),
        )


LINE_GAP: Final = 400.0
"""Between two lines of a formula, beyond their height."""


def stacked(lines: Sequence[Formula], gap: float) -> Formula:
    """Lines below each other, the first one on the baseline."""
    whole = FormulaBuilder()
    y = 0.0
    for index, line in enumerate(lines):
        ascent, descent = max(line.ascent, 700.0), max(line.descent, 200.0)
        if index:
            y -= ascent
        whole.place(line, 0.0, y)
        y -= descent + gap
    return whole.formula()
