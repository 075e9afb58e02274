"""Lines that are about equally long, for texts that are looked at as a whole."""

from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph

_LINES_MAX = 8
"""Longer text is read, not looked at."""
_PRECISION = 100.0
"""Thousandths of an em."""
_SPACE_MAX = 1000.0
"""No space at which a line breaks is wider, in thousandths of an em."""


def balanced_lines(paragraph: ShapedParagraph, limit: float, leading: float) -> list[Line]:
    """Break a paragraph at the smallest width that makes no more lines than the limit does.

    The limit, and the leading that Latin lines have, are in thousandths of an em.
    """
    least, most = paragraph.widest, limit
    if least <= limit and 1 < (count := paragraph.count(limit)) <= _LINES_MAX:
        # Narrower lines cannot hold all of the text, so that nobody has to try.
        narrowest = (paragraph.width - (count - 1) * _SPACE_MAX) / count
        while most - least > _PRECISION:
            width = (least + most) / 2
            if width < narrowest or paragraph.count(width) > count:
                least = width
            else:
                most = width
    return paragraph.spread(paragraph.lines(most), leading)
