"""What stays together where a page ends: the rules, as data.

A kind of block names its rule here, and nothing else: `pagination` holds to it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from activities.documents.model import (
    PART_LEVEL,
    Block,
    Callout,
    Card,
    Heading,
    Image,
    MathBlock,
    Paragraph,
    QuestionAnswer,
    ReadingTask,
    Run,
    Table,
)


class Keep(NamedTuple):
    """How one thing in a sequence, such as a block or a list's item, stays together."""

    whole: float = 0.0
    """Stays on one page as long as it is no higher than this share of it."""
    lines: int = 0
    """So many lines of what comes next stand on the page on which it ends."""
    with_entry: float = 1.0
    """Where it begins below this share of the page, what comes next stands there whole."""
    yields: bool = False
    """Whether it can be drawn a little lower, so that it fits after all."""


class LineRule(NamedTuple):
    """Where text may be divided."""

    whole: int
    """Up to so many lines stay together."""
    least: int
    """So many lines of a longer text stand on either side of the page's end."""

    @property
    def going_on(self) -> "LineRule":
        """What holds for the rest of a text that goes on from the page before: where it fills
        another page, the next one may be the last of its unit.
        """
        return self._replace(least=max(self.least, LAST_PAGE_LINES))


FREE = Keep()
"""Ends a page wherever its own lines may."""
WHOLE = Keep(whole=1.0)
WITH_NEXT = Keep(lines=1)
"""May be divided itself, but not from what comes next: a paragraph before a formula."""
TITLE = Keep(whole=1.0, lines=3)
"""A heading, a label, a question."""
PART_TITLE = Keep(whole=1.0, lines=3, with_entry=0.75)

TEXT_LINES = LineRule(whole=3, least=2)
ITEM_LINES = LineRule(whole=4, least=2)
CODE_LINES = LineRule(whole=14, least=4)

LAST_PAGE_LINES = 5
"""The last page of a unit of several has so many lines at least."""
GAP_SQUEEZED, FIGURE_SQUEEZED = 0.7, 0.85
"""The shares to which the space between paragraphs and the size of figures go down, so that a unit
can do without a last page that has fewer."""
MOVED_LINES = 4
"""So many lines go over to such a page that cannot be avoided."""

TABLE_ROWS = 12
"""Tables of more rows begin on the page where they come."""
TABLE = Keep(whole=0.4)
ROW = Keep(whole=0.5, lines=1)
"""A row that may not be parted from the next one."""
FIGURE_SCALE, FIGURE_SCALE_MIN = 0.7, 0.5
"""A figure gets smaller by the first to fit, and by the second where much would be left blank."""
MUCH_BLANK = 0.25
"""A share of a page."""
WRITING_LINES_MIN = 2
"""Room to write keeps so many lines when it gives one away, so that its question fits."""

KEEPS: Mapping[type, Keep] = MappingProxyType(
    {
        Card: WHOLE,
        ReadingTask: Keep(whole=1.0, yields=True),
        QuestionAnswer: Keep(whole=0.4),
        Callout: Keep(whole=0.5),
        Image: WHOLE,
    }
)
"""The rules of blocks that have the same everywhere."""

_INTRODUCING = (":", "：")


def keep_of(block: Block, following: Block | None) -> Keep:
    """The rule of a block, given the one that comes next, if any."""
    if isinstance(block, Paragraph):
        # A formula is the end of a sentence that was begun above it.
        led = isinstance(following, MathBlock) or introduces(block.runs)
        return WITH_NEXT if led else FREE
    if isinstance(block, Heading):
        return PART_TITLE if block.level == PART_LEVEL else TITLE
    if isinstance(block, Table):
        return TABLE if len(block.rows) <= TABLE_ROWS else FREE
    if isinstance(block, ReadingTask) and block.answer:
        return WHOLE
    return KEEPS.get(type(block), FREE)


def introduces(runs: tuple[Run, ...]) -> bool:
    """Whether a text announces what comes next."""
    return runs[-1].text.rstrip().endswith(_INTRODUCING) if runs else False


def last_entries(lines: Sequence[float]) -> int:
    """Where the last entries begin that together have as many lines as a last page is to have.

    Args:
        lines: Those of each entry.
    """
    count = 0.0
    for place in range(len(lines) - 1, -1, -1):
        count += lines[place]
        if count >= LAST_PAGE_LINES:
            return place
    return 0


def keeps_of_entries(count: int, keep: Keep = WITH_NEXT) -> list[Keep]:
    """The rules of the items of a list or the rows of a table: neither the first nor the last of
    them stands alone on a page.
    """
    keeps = [FREE] * count
    if count > 1:
        keeps[0] = keeps[count - 2] = keep
    return keeps
