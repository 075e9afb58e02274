"""Two columns of entries that stay whole, as long as each other on the last page."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import LAST_PAGE_LINES, TITLE
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
    lines: float = 1.0
    """How many lines of text it has."""


def measured(flow: Flow, draw: Callable[[], None], *, is_head: bool = False) -> ColumnEntry:
    """An entry, measured in the width that columns have."""
    fit = flow.fit_width(draw, column_width(flow))
    return ColumnEntry(fit.height, draw, is_head, fit.filled / flow.styles.cell.leading)


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

    What no column holds is drawn across both, under its head if it has one.
    """
    rest = list(entries)
    while rest:
        run = _leading(rest, flow.height)
        if not run:
            _draw_across(flow, rest)
            continue
        if flow.theme.look.two_columns:
            first, second = divide(run, flow.available_height)
        else:
            first, second = run[: _fitting(run, flow.available_height)], []
        if len(run) == len(rest):
            count = _leaving_lines(
                run, len(first) + len(second), in_two=flow.theme.look.two_columns
            )
            first, second = first[:count], second[: max(count - len(first), 0)]
        if first or second:
            _draw(flow, (first, second), from_right=from_right)
            del rest[: len(first) + len(second)]
        if rest and _leading(rest, flow.height):
            flow.break_page()


def _draw_across(flow: Flow, rest: list[ColumnEntry]) -> None:
    """Draw what no column holds, and its head above it."""
    direction, palette = flow.right_to_left, flow.palette
    flow.add_spacing(0)
    if rest[0].is_head:
        flow.ensure_space(rest[0].height + TITLE.lines * flow.line_height)
    with flow.wide():
        if rest[0].is_head:
            rest.pop(0).draw()
        rest.pop(0).draw()
    flow.right_to_left, flow.palette = direction, palette


def _leading(entries: Sequence[ColumnEntry], height: float) -> list[ColumnEntry]:
    """The entries before the first that no column of a height holds."""
    run: list[ColumnEntry] = []
    for entry in entries:
        if entry.height > height:
            if run and run[-1].is_head:
                run.pop()
            break
        run.append(entry)
    return run


def _leaving_lines(entries: Sequence[ColumnEntry], fitting: int, *, in_two: bool) -> int:
    """How many of the entries that fit a page stand on it, so that the last page is not short."""
    for count in range(fitting, 0, -1):
        rest = entries[count:]
        if not rest:
            return count
        columns = divide(rest, math.inf) if in_two else (rest,)
        lines = max(sum(entry.lines for entry in column) for column in columns)
        if lines >= LAST_PAGE_LINES and _may_part(entries, count):
            return count
    return fitting


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
