"""Two columns of entries that stay whole, as long as each other on the last page."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.surface import Frame

COLUMN_GAP: Final = 28.0


class ColumnEntry(NamedTuple):
    """Something that stands whole in a column."""

    height: float
    """With the distance to the next one; infinite if it does not fit the width."""
    draw: Callable[[], None]
    """Draws it down the flow, as often as it is called."""
    is_head: bool = False
    """Whether it may not be parted from the next one."""


def column_width(flow: Flow) -> float:
    """The width of each of the two columns, or of the one that the look has."""
    if not flow.theme.look.two_columns:
        return flow.full.width
    return (flow.full.width - COLUMN_GAP) / 2


def column_lefts(flow: Flow, *, from_right: bool) -> list[float]:
    """Where the columns begin, the first one first."""
    if not flow.theme.look.two_columns:
        return [flow.full.x]
    lefts = [flow.full.x, flow.full.x + column_width(flow) + COLUMN_GAP]
    return lefts[::-1] if from_right else lefts


def draw_columns(flow: Flow, entries: Sequence[ColumnEntry], *, from_right: bool) -> None:
    """Draw entries from where the flow has come to, page after page.

    What no column holds is drawn across both.
    """
    rest = list(entries)
    while rest:
        if rest[0].height > flow.height:
            flow.add_spacing(0)
            with flow.wide():
                rest.pop(0).draw()
            continue
        run = _leading(rest, flow.height)
        if flow.theme.look.two_columns:
            first, second = divide(run, flow.available_height)
        else:
            first, second = run[: _fitting(run, flow.available_height)], []
        if first or second:
            _draw(flow, (first, second), from_right=from_right)
            del rest[: len(first) + len(second)]
        if rest and rest[0].height <= flow.height:
            flow.break_page()


def _leading(entries: Sequence[ColumnEntry], height: float) -> list[ColumnEntry]:
    """The entries before the first that no column of a height holds."""
    run = []
    for entry in entries:
        if entry.height > height:
            break
        run.append(entry)
    return run


def divide(
    entries: Sequence[ColumnEntry], height: float
) -> tuple[Sequence[ColumnEntry], Sequence[ColumnEntry]]:
    """What stands in the two columns of a height: all, in columns that are about as long as each
    other, or as much as there is room for.
    """
    ends = [0.0, *accumulate(entry.height for entry in entries)]
    whole = ends[-1]
    places = [
        (max(ends[place], whole - ends[place]), -place)
        for place in range(1, len(ends))
        if _may_part(entries, place)
    ]
    # Of two ways to divide, the one with the longer column first.
    longer, later = min(places, default=(whole, 0))
    if longer <= height:
        return entries[:-later], entries[-later:]
    first = _fitting(entries, height)
    return entries[:first], entries[first : first + _fitting(entries[first:], height)]


def _fitting(entries: Sequence[ColumnEntry], height: float) -> int:
    """How many entries fit, without a head that would stand alone."""
    count = sum(1 for end in accumulate(entry.height for entry in entries) if end <= height)
    while count and not _may_part(entries, count):
        count -= 1
    return count


def _may_part(entries: Sequence[ColumnEntry], place: int) -> bool:
    return place == len(entries) or not entries[place - 1].is_head


def _draw(flow: Flow, columns: Sequence[Sequence[ColumnEntry]], *, from_right: bool) -> None:
    top, width = flow.y, column_width(flow)
    lowest, direction, palette = top, flow.right_to_left, flow.palette
    for left, entries in zip(column_lefts(flow, from_right=from_right), columns, strict=False):
        y = top
        for entry in entries:
            with flow.framed(Frame(left, y, width, flow.height, 1.0)):
                entry.draw()
            y -= entry.height
        lowest = min(lowest, y)
    # The page is not that of the last entry.
    flow.right_to_left, flow.palette = direction, palette
    flow.advance(top - lowest)
