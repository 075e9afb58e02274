"""At a glance: one table of an outline's sections, what is learned in them and what to remember."""

from collections.abc import Sequence
from typing import Final

import msgspec

from activities.documents.book_labels import BookLabels
from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS
from activities.documents.glance import GlanceSection
from activities.documents.model import Heading
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import last_entries
from activities.formats.pdf.page.marked_list import BETWEEN, MarkedList, marked_list
from activities.formats.pdf.page.setting import (
    SetText,
    set_line,
    set_paragraph,
    set_text,
    shaped,
)
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

_EM = 1000
_FIRST, _SECOND = 102.0, 190.0
"""The widths of the columns of sections and of objectives; the rest is for key points."""
_FIRST_MAX: Final = 170.0
"""The first column is wider where a word asks for it."""
_GUTTER: Final = 16.0
_NUMBER_GAP: Final = 9.0
_INDENT: Final = 10.0
_INDENT_MAX: Final = 3
"""Subsections deeper than this are not indented any more."""
_PAD_TOP, _PAD_BOTTOM = 6.0, 7.0
_HEAD_PAD: Final = 6.0
_ROW_MAX: Final = 0.5
"""A share of a page; outlines with a higher row are no table."""
_AFTER: Final = 18.0
_COLUMN_HEAD = "/A<</O/Table/Scope/Column>>"
_ROW_HEAD = "/A<</O/Table/Scope/Row>>"


class _Row(msgspec.Struct, frozen=True, eq=False, gc=False):
    heading: Heading
    number: SetText
    indent: float
    title: SetText
    summary: tuple[SetText, ...]
    objectives: MarkedList
    key_points: MarkedList
    height: float

    @property
    def lines(self) -> int:
        """How many lines it has."""
        others = max(self.objectives.lines, self.key_points.lines)
        others += sum([len(text.lines) for text in self.summary])
        return max(len(self.title.lines), others)


