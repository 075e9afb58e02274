"""What is painted on a page, as a reader of its operators sees it: texts and what lies below."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from activities.documents.design.colours import WHITE, Colour

_FILLING = frozenset({"f", "F", "f*", "B", "B*", "b", "b*"})
_ENDING = _FILLING | {"S", "s", "n"}


class PaintedText(NamedTuple):
    """A stretch of text, and the ground on which its first letter stands."""

    page: int
    colour: Colour
    ground: Colour
    size: float
    x: float
    y: float


class _Area(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float
    colour: Colour

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top


def painted_texts(data: bytes) -> Iterator[PaintedText]:
    """All texts of a PDF without those in forms."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            yield from _of_page(number, page)


class _Painting:
    """The state of a page while its operators are followed."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._areas: list[_Area] = []
        self._points: list[tuple[float, float]] = []
        self._matrix = pikepdf.Matrix()
        self._states: list[tuple[pikepdf.Matrix, Colour]] = []
        self._colour = Colour("#000000")
        self._size = self._x = self._y = self._leading = 0.0

    def follow(self, name: str, values: list[Any]) -> PaintedText | None:
        """Follow an operator; the text that it shows, if any."""
        if name in {"TJ", "Tj"}:
            return self._text()
        if name in _ENDING:
            self._end_path(filled=name in _FILLING)
        elif name in {"m", "l", "c", "re"}:
            self._add_path(name, [float(value) for value in values])
        elif name in {"rg", "g"}:
            channels = [float(value) for value in values]
            self._colour = Colour.of(channels if name == "rg" else channels * 3)
        else:
            self._move(name, values)
        return None

    def _move(self, name: str, values: list[Any]) -> None:
        if name == "q":
            self._states.append((self._matrix, self._colour))
        elif name == "Q":
            self._matrix, self._colour = self._states.pop()
        elif name == "cm":
            self._matrix = pikepdf.Matrix(*map(float, values)) @ self._matrix
        elif name == "TL":
            self._leading = float(values[0])
        elif name == "Tm":
            self._size, self._x, self._y = float(values[0]), float(values[4]), float(values[5])
        elif name == "T*":
            self._y -= self._leading * self._size

    def _add_path(self, name: str, values: list[float]) -> None:
        ends = [(values[-2], values[-1])]
        if name == "re":
            left, bottom, width, height = values
            ends = [(left, bottom), (left + width, bottom + height)]
        self._points += [self._matrix.transform(end) for end in ends]

    def _end_path(self, *, filled: bool) -> None:
        if filled and self._points:
            xs, ys = zip(*self._points, strict=True)
            self._areas.append(_Area(min(xs), min(ys), max(xs), max(ys), self._colour))
        self._points = []

    def _text(self) -> PaintedText:
        x, y = self._matrix.transform((self._x, self._y))
        # Within the letter, not on the edge of what is below it.
        at = (x + 0.1 * self._size, y + 0.2 * self._size)
        below = [area.colour for area in self._areas if area.holds(*at)]
        ground = below[-1] if below else WHITE
        return PaintedText(self._page, self._colour, ground, self._size, x, y)


def _of_page(number: int, page: pikepdf.Page) -> Iterator[PaintedText]:
    painting = _Painting(number)
    for instruction in pikepdf.parse_content_stream(page):
        text = painting.follow(str(instruction.operator), list(instruction.operands))
        if text:
            yield text
