"""Short entries with a mark before each: objectives to tick, points to remember."""

from typing import Final, Literal

import msgspec

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import SetText, set_text
from activities.formats.pdf.page.shapes import circle
from activities.formats.pdf.page.surface import rounded

Mark = Literal["box", "bullet"]

BETWEEN: Final = 3.0
"""Between two entries."""
_BOX: Final = 8.0
_BULLET: Final = 1.5
_TEXT_AFTER: Final = 14.0
"""From where an entry's mark begins to its text."""
_DISC: Final = "/A<</O/List/ListNumbering/Disc>>"


class MarkedList(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Entries that are set in lines."""

    texts: tuple[SetText, ...]
    mark: Mark
    height: float
    """Of all entries."""

    @property
    def lines(self) -> int:
        """How many lines all entries have."""
        return sum([len(text.lines) for text in self.texts])

    def draw(self, flow: Flow, x: float, width: float, top: float) -> None:
        """Draw the entries into a column whose left edge is given."""
        if not self.texts:
            return
        text_x = x if flow.right_to_left else x + _TEXT_AFTER
        with flow.structure.element("L", _DISC):
            for text in self.texts:
                self._draw_mark(flow, x + width if flow.right_to_left else x, top)
                with flow.structure.element("LI"):
                    text.show(flow, (text_x, top), width - _TEXT_AFTER, "LBody")
                top -= text.height + BETWEEN

    def _draw_mark(self, flow: Flow, edge: float, top: float) -> None:
        surface, colour = flow.surface, flow.palette.base
        middle = top - flow.styles.glance.leading / 2
        outwards = -1 if flow.right_to_left else 1
        if self.mark == "box":
            left = edge if outwards > 0 else edge - _BOX - 1
            shape = rounded(left + 0.5, middle - _BOX / 2, _BOX, _BOX, (1.0,) * 4)
            surface.shape(shape, None, colour, TOKENS.rules.box)
        else:
            x = edge + outwards * (_BULLET + 1)
            surface.shape(circle(x, middle - 0.5, _BULLET), colour, None, 0.0)


def marked_list(flow: Flow, entries: tuple[Runs, ...], width: float, mark: Mark) -> MarkedList:
    """Set entries in a column of this width."""
    style = flow.styles.glance
    texts = tuple([set_text(flow, runs, style, width - _TEXT_AFTER) for runs in entries])
    height = sum([text.height for text in texts]) + BETWEEN * max(len(texts) - 1, 0)
    return MarkedList(texts, mark, height)
