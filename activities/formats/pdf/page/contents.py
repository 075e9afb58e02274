"""The contents pages: drawn last, when every page number is known, and put first.

How many pages they take is known before, for as many units and parts as there may be. Should there
be fewer in the end, what there is spreads over the pages, which stay as many, since all others are
numbered.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import LAST_PAGE_LINES
from activities.formats.pdf.page.setting import (
    SetText,
    in_role,
    set_line,
)
from activities.formats.pdf.page.theme import Palette, TextStyle
from activities.formats.pdf.text.paragraph import UNLIMITED

_NUMBER_COLUMN: Final = 34.0
_GAP: Final = 8.0
_LEADER_LIFT: Final = 0.28
"""How far dots are above the lower edge of a line, in its leading."""
_BETWEEN, _BETWEEN_TIGHT = 11.0, 5.0
"""Below a unit with its parts, and below one alone."""
_TITLE_RULE_GAP, _TITLE_AFTER = 14.0, 18.0
_BACK_GAP: Final = 10.0
_PAGES_WITH_PARTS: Final = 4
"""Parts are listed as long as that takes no more pages."""
_PARTS_TOGETHER: Final = 5
"""So many parts stay with their unit."""
_PARTS_BEGINNING: Final = 2
"""So many do where there are more."""


class Entry(NamedTuple):
    """A line of the contents."""

    runs: Runs
    right_to_left: bool
    level: int
    """0 for a unit or what is beside units, 1 for a part of it."""
    page: int
    destination: str
    element: int
    """The object number of the heading in the structure, if there is one."""
    palette: Palette
    number: int | None = None
    """The unit's."""
    is_back: bool = False
    """Whether it comes after all units."""


class Extent(NamedTuple):
    """How long the contents are."""

    pages: int
    has_parts: bool
    between: float
    """The distance below a unit with its parts."""


def measure(units: int, parts: int, back: int, flow: Flow) -> Extent:
    """How many pages the contents take at most, and whether parts are listed.

    Args:
        units: How many there are.
        parts: How many each has at most.
        back: How many entries come after them.
        flow: Where they are drawn.
    """
    if parts:
        extent = _extent(flow, [parts] * units, back)
        if extent.pages <= _PAGES_WITH_PARTS:
            return extent
    return _extent(flow, [0] * units, back)._replace(has_parts=False)


def measure_entries(levels: Sequence[int], flow: Flow) -> Extent:
    """How many pages the contents of a single unit take, whose headings have these levels."""
    outermost = min(levels)
    counts: list[int] = []
    for level in levels:
        if level == outermost:
            counts.append(0)
        else:
            counts[-1] += 1
    return _extent(flow, counts, 0)


def _extent(flow: Flow, blocks: Sequence[int], back: int) -> Extent:
    """The extent of units that have so many parts each, set tighter where that saves a page."""
    between = _BETWEEN if any(blocks) else _BETWEEN_TIGHT
    usual = _pages(flow, blocks, back, between)
    tight = _pages(flow, blocks, back, _BETWEEN_TIGHT)
    return Extent(tight, True, _BETWEEN_TIGHT) if tight < usual else Extent(usual, True, between)


def _block_height(flow: Flow, parts: int, between: float) -> float:
    """Of a unit and its parts, with the distance to the next one."""
    styles = flow.styles
    return styles.contents_unit.leading + parts * styles.contents_part.leading + between


def _pages(flow: Flow, blocks: Sequence[int], back: int, between: float) -> int:
    """How many pages units take that have so many parts each."""
    part = flow.styles.contents_part.leading
    count, left = 1, flow.height - _title_height(flow)
    for number, parts in enumerate([*blocks, *[0] * back]):
        before = _BACK_GAP if number == len(blocks) else 0.0
        if left < _together(flow, parts) + before:
            count, left = count + 1, flow.height
        left -= before + _block_height(flow, parts, between)
        while left < -between:
            # What does not stay together goes on below, line by line.
            count, left = count + 1, left + flow.height - part
    return count


def _together(flow: Flow, parts: int) -> float:
    """What of a unit and its parts stays together."""
    kept = parts if parts <= _PARTS_TOGETHER else _PARTS_BEGINNING
    return _block_height(flow, kept, 0.0)


def _title_height(flow: Flow) -> float:
    return flow.styles.back_matter.leading + _TITLE_RULE_GAP + _TITLE_AFTER


def draw_contents(flow: Flow, title: str, entries: Sequence[Entry], extent: Extent) -> None:
    """Draw the contents on pages of their own, enough for the entries."""
    _Contents(flow, extent).draw(title, entries)