class GlanceTable:
    """Draws an outline as a table."""

    def __init__(
        self,
        flow: Flow,
        outline: tuple[GlanceSection, ...],
        words: BookLabels,
        unit: int | None,
    ) -> None:
        """Set the texts.

        Args:
            flow: Where to draw.
            outline: The sections.
            words: Of the heads.
            unit: The number before those of sections, if units have numbers.
        """
        self._flow = flow
        self._left, self._full = flow.full.x, flow.full.width
        heads = [words.at_a_glance]
        if any(section.objectives for section in outline):
            heads.append(words.able_to)
        if any(section.key_points for section in outline):
            heads.append(words.remember)
        has_more = len(heads) > 1 or any(section.summary for section in outline)
        self._has_objectives = words.able_to in heads
        numbers = [_number(section.heading, unit) for section in outline]
        self._number_width = max([_width(flow, number) for number in numbers], default=0.0)
        titles = [shaped(flow, one.heading.runs, flow.styles.glance_title) for one in outline]
        self._widths = self._column_widths(outline, titles, len(heads), has_more=has_more)
        label = flow.styles.label
        self._heads = [
            set_text(flow, head, label, width)
            for head, width in zip(heads, self._widths, strict=False)
        ]
        self._rows = [
            self._row(section, title, number)
            for section, title, number in zip(outline, titles, numbers, strict=True)
        ]

    @property
    def fits(self) -> bool:
        """Whether no row is too high."""
        highest = max([row.height for row in self._rows], default=0.0)
        return highest <= self._flow.height * _ROW_MAX

    def _column_widths(
        self,
        outline: tuple[GlanceSection, ...],
        titles: Sequence[ShapedParagraph],
        columns: int,
        *,
        has_more: bool,
    ) -> list[float]:
        flow, full = self._flow, self._full
        if not has_more:
            return [full]
        widest = max([title.widest for title in titles], default=0)
        needed = widest * flow.styles.glance_title.size / _EM + self._indent_of_titles(outline)
        first = min(max(_FIRST, needed), _FIRST_MAX)
        rest = full - first - _GUTTER
        if columns == 3:
            second = min(_SECOND, (rest - _GUTTER) / 2 + _GUTTER)
            return [first, second, rest - second - _GUTTER]
        return [first, rest]

    def _indent_of_titles(self, outline: tuple[GlanceSection, ...]) -> float:
        number = self._number_width + _NUMBER_GAP if self._number_width else 0.0
        return number + max([_indent(section.heading) for section in outline], default=0.0)

    def _row(self, section: GlanceSection, title: ShapedParagraph, number: str) -> _Row:
        flow = self._flow
        flow.surface.check_cancelled()
        first, *others = self._widths
        indent = _indent(section.heading)
        shown = set_line(flow, number, flow.styles.glance_number, first)
        before = self._number_width + _NUMBER_GAP if self._number_width else 0.0
        kind = flow.styles.glance
        summary_width = sum(others) + _GUTTER * max(len(others) - 1, 0)
        title_width = first - indent - before

        set_title = set_paragraph(title, flow.styles.glance_title, title_width)
        summary = tuple([set_text(flow, runs, kind, summary_width) for runs in section.summary])
        second, last = (others[0], others[-1]) if others else (0.0, 0.0)
        objectives = marked_list(flow, section.objectives, second, "box")
        key_points = marked_list(flow, section.key_points, last, "bullet")
        rest = sum([text.height + BETWEEN for text in summary])
        rest += max(objectives.height, key_points.height)
        height = max(set_title.height, rest) + _PAD_TOP + _PAD_BOTTOM
        return _Row(
            section.heading, shown, indent, set_title, summary, objectives, key_points, height
        )

    def draw(self) -> None:
        """Draw the table down the column and over pages."""
        flow, structure = self._flow, self._flow.structure
        flow.add_spacing(0)
        first = self._rows[0].height if self._rows else 0.0
        last = last_entries([row.lines for row in self._rows])
        together = sum([row.height for row in self._rows[last:]])
        if together + self._head_height > flow.height:
            together = 0.0
        flow.ensure_space(self._head_height + max(first, 0.0 if last else together))
        with structure.element("Table"):
            with structure.element("THead"):
                self._draw_head()
            with structure.element("TBody"):
                for place, row in enumerate(self._rows):
                    needed = max(row.height, together) if place == last else row.height
                    if place and flow.available_height < needed:
                        flow.break_page()
                        with structure.artifact():
                            self._draw_head()
                    self._draw_row(row)
        flow.advance(0, after=_AFTER)

    @property
    def _head_height(self) -> float:
        return max(head.height for head in self._heads) + _HEAD_PAD

    def _draw_head(self) -> None:
        flow = self._flow
        with flow.structure.element("TR"):
            for column, head in enumerate(self._heads):
                x, width = self._column(column)
                head.show(flow, (x, flow.y), width, "TH", _COLUMN_HEAD)
            if len(self._heads) < len(self._widths):
                # A column of summaries, which needs no name to be understood.
                flow.structure.open("TD")
                flow.structure.close()
        flow.advance(self._head_height)
        self._rule(flow.palette.line)

    def _rule(self, colour: Colour) -> None:
        rule = self._flow.theme.rule(TOKENS.rules.hairline)
        self._flow.surface.rectangle(self._left, self._flow.y, self._full, rule, colour)

    def _column(self, number: int) -> tuple[float, float]:
        """Left edge and width of a column."""
        width = self._widths[number]
        before = sum(self._widths[:number]) + _GUTTER * number
        if self._flow.right_to_left:
            return self._left + self._full - before - width, width
        return self._left + before, width

    def _draw_row(self, row: _Row) -> None:
        flow, structure = self._flow, self._flow.structure
        top = flow.y - _PAD_TOP
        with structure.element("TR"):
            flow.surface.place_destinations(row.heading.anchors, self._left, flow.y)
            x, width = self._column(0)
            width -= row.indent
            x += 0.0 if flow.right_to_left else row.indent
            with structure.element("TH", _ROW_HEAD):
                if row.number.width:
                    row.number.show(flow, (x, top), width)
                    before = self._number_width + _NUMBER_GAP
                    x += 0.0 if flow.right_to_left else before
                    width -= before
                row.title.show(flow, (x, top), width)
            self._draw_cells(row, top)
        flow.advance(row.height)
        self._rule(flow.palette.line)

    def _draw_cells(self, row: _Row, top: float) -> None:
        structure = self._flow.structure
        columns = len(self._widths)
        if columns == 1:
            return
        with structure.element("TD"):
            if row.summary:
                x, width = self._column(1)
                if columns == 3:
                    last = self._column(2)
                    x, width = min(x, last[0]), width + _GUTTER + last[1]
                y = top
                for text in row.summary:
                    text.show(self._flow, (x, y), width, "P")
                    y -= text.height + BETWEEN
                top = y
            entries = row.objectives if self._has_objectives else row.key_points
            x, width = self._column(1)
            entries.draw(self._flow, x, width, top)
        if columns == 3:
            with structure.element("TD"):
                row.key_points.draw(self._flow, *self._column(2), top)


def _number(heading: Heading, unit: int | None) -> str:
    """The number of a section after that of its unit."""
    number = heading.shown_number
    return f"{unit}.{number}" if number and unit else number


def _indent(heading: Heading) -> float:
    return _INDENT * min(max(len(heading.number) - 1, 0), _INDENT_MAX)


def _width(flow: Flow, text: str) -> float:
    return set_line(flow, text, flow.styles.glance_number, UNLIMITED).width if text else 0.0
