"""The look of the pages: sizes in points, greys from 0 (black) to 1."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from activities.documents.callouts import CalloutKind


class Paper(NamedTuple):
    """A size of paper."""

    width: float
    height: float


PAPERS = {"a4": Paper(595.28, 841.89), "letter": Paper(612.0, 792.0)}

MARGIN_SIDE = 56.0
MARGIN_TOP = 66.0
MARGIN_BOTTOM = 62.0
HEADER_BASELINE = 40.0
"""The distance from the top of the page to the head's baseline."""
FOOTER_BASELINE = 36.0
COLUMN_MIN = 72.0
"""However deep lists are nested, so much is left for text."""


class TextStyle(msgspec.Struct, frozen=True, eq=False, gc=False):
    """How a block of text is set; each one is made once, and found again by being the same."""

    size: float
    leading: float
    before: float = 0.0
    """Least distance to what stands above it."""
    after: float = 0.0
    strong: bool = False
    emphasis: bool = False
    grey: float = 0.0


BODY = TextStyle(10, 14.5, 0, 6)
TIGHT = TextStyle(10, 14.5, 0, 2)
SUMMARY = TextStyle(10.5, 15.5, 0, 8, emphasis=True, grey=0.2)
NOTE = TextStyle(9, 13, 0, 5, emphasis=True, grey=0.35)
SMALL = TextStyle(8.5, 12, 0, 3, grey=0.35)
CAPTION = TextStyle(9, 12.5, 0, 4, grey=0.2)
CELL = TextStyle(9, 12.5)
CELL_SIZE_MIN = 7.0
"""Text in wide tables gets no smaller."""
CELL_HEAD = replace(CELL, strong=True)
CODE = TextStyle(8.5, 12)
FOOTNOTE = TextStyle(8.5, 12, 0, 3)
RUNNING = TextStyle(8, 10, grey=0.4)
HEADINGS = (
    TextStyle(22, 28, 0, 10, strong=True),
    TextStyle(16, 21, 18, 8, strong=True),
    TextStyle(13, 18, 13, 5, strong=True),
    TextStyle(11, 15.5, 10, 4, strong=True),
    TextStyle(10, 14.5, 8, 3, strong=True),
    TextStyle(10, 14.5, 8, 3, strong=True, emphasis=True),
)
CONTENTS_TITLE = replace(HEADINGS[0], after=14)
CONTENTS_ENTRY = TextStyle(10, 17)

FORMULA_SIZE = 11.0
FORMULA_SIZE_MIN = 7.0
"""No displayed formula is set smaller without a warning: its indices are 5 points high then, which
is the least that people read on paper."""

LIST_INDENT = 19.0
QUOTE_INDENT = 14.0
QUOTE_BAR = 2.5
CALLOUT_PADDING = 6.0
CALLOUT_GREYS: Mapping[CalloutKind, float] = MappingProxyType(
    {"note": 0.6, "tip": 0.6, "important": 0.3, "warning": 0.0, "caution": 0.0, "details": 0.72}
)
"""The greys of the bar at a callout's side: the more pressing, the darker."""
CODE_PADDING = 6.0
METRIC_TEXT, METRIC_BAR, METRIC_BAR_HEIGHT = 42.0, 160.0, 6.0
METRIC_GREY = 0.45
CELL_PADDING = 4.0
WRITING_LINES = 4
WRITING_LINE_HEIGHT = 24.0
POINTS_PER_PIXEL = 0.75

CARD_COLUMNS, CARD_ROWS = 2, 4
CARD_PADDING = 12.0
CARD_NUMBER = TextStyle(8, 10, grey=0.4)
CARD_SCALES = (1.4, 1.2, 1.0, 0.85, 0.7)
"""Ratios of the text on cards to its usual size, in the order in which they are tried."""
CARD_FORMULA_MIN = 5.0
"""No formula on a card is set smaller."""
CARD_PICTURE = 0.6
"""Share of a card's height that a picture may take."""

FILL_GREY = 0.955
HEAD_GREY = 0.92
RULE_GREY = 0.72
FRAME_GREY = 0.5
