"""Paths of shapes that mean nothing: discs, polygons, curves, and what lies within them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from activities.documents.design.colours import Colour
from activities.formats.pdf.page.surface import Point, Surface, numbers_of, rounded


def rectangle(x: float, y: float, width: float, height: float) -> str:
    """A rectangle whose lower left corner is given."""
    return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re"


def line(points: Sequence[Point]) -> str:
    """A line through points."""
    first, *others = points
    lines = " ".join([f"{x:.2f} {y:.2f} l" for x, y in others])
    return f"{first[0]:.2f} {first[1]:.2f} m {lines}"


def polygon(points: Sequence[Point]) -> str:
    """A closed line through points."""
    return f"{line(points)} h"


def circle(x: float, y: float, radius: float) -> str:
    """A circle around a point."""
    return rounded(x - radius, y - radius, 2 * radius, 2 * radius, (radius,) * 4)


@contextmanager
def clipped(surface: Surface, path: str) -> Iterator[None]:
    """Show nothing of what is drawn meanwhile outside of a path."""
    operators = surface.canvas.operators
    operators.append(f"q {path} W n")
    try:
        yield
    finally:
        operators.append("Q")


@contextmanager
def outlined(surface: Surface, colour: Colour, thickness: float) -> Iterator[None]:
    """Show text that is drawn meanwhile by the outlines of its letters alone."""
    operators = surface.canvas.operators
    operators.append(f"q 1 Tr {numbers_of(colour)} RG {thickness:.2f} w")
    try:
        yield
    finally:
        operators.append("Q")