class _Contents:
    def __init__(self, flow: Flow, extent: Extent) -> None:
        self._flow = flow
        self._extent = extent
        self._left, self._full = flow.full.x, flow.full.width

    def draw(self, title: str, entries: Sequence[Entry]) -> None:
        flow, full = self._flow, self._full
        first = flow.page
        shown = set_line(flow, title, flow.styles.back_matter, full)
        shown.show(flow, (self._left, flow.y), full, "H1")
        flow.advance(shown.height + _TITLE_RULE_GAP)
        self._rule(TOKENS.rules.part, flow.palette.rule)
        flow.advance(_TITLE_AFTER)
        last = first + self._extent.pages - 1
        blocks = list(_blocks(entries))
        if blocks:
            with flow.structure.element("TOC"):
                self._draw_blocks(blocks, last)
        flow.leave_pages_blank(last)

    def _rule(self, thickness: float, colour: Colour) -> None:
        thickness = self._flow.theme.rule(thickness)
        y = self._flow.y - thickness
        self._flow.surface.rectangle(self._left, y, self._full, thickness, colour)

    def _draw_blocks(self, blocks: Sequence[Sequence[Entry]], last: int) -> None:
        flow, pages = self._flow, last - self._flow.page + 1
        between = self._extent.between
        heights = [_block_height(flow, len(block) - 1, between) for block in blocks]
        units = [len(block) - 1 for block in blocks if not block[0].is_back]
        needed = _pages(flow, units, len(blocks) - len(units), between)
        # Where pages would stay blank, what there is spreads over all of them.
        share = sum(heights) / pages
        drawn = 0.0
        lines_left = sum(map(len, blocks))
        for number, (block, height) in enumerate(zip(blocks, heights, strict=True)):
            pages_left = last - flow.page
            share_end = share * (pages - pages_left)
            is_time = len(blocks) - number <= pages_left or drawn >= share_end
            if needed < pages and pages_left and is_time:
                flow.break_page()
            flow.ensure_space(_together(flow, len(block) - 1))
            below = sum(heights[number + 1 :])
            if blocks[-1][0].is_back and not (number and blocks[number - 1][0].is_back):
                below += _BACK_GAP
            place = self._last_lines_from(block, lines_left)
            if place == 0:
                self._ensure_all(height - between + below)
            if block[0].is_back and number and not blocks[number - 1][0].is_back:
                self._rule(TOKENS.rules.hairline, flow.palette.line)
                flow.advance(_BACK_GAP)
            self._draw_block(block, place, below)
            lines_left -= len(block)
            flow.advance(height - sum(self._leading(entry) for entry in block))
            drawn += height

    @staticmethod
    def _last_lines_from(block: Sequence[Entry], lines_left: int) -> int | None:
        """Where in a block the lines begin that the last page is to have at least, if there."""
        place = lines_left - LAST_PAGE_LINES
        if not 0 <= place < len(block):
            return None
        parts = len(block) - 1
        together = parts if parts <= _PARTS_TOGETHER else _PARTS_BEGINNING
        return 0 if place <= together else place

    def _ensure_all(self, height: float) -> None:
        """Begin a page for all that is left if it does not fit this one, but fits one."""
        if height <= self._flow.height:
            self._flow.ensure_space(height)

    def _draw_block(self, block: Sequence[Entry], last_from: int | None, below: float) -> None:
        unit, *parts = block
        structure = self._flow.structure
        self._draw_entry(unit)
        if parts:
            with structure.element("TOC"):
                for place, part in enumerate(parts, 1):
                    leading = self._leading(part)
                    self._flow.ensure_space(leading)
                    if place == last_from:
                        self._ensure_all(leading * (len(parts) - place + 1) + below)
                    self._draw_entry(part)

    def _draw_entry(self, entry: Entry) -> None:
        flow = self._flow
        # PDF/UA-2 wants to know the heading itself (ISO 14289-2, 8.2.5.8).
        heading = f"/Ref[{entry.element} 0 R]" if flow.surface.links_to_elements else ""
        with (
            flow.coloured(entry.palette),
            flow.structure.element("TOCI", heading),
            flow.structure.element("Reference"),
            flow.structure.element("Link"),
        ):
            self._draw_line(entry)

    def _draw_line(self, entry: Entry) -> None:
        flow, full, left, y = self._flow, self._full, self._left, self._flow.y
        is_unit = entry.level == 0
        style = flow.styles.contents_unit if is_unit else flow.styles.contents_part
        place = (left, y)
        if entry.number:
            number = set_line(flow, str(entry.number), flow.styles.contents_number, full)
            number.show(flow, place, full)
        is_coloured = is_unit and not entry.is_back
        page_style = in_role(style, "base") if is_coloured else style
        page = set_line(flow, str(entry.page), page_style, UNLIMITED)
        inner = full - _NUMBER_COLUMN
        title = self._title(entry, style, inner - page.width - 2 * _GAP)
        x = left if flow.right_to_left else left + _NUMBER_COLUMN
        title.show(flow, (x, y), inner)
        page.show(flow, place, full, side="end")
        if not is_coloured:
            self._leader(x, inner, title.width, page.width, style)
        box = (left, y - style.leading, left + full, y)
        flow.surface.link(f"#{entry.destination}", box, str(entry.page))
        flow.advance(style.leading)

    def _leading(self, entry: Entry) -> float:
        styles = self._flow.styles
        return styles.contents_part.leading if entry.level else styles.contents_unit.leading

    def _title(self, entry: Entry, style: TextStyle, width: float) -> SetText:
        """The entry's text in its own direction, whatever that of the book is."""
        flow = self._flow
        before, flow.right_to_left = flow.right_to_left, entry.right_to_left
        try:
            return set_line(flow, entry.runs, style, width)
        finally:
            flow.right_to_left = before

    def _leader(self, x: float, width: float, title: float, page: float, style: TextStyle) -> None:
        flow = self._flow
        before, after = title + _GAP, page + _GAP
        if flow.right_to_left:
            before, after = after, before
        y = flow.y - style.leading * (1 - _LEADER_LIFT)
        flow.surface.dot_leader(x + before, x + width - after, y)


def _blocks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Each unit with its parts."""
    block: list[Entry] = []
    for entry in entries:
        if entry.level == 0 and block:
            yield block
            block = []
        block.append(entry)
    if block:
        yield block
