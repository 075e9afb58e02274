"""Where formulas are broken that are wider than a line.

By The TeXbook (chapters 18 and 19) and the habits of amsmath: before relations rather than before
signs of addition or multiplication, and within brackets only where there is nothing else.
"""

from collections.abc import Sequence
from itertools import accumulate, zip_longest
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from activities.documents.formulas.tex import length_of, text_of

RELATION_RANK: Final = 0
SIGN_RANK: Final = 1
BRACKET_RANKS: Final = 2
"""What each bracket around a sign adds to its rank."""
_FILLED = 0.35
"""A line that is less full than this is broken at a sign of a higher rank."""


class Piece(NamedTuple):
    """What no line break divides."""

    width: float
    rank: int | None
    """How bad a line break before it is; None where there may be none."""


def broken(pieces: Sequence[Piece], limit: float, indent: float) -> list[tuple[int, int]]:
    """The pieces of each line: where they begin and where they end.

    Args:
        pieces: What stands beside each other.
        limit: The width of a line.
        indent: How far the lines after the first are indented.
    """
    ends = list(accumulate(piece.width for piece in pieces))
    lines: list[tuple[int, int]] = []
    first = 0
    while first < len(pieces):
        start = ends[first] - pieces[first].width
        available = limit - (indent if lines else 0.0)
        last = len(pieces)
        if ends[-1] - start > available:
            last = _best(pieces, ends, first, start, available)
        lines.append((first, last))
        first = last
    return lines


def _best(
    pieces: Sequence[Piece], ends: Sequence[float], first: int, start: float, available: float
) -> int:
    """Where a line from the first piece on ends."""
    best: tuple[bool, int, int] | None = None
    for place in range(first + 1, len(pieces)):
        rank = pieces[place].rank
        width = ends[place - 1] - start
        if width > available and best:
            break
        if rank is None:
            continue
        if width > available:
            return place
        candidate = (width < available * _FILLED, rank, -place)
        if best is None or candidate < best:
            best = candidate
    return -best[2] if best else len(pieces)


_SIDE_BY_SIDE = frozenset({"mrow", "mstyle", "mpadded", "math", "mtd", "mphantom", "menclose"})
_SCRIPTS = frozenset({"msub", "msup", "msubsup"})
_LETTER, _WIDE_LETTER, _SIGN = 0.55, 1.0, 0.95
_SCRIPT_SIZE = 0.7
_COLUMN_GAP = 1.0


def estimated_width(element: Element) -> float:
    """The width of MathML in em, for formats whose readers choose the font."""
    children = [estimated_width(child) for child in element]
    if element.tag in _SIDE_BY_SIDE:
        return sum(children)
    if element.tag in _SCRIPTS:
        return children[0] + _SCRIPT_SIZE * max(children[1:], default=0.0)
    if element.tag == "mtable":
        columns = zip_longest(*[[estimated_width(cell) for cell in row] for row in element])
        widths = [max(width or 0.0 for width in column) for column in columns]
        return sum(widths) + _COLUMN_GAP * (len(widths) - 1)
    if children:
        return max(children) + (_LETTER if element.tag in {"msqrt", "mroot"} else 0.0)
    if element.tag == "mspace":
        return length_of(element.get("width", ""))
    text = text_of(element)
    if element.tag == "mo" and len(text) == 1 and text not in "()[]|,.":
        return _SIGN
    return sum(_WIDE_LETTER if character >= "\u2e80" else _LETTER for character in text)
