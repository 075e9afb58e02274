"""Boxes that set something apart: callouts with a bar and a sign, and plain frames.

Signs differ by their shape, so that nobody needs their colour.
"""

import math
from collections.abc import Callable

from activities.documents.callouts import CalloutKind
from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS, Shape
from activities.formats.pdf.page.flow import Flow, Ground
from activities.formats.pdf.page.surface import disc, polygon, rounded
from activities.formats.pdf.page.theme import RULES

ICON = 14.0
"""The width of a sign's shape at the usual size of its title."""
ICON_GAP = 7.0
_ICON_TITLE = 10.0
_OUTLINE = 0.9


def frame(flow: Flow, fill: Colour | None, edge: Colour) -> Ground:
    """A box around what is drawn, as wide as the column is now."""
    x, width, corners = flow.x, flow.width, [flow.theme.radii.box] * 4
    thickness = flow.theme.rule(RULES.hairline)
    return lambda y, height: flow.surface.painted(
        rounded(x, y, width, height, corners), fill, edge, thickness
    )


def bar(flow: Flow, colour: Colour, thickness: float, *, at_right: bool) -> Ground:
    """A bar at the side of the column where lines begin."""
    x = flow.x + flow.width - thickness if at_right else flow.x
    return lambda y, height: flow.surface.painted(
        rounded(x, y, thickness, height, (0.0, 0.0, 0.0, 0.0)), colour
    )


def callout_ground(flow: Flow, mark: Colour, ground: Colour | None, *, at_right: bool) -> Ground:
    """The bar and the ground of a callout, as wide as the column is now."""
    x, width, radius = flow.x, flow.width, flow.theme.radii.box
    thickness = RULES.bar if ground or not flow.theme.look.coloured else RULES.opener
    if not flow.theme.look.coloured:
        thickness = RULES.ink_bar
    corners = (radius, 0.0, 0.0, radius) if at_right else (0.0, radius, radius, 0.0)
    start = x + width - thickness if at_right else x

    def draw(y: float, height: float) -> str:
        painted = flow.surface.painted
        behind = painted(rounded(x, y, width, height, corners), ground)
        edge = rounded(start, y, thickness, height, (0.0, 0.0, 0.0, 0.0))
        return f"{behind} {painted(edge, mark)}"

    return draw


def draw_icon(flow: Flow, kind: CalloutKind, mark: Colour, x: float, middle: float) -> None:
    """Draw the sign of a kind of callout, with its left edge and the height of its middle."""
    shape = TOKENS.callouts[kind].shape
    draw = _SIGNS.get(shape)
    if draw is None:
        return
    size = icon_size(flow)
    radius = size / 2
    is_filled = flow.theme.look.coloured
    inner = TOKENS.neutrals.white if is_filled else mark
    outline = _outline(shape, x + radius, middle, radius)
    surface = flow.surface
    surface.shape(outline, mark if is_filled else None, None if is_filled else mark, _OUTLINE)
    draw(flow, x + radius, middle, size, inner)


def icon_size(flow: Flow) -> float:
    """How wide a sign is beside the titles of this look."""
    return ICON * flow.styles.callout_title.size / _ICON_TITLE


def has_icon(kind: CalloutKind) -> bool:
    """Whether a kind has a sign."""
    return TOKENS.callouts[kind].shape in _SIGNS


def _outline(shape: Shape, x: float, y: float, radius: float) -> str:
    if shape == "disc":
        return disc(x, y, radius * 0.95)
    if shape == "diamond":
        return polygon([(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)])
    if shape == "square":
        side = radius * 0.9
        return rounded(x - side, y - side, 2 * side, 2 * side, [1.5] * 4)
    if shape == "triangle":
        low = y - radius * 0.85
        return polygon([(x - radius, low), (x + radius, low), (x, y + radius * 0.9)])
    far, near = radius * 0.97, radius * 0.97 * math.tan(math.pi / 8)
    corners = [(near, far), (far, near), (far, -near), (near, -far)]
    left = [(-dx, dy) for dx, dy in reversed(corners)]
    return polygon([(x + dx, y + dy) for dx, dy in (*corners, *left)])


def _info(flow: Flow, x: float, y: float, size: float, colour: Colour) -> None:
    stem = 0.14 * size
    surface = flow.surface
    surface.rectangle(x - stem / 2, y - 0.27 * size, stem, 0.34 * size, colour)
    surface.shape(disc(x, y + 0.22 * size, 0.085 * size), colour, None, 0.0)


def _check(flow: Flow, x: float, y: float, size: float, colour: Colour) -> None:
    thick = 0.11 * size
    surface = flow.surface
    corner = (x - 0.05 * size, y - 0.16 * size)
    surface.stroke((x - 0.19 * size, y - 0.01 * size), corner, thick, colour)
    surface.stroke(
        (corner[0] - 0.04 * size, corner[1]), (x + 0.17 * size, y + 0.17 * size), thick, colour
    )


def _exclamation(flow: Flow, x: float, y: float, size: float, colour: Colour) -> None:
    stem = 0.13 * size
    flow.surface.rectangle(x - stem / 2, y - 0.06 * size, stem, 0.34 * size, colour)
    flow.surface.shape(disc(x, y - 0.2 * size, 0.08 * size), colour, None, 0.0)


def _alarm(flow: Flow, x: float, y: float, size: float, colour: Colour) -> None:
    _exclamation(flow, x, y - 0.08 * size, size * 0.86, colour)


def _minus(flow: Flow, x: float, y: float, size: float, colour: Colour) -> None:
    width, height = 0.52 * size, 0.16 * size
    flow.surface.rectangle(x - width / 2, y - height / 2, width, height, colour)


_SIGNS: dict[Shape, Callable[[Flow, float, float, float, Colour], None]] = {
    "disc": _info,
    "diamond": _check,
    "square": _exclamation,
    "triangle": _alarm,
    "octagon": _minus,
}
