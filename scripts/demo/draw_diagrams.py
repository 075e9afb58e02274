"""Draws the diagrams of the demo content as small PNG files (needs Pillow).

    python scripts/demo/draw_diagrams.py

The drawings are committed: the content embeds the files, so that its bytes do not depend on
the version of a compression library.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image, ImageDraw

DIAGRAMS = Path(__file__).parent / "diagrams"
_WIDTH, _HEIGHT = 320, 200
_SCALE = 4
"""Drawn this much larger and reduced afterwards, for smooth lines."""
_INK, _GREY, _SAND = "#222222", "#888888", "#e9dcc0"
_BLUE, _RED, _GREEN = "#1f5fa8", "#b8322a", "#3b8a4f"
_COLOURS = 16

Point = tuple[float, float]


class Pad:
    """A white drawing area with the origin at the bottom left, in pixels."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (_WIDTH * _SCALE, _HEIGHT * _SCALE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def _place(self, points: Iterable[Point]) -> list[Point]:
        return [(x * _SCALE, (_HEIGHT - y) * _SCALE) for x, y in points]

    def line(self, *points: Point, colour: str = _INK, width: int = 2) -> None:
        """A line through all points."""
        self._draw.line(self._place(points), fill=colour, width=width * _SCALE, joint="curve")

    def shape(self, *points: Point, fill: str) -> None:
        """A filled polygon with a thin outline."""
        self._draw.polygon(self._place(points), fill=fill, outline=_INK, width=_SCALE)

    def disc(self, centre: Point, radius: float, fill: str | None = None) -> None:
        """A circle, filled if a colour is given."""
        x, y = centre
        corners = self._place([(x - radius, y + radius), (x + radius, y - radius)])
        self._draw.ellipse(corners, fill=fill, outline=_INK, width=2 * _SCALE)

    def axes(self, origin: Point) -> None:
        """A pair of axes with arrow heads, across the whole area."""
        x, y = origin
        self.line((8, y), (_WIDTH - 8, y))
        self.line((_WIDTH - 16, y + 5), (_WIDTH - 8, y), (_WIDTH - 16, y - 5))
        self.line((x, 8), (x, _HEIGHT - 8))
        self.line((x - 5, _HEIGHT - 16), (x, _HEIGHT - 8), (x + 5, _HEIGHT - 16))

    def curve(self, height: Callable[[float], float], start: int, end: int, colour: str) -> None:
        """The graph of a function, in pixels."""
        self.line(*((x, height(x)) for x in range(start, end + 1, 2)), colour=colour, width=3)

    def save(self, name: str) -> None:
        """Write the drawing with few colours, as a small file."""
        small = self._image.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
        palette = small.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        palette.save(DIAGRAMS / f"{name}.png", optimize=True)


def parabola(pad: Pad) -> None:
    """A parabola that opens upwards, with its axis of symmetry."""
    pad.axes((70, 50))
    pad.line((180, 15), (180, 190), colour=_GREY)
    pad.curve(lambda x: 25 + (x - 180) ** 2 / 60, 80, 280, _BLUE)
    pad.disc((180, 25), 4, _RED)


def pythagoras(pad: Pad) -> None:
    """Four right triangles in a square leave a tilted square free."""
    left, low, short, long = 75, 15, 60, 110
    side = short + long
    corners = [(left, low), (left + side, low), (left + side, low + side), (left, low + side)]
    inner = [
        (left + short, low),
        (left + side, low + short),
        (left + long, low + side),
        (left, low + long),
    ]
    pad.shape(*corners, fill=_SAND)
    pad.shape(*inner, fill="#c9dcf0")


def unit_circle(pad: Pad) -> None:
    """A unit circle with a radius at thirty degrees and its sine and cosine."""
    centre, radius, angle = (160, 100), 80, math.radians(30)
    tip = (centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle))
    pad.axes(centre)
    pad.disc(centre, radius)
    pad.line(centre, tip, width=3)
    pad.line(tip, (tip[0], centre[1]), colour=_RED, width=3)
    pad.line(centre, (tip[0], centre[1]), colour=_BLUE, width=3)


def binary_tree(pad: Pad) -> None:
    """A binary tree with seven nodes on three levels."""
    root, middle = (160, 170), ((85, 105), (235, 105))
    leaves = ((48, 40), (122, 40), (198, 40), (272, 40))
    for parent, children in ((root, middle), (middle[0], leaves[:2]), (middle[1], leaves[2:])):
        for child in children:
            pad.line(parent, child)
    for node in (root, *middle):
        pad.disc(node, 16, _SAND)
    for leaf in leaves:
        pad.disc(leaf, 16, "#d4e8d6")


def energy_pyramid(pad: Pad) -> None:
    """A pyramid of four levels, each a fraction of the one below."""
    fills = (_GREEN, "#9cc27e", _SAND, _RED)
    for level, fill in enumerate(fills):
        half, low = 140 - 38 * level, 12 + 44 * level
        pad.shape((160 - half, low), (160 + half, low), (160 + half, low + 40),
                  (160 - half, low + 40), fill=fill)  # fmt: skip


def wave(pad: Pad) -> None:
    """A sine wave over one and a half periods."""
    pad.axes((30, 100))
    pad.curve(lambda x: 100 + 65 * math.sin((x - 30) * 3 * math.pi / 260), 30, 290, _BLUE)


def circuit(pad: Pad) -> None:
    """A battery with two resistors in parallel."""
    pad.line((60, 88), (60, 20), (270, 20), (270, 80))
    pad.line((60, 112), (60, 180), (270, 180), (270, 120))
    pad.line((170, 20), (170, 80))
    pad.line((170, 120), (170, 180))
    pad.line((38, 112), (82, 112), width=3)
    pad.line((48, 88), (72, 88), width=5)
    for x in (170, 270):
        pad.shape((x - 12, 75), (x + 12, 75), (x + 12, 125), (x - 12, 125), fill=_SAND)


def motion(pad: Pad) -> None:
    """A graph of speed against time: rising, constant, falling to zero."""
    pad.axes((40, 30))
    pad.shape((40, 30), (110, 140), (210, 140), (270, 30), fill="#dbe7f3")
    pad.line((40, 30), (110, 140), (210, 140), (270, 30), colour=_BLUE, width=3)


def supply_and_demand(pad: Pad) -> None:
    """A falling demand line crosses a rising supply line."""
    pad.axes((40, 30))
    pad.line((60, 170), (280, 50), colour=_BLUE, width=3)
    pad.line((60, 50), (280, 170), colour=_RED, width=3)
    pad.disc((170, 110), 5, _INK)


def titration(pad: Pad) -> None:
    """An S-shaped curve of pH against added volume."""
    pad.axes((40, 30))
    pad.curve(lambda x: 105 + 62 * math.tanh((x - 165) / 14) + (x - 165) / 10, 44, 290, _RED)
    pad.line((40, 105), (165, 105), colour=_GREY)


def main() -> None:
    """Draw all of them."""
    for draw in (
        parabola, pythagoras, unit_circle, binary_tree, energy_pyramid, wave, circuit, motion,
        supply_and_demand, titration,
    ):  # fmt: skip
        pad = Pad()
        draw(pad)
        pad.save(draw.__name__.replace("_", "-"))


if __name__ == "__main__":
    main()
