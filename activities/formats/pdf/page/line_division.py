"""How many lines of a text stand on a page, and how high they are."""

from collections.abc import Sequence
from itertools import accumulate

from activities.formats.pdf.page.keeps import LineRule
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.text.lines import Line

_EM = 1000


def lines_height(lines: Sequence[Line], style: TextStyle) -> float:
    """The height of lines below each other, in points."""
    height = len(lines) * style.leading
    for line in lines:
        if line.above or line.below:
            height += (line.above + line.below) * style.size / _EM
    return height


def lines_fitting(lines: Sequence[Line], style: TextStyle, height: float) -> int:
    """How many of the lines fit into so many points, as if further usual ones followed them."""
    most = max(int(height / style.leading), 0)
    if not any(line.above or line.below for line in lines[:most]):
        return most
    ends = accumulate(lines_height([line], style) for line in lines[:most])
    return sum(1 for end in ends if end <= height)


def lines_before_break(lines: int, fitting: int, rule: LineRule, on_empty_page: bool) -> int:
    """How many of the lines of a text stand on a page, of which so many fit."""
    if lines <= fitting:
        return lines
    count = min(fitting, lines - rule.least)
    if count < rule.least or lines <= rule.whole:
        # A page too short for the rule takes what fits, so that there is always progress.
        return max(fitting, 1) if on_empty_page else 0
    return count
