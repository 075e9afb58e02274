"""Lines that are about equally long, for texts that are looked at as a whole."""

from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph

_LINES_MAX = 8
"""Longer text is read, not looked at."""
_PRECISION = 100.0
"""Thousandths of an em."""


def balanced_lines(paragraph: ShapedParagraph, limit: float) -> list[Line]:
    """Break a paragraph at the smallest width that makes no more lines than the limit does."""
    lines = paragraph.lines(limit)
    if not 1 < len(lines) <= _LINES_MAX or paragraph.widest > limit:
        return lines
    least, most = paragraph.widest, limit
    while most - least > _PRECISION:
        width = (least + most) / 2
        narrower = paragraph.lines(width)
        if len(narrower) > len(lines):
            least = width
        else:
            most, lines = width, narrower
    return lines
