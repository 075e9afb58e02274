"""Lines that are about equally long, for texts that are looked at as a whole."""

from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph

_LINES_MAX = 8
"""Longer text is read, not looked at."""
_PRECISION = 100.0
"""Thousandths of an em."""


def balanced_lines(paragraph: ShapedParagraph, limit: float, leading: float) -> list[Line]:
    """Break a paragraph at the smallest width that makes no more lines than the limit does.

    The limit, and the leading that Latin lines have, are in thousandths of an em.
    """
    lines = paragraph.lines(limit)
    if not 1 < len(lines) <= _LINES_MAX or paragraph.widest > limit:
        return paragraph.spread(lines, leading)
    least, most = paragraph.widest, limit
    while most - least > _PRECISION:
        width = (least + most) / 2
        narrower = paragraph.lines(width)
        if len(narrower) > len(lines):
            least = width
        else:
            most, lines = width, narrower
    return paragraph.spread(lines, leading)
