"""The room for a written answer on the page: lines, or squares."""

from activities.documents.design.tokens import TOKENS
from activities.documents.model import WritingSpace
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import WRITING_LINES_MIN
from activities.formats.pdf.page.surface import rounded

SQUARE = 5 / 25.4 * 72
"""The side of a square of 5 mm."""
WRITING_WIDTH = 28 * SQUARE
"""Of lines as of squares, where there is room."""
_ABOVE = 4.0
_BELOW = 12.0
_ROUNDING = 0.01


class WritingSpaceBlock:
    """The room for one answer, which may lose a line so that a question fits its page."""

    def __init__(self, flow: Flow, space: WritingSpace) -> None:
        """Take how much room there is to be."""
        self._flow = flow
        self._space = space
        gaps = TOKENS.gaps
        self._line = gaps.writing_line_young if space.young else gaps.writing_line

    def draw(self, *, lower: bool = False) -> None:
        """Draw it, with a line less if it is to be `lower`, so that its question fits the page."""
        flow, squares = self._flow, self._space.squares
        flow.add_spacing(0)
        flow.advance(_ABOVE)
        width = min(WRITING_WIDTH, flow.width)
        left = flow.x + flow.width - width if flow.right_to_left else flow.x
        if squares:
            flow.ensure_space(squares[1] * SQUARE)
            self._draw_squares(squares, left, width)
        else:
            lines = self._space.lines
            if lines > WRITING_LINES_MIN:
                flow.savings.yielding += self._line
            thickness = flow.theme.rule(TOKENS.rules.hairline)
            for _ in range(max(lines - 1, WRITING_LINES_MIN) if lower else lines):
                flow.ensure_space(self._line)
                flow.advance(self._line)
                flow.surface.rectangle(left, flow.y, width, thickness, TOKENS.neutrals.g500)
        flow.advance(0, after=_BELOW)

    def _draw_squares(self, squares: tuple[int, int], left: float, width: float) -> None:
        flow = self._flow
        across, down = squares
        height = down * SQUARE
        across = min(across, int(width / SQUARE + _ROUNDING))
        right, bottom = left + across * SQUARE, flow.y - height
        upright = [left + column * SQUARE for column in range(1, across)]
        level = [flow.y - row * SQUARE for row in range(1, down)]
        path = " ".join(
            [f"{x:.2f} {flow.y:.2f} m {x:.2f} {bottom:.2f} l" for x in upright]
            + [f"{left:.2f} {y:.2f} m {right:.2f} {y:.2f} l" for y in level]
        )
        thickness = flow.theme.rule(TOKENS.rules.hairline)
        flow.surface.shape(path, None, TOKENS.neutrals.g300, thickness)
        edge = rounded(left, bottom, right - left, height, [0.0] * 4)
        flow.surface.shape(edge, None, TOKENS.neutrals.g500, thickness)
        flow.advance(height)
