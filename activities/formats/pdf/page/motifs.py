"""Drawings for covers, of simple shapes in solid mixes of an accent, the same for the same seed."""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from activities.documents.design.colours import WHITE, Colour
from activities.documents.design.tokens import AccentName
from activities.formats.pdf.page.shapes import circle, line, polygon, rectangle
from activities.formats.pdf.page.surface import Point

Motif = Literal["cells", "curves", "orbits", "tiles"]

MOTIFS: Mapping[AccentName, Motif] = MappingProxyType(
    {"biology": "cells", "mathematics": "curves", "chemistry": "orbits", "physics": "orbits"}
)
"""The motifs of subjects; all others have tiles."""


class Area(NamedTuple):
    """Where a drawing is: left, lower edge, width, height."""

    x: float
    y: float
    width: float
    height: float


class Drawn(NamedTuple):
    """A shape and its colours."""

    path: str
    fill: Colour | None
    edge: Colour | None = None
    thickness: float = 0.0


class _Dice:
    """Numbers that look like chance, and are the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._bytes: list[int] = []
        self._blocks = 0

    def share(self) -> float:
        """A number from 0 up to, not including, 1."""
        if not self._bytes:
            block = self._seed + self._blocks.to_bytes(4, "big")
            self._bytes = list(hashlib.sha256(block).digest())
            self._blocks += 1
        return self._bytes.pop() / 256

    def between(self, least: float, most: float) -> float:
        """A number from `least` up to `most`."""
        return least + (most - least) * self.share()


def seed_of(item_ids: Sequence[str]) -> str:
    """The seed of the drawing for a file of these items."""
    return hashlib.sha256("\x1f".join(item_ids).encode("utf-8", "surrogatepass")).hexdigest()


def draw_motif(motif: Motif, area: Area, base: Colour, seed: str) -> Iterator[Drawn]:
    """The shapes of a motif, which may reach over its area, from the lowest one up."""
    yield Drawn(rectangle(*area), base)
    yield from _DRAWERS[motif](area, base, _Dice(seed))


_CELL: Final = 43.0
_CELL_ACROSS, _CELL_UP = 79.6, 69.0
_CELL_GAP: Final = 0.93


def _cells(area: Area, base: Colour, dice: _Dice) -> Iterator[Drawn]:
    for row in range(int(area.height / _CELL_UP) + 2):
        for column in range(int(area.width / _CELL_ACROSS) + 2):
            x = area.x + (column - row % 2 / 2) * _CELL_ACROSS
            y = area.y + area.height - row * _CELL_UP + _CELL / 2
            kind, offset = dice.share(), dice.between(-10, 10)
            corners = [
                (x + _CELL * across * _CELL_GAP, y + _CELL * up * _CELL_GAP)
                for across, up in _HEXAGON
            ]
            path = polygon(corners)
            if kind < 0.3:
                yield Drawn(path, None, base.in_white(0.7), 0.5)
                continue
            share = next(share for most, share in _CELL_SHADES if kind < most)
            yield Drawn(path, base.in_white(share))
            if kind >= _NUCLEUS_FROM:
                yield Drawn(circle(x + offset, y + offset / 3, 6), base)


_HEXAGON: Final = tuple(
    (math.cos(math.pi / 6 + side * math.pi / 3), math.sin(math.pi / 6 + side * math.pi / 3))
    for side in range(6)
)
_CELL_SHADES: Final = ((0.55, 0.94), (0.75, 0.85), (0.92, 0.73), (1.0, 0.5))
"""Up to which throw of the dice a cell has how much of the accent."""
_NUCLEUS_FROM: Final = 0.72
_GRID: Final = 42.0
_PARABOLAS: Final = 9


def _curves(area: Area, base: Colour, dice: _Dice) -> Iterator[Drawn]:
    grid = base.in_white(0.9)
    for number in range(1, int(area.width / _GRID) + 1):
        x = area.x + number * _GRID
        yield Drawn(line([(x, area.y), (x, area.y + area.height)]), None, grid, 0.5)
    for number in range(1, int(area.height / _GRID) + 1):
        y = area.y + area.height - number * _GRID
        yield Drawn(line([(area.x, y), (area.x + area.width, y)]), None, grid, 0.5)
    vertex = (
        area.x + area.width * dice.between(0.35, 0.65),
        area.y + area.height * dice.between(0.06, 0.12),
    )
    bold = int(dice.between(3, 7))
    steepest = dice.between(5, 8)
    for number in range(_PARABOLAS):
        share = (number + 1) / _PARABOLAS
        steepness = steepest * share**1.6 * area.height / area.width**2
        colour = base.in_white(0.72 - 0.55 * share)
        path = _parabola(area, vertex, steepness)
        yield Drawn(path, None, colour, 3.6 if number == bold else 1.3)
    yield Drawn(circle(*vertex, 7), WHITE)


def _parabola(area: Area, vertex: Point, steepness: float) -> str:
    """A parabola over the width of an area, which one Bézier curve is without an error."""
    left, right = area.x, area.x + area.width
    ends = [(x, vertex[1] + steepness * (x - vertex[0]) ** 2) for x in (left, right)]
    middle = (left + right) / 2
    control = ends[0][1] + 2 * steepness * (left - vertex[0]) * (middle - left)
    handles = [
        (end[0] + 2 / 3 * (middle - end[0]), end[1] + 2 / 3 * (control - end[1])) for end in ends
    ]
    shown = " ".join([f"{x:.2f} {y:.2f}" for x, y in (*handles, ends[1])])
    return f"{ends[0][0]:.2f} {ends[0][1]:.2f} m {shown} c"


_ORBITS: Final = 9
_ELECTRONS_MAX: Final = 6


def _orbits(area: Area, base: Colour, dice: _Dice) -> Iterator[Drawn]:
    x = area.x + area.width * dice.between(0.4, 0.7)
    y = area.y + area.height * dice.between(0.42, 0.62)
    step = area.height * 0.089
    for number in range(_ORBITS, 0, -1):
        shade = base.in_white(1 - 0.03 * (_ORBITS - number))
        yield Drawn(circle(x, y, step * (number + 0.8)), shade, base.in_white(0.66), 0.7)
    yield Drawn(circle(x, y, 26), base.in_white(0.48))
    for number in range(1, _ORBITS + 1):
        turn = dice.between(0, math.tau)
        electrons = min(number + 1, _ELECTRONS_MAX)
        for place in range(electrons):
            angle = turn + math.tau * (place + dice.between(-0.2, 0.2)) / electrons
            radius = step * (number + 0.8)
            center = (x + radius * math.cos(angle), y + radius * math.sin(angle))
            colour = WHITE if dice.share() < 0.4 else base.in_white(0.3)
            yield Drawn(circle(*center, 5.5), colour)


_TILES_ACROSS: Final = 8
_HANDLE: Final = 0.5523


def _tiles(area: Area, base: Colour, dice: _Dice) -> Iterator[Drawn]:
    size = area.width / _TILES_ACROSS
    for row in range(math.ceil(area.height / size)):
        for column in range(_TILES_ACROSS):
            x, y = area.x + column * size, area.y + area.height - (row + 1) * size
            kind, turn = dice.share(), int(dice.share() * 4)
            colour = base.in_white(dice.between(0.68, 0.9))
            if kind < 0.5:
                yield Drawn(_quarter(x, y, size, turn), colour)
            elif kind < 0.72:
                yield Drawn(rectangle(x, y, size, size), base.in_white(0.92))
            elif kind < 0.84:
                corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
                yield Drawn(polygon([corners[(turn + n) % 4] for n in range(3)]), colour)
            else:
                yield Drawn(circle(x + size / 2, y + size / 2, size / 4), base.in_white(0.55))


def _quarter(x: float, y: float, size: float, turn: int) -> str:
    """A quarter of a disc that fills a square, with its corner at one of the square's."""
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    center, start, _, end = (corners[(turn + number) % 4] for number in range(4))
    far = (start[0] + end[0] - center[0], start[1] + end[1] - center[1])
    handles = [
        (near[0] + _HANDLE * (far[0] - near[0]), near[1] + _HANDLE * (far[1] - near[1]))
        for near in (start, end)
    ]
    shown = " ".join([f"{h:.2f} {v:.2f}" for h, v in (*handles, end)])
    return f"{center[0]:.2f} {center[1]:.2f} m {start[0]:.2f} {start[1]:.2f} l {shown} c h"


_DRAWERS: Mapping[Motif, Callable[[Area, Colour, _Dice], Iterator[Drawn]]] = MappingProxyType(
    {"cells": _cells, "curves": _curves, "orbits": _orbits, "tiles": _tiles}
)
