"""How wide the columns of a table are, how small its text gets, and what stands side by side.

Words stay whole as long as that leaves text readable: a table whose words do not fit gets smaller
text, and when that would be too small, its columns are divided into several tables, one below the
other. What labels the rows stands in each of them.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

LABEL_MAX: Final = 60
"""The most characters of a cell that labels its row in each table."""
_STEPS = 20
"""Text is set in so many sizes of its usual one, so that tables look alike and styles are few."""
_WORD_MAX = 0.45
"""A share of the width. A word that is wider even in the smallest text is cut."""
_EMS_MIN = 4
"""A column of longer text is no narrower, even if its lines may break between all characters."""
_DIVIDED_MIN = 3
"""Tables with fewer columns stay whole."""
_HALVINGS = 24


class Group(NamedTuple):
    """Columns that stand side by side."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    """Of the columns, what is left free on both sides of their text included."""


class TableLayout(NamedTuple):
    """How a table is set."""

    scale: float
    """How large text and what is left free around it are beside the usual."""
    groups: tuple[Group, ...]


def lay_out_table(
    wanted: Sequence[float],
    needed: Callable[[], Sequence[float]],
    available: float,
    padding: float,
    em: float,
    least_scale: float,
    *,
    first_labels: bool,
) -> TableLayout:
    """Lay out a table, in any unit.

    Args:
        wanted: The width of each column's text if nothing in it were broken.
        needed: Gives the width of each column's widest word; not called when all is wide enough.
        available: The width for all columns.
        padding: What a column takes beside its text.
        em: The size of its text.
        least_scale: The smallest scale that can be read; 1 for a table that stays as it is.
        first_labels: Whether the first column tells what the others of a row are about, in few
            words.
    """
    columns = tuple(range(len(wanted)))
    if sum(wanted) + padding * len(wanted) <= available:
        return TableLayout(1.0, (Group(columns, tuple([want + padding for want in wanted])),))
    words = [
        max(word, min(want, em * _EMS_MIN)) for word, want in zip(needed(), wanted, strict=True)
    ]
    word_max = available / least_scale * _WORD_MAX - padding
    whole = [min(word, word_max) + padding for word in words]
    scale, groups = 1.0, [columns]
    if least_scale < 1:
        scale = _scale(sum(whole), available)
        if scale < least_scale:
            scale = least_scale
            if len(wanted) >= _DIVIDED_MIN:
                groups, widest = _divided(whole, available / least_scale, repeated=first_labels)
                scale = max(_scale(widest, available), least_scale)
    return TableLayout(
        scale,
        tuple(
            [
                Group(
                    group,
                    _widths(
                        [scale * (wanted[column] + padding) for column in group],
                        [scale * (words[column] + padding) for column in group],
                        available,
                    ),
                )
                for group in groups
            ]
        ),
    )


def _scale(needed: float, available: float) -> float:
    return min(1.0, math.floor(available / needed * _STEPS) / _STEPS)


def _divided(
    whole: Sequence[float], available: float, *, repeated: bool
) -> tuple[list[tuple[int, ...]], float]:
    """As few groups of columns as possible, about equally wide, and the width of the widest."""
    first = (0,) if repeated else ()
    room = available - (whole[0] if repeated else 0.0)
    rest = range(len(first), len(whole))
    count = len(_filled(whole, rest, room))
    low, high = 0.0, room
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if len(_filled(whole, rest, middle)) > count:
            low = middle
        else:
            high = middle
    groups = [(*first, *group) for group in _filled(whole, rest, high)]
    return groups, max([sum([whole[column] for column in group]) for group in groups])


def _filled(whole: Sequence[float], columns: Sequence[int], room: float) -> list[tuple[int, ...]]:
    """The columns in groups that fit the room, each of one column at least."""
    groups: list[list[int]] = []
    left = 0.0
    for column in columns:
        if not groups or whole[column] > left:
            groups.append([])
            left = room
        groups[-1].append(column)
        left -= whole[column]
    return [tuple(group) for group in groups]


def _widths(
    wanted: Sequence[float], needed: Sequence[float], available: float
) -> tuple[float, ...]:
    """Each column as wide as it wants; when that is too much, by need and wish.

    Nothing is narrower than its widest word, unless even these do not fit.
    """
    if sum(wanted) <= available:
        return tuple(wanted)
    if sum(needed) >= available:
        fair = available / len(needed)
        small = [min(need, fair) for need in needed]
        excess = [need - least for need, least in zip(needed, small, strict=True)]
        share = (available - sum(small)) / (sum(excess) or 1.0)
        return tuple([least + more * share for least, more in zip(small, excess, strict=True)])
    wishes = [want - need for want, need in zip(wanted, needed, strict=True)]
    share = (available - sum(needed)) / sum(wishes)
    return tuple([need + wish * share for need, wish in zip(needed, wishes, strict=True)])
