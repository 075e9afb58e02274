"""Tables: column widths by content, rows that break across pages, the header on each page."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Alignment as ColumnAlignment
from activities.documents.model import Runs
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import FREE, ROW, keeps_of_entries
from activities.formats.pdf.page.line_division import lines_fitting, lines_height
from activities.formats.pdf.page.number_columns import behind_point, is_number, plain
from activities.formats.pdf.page.pagination import Step
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import GAPS, RULES, TextStyle
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph
from activities.formats.shared.table_layout import LABEL_MAX, Group, TableLayout, lay_out_table

T = TypeVar("T")

_EM = 1000
_ADDRESS_MAX = 130.0
"""For the sake of an address a column is no wider: it may be broken after its punctuation."""
_SPARE = 0.1
"""By so much a column is wider than its widest text."""
_BELOW_CAPTION = 4.0
_BEFORE = 6.0
"""The space above a table."""
_REPEATED_HEADER_MAX = 1 / 3
"""A share of a page. A higher header leaves too little room below it, and is shown once."""


class Bar(NamedTuple):
    """A share of a whole, drawn beside the text of a cell."""

    share: float
    start: float
    """How far from where the text begins, in points."""


class Cell(msgspec.Struct, frozen=True):
    """A cell before its column's width is known."""

    paragraph: ShapedParagraph
    style: TextStyle
    tag: str = "TD"
    attributes: str = ""
    bar: Bar | None = None
    tail: float | None = None
    """The width of what stands behind the decimal sign, in thousandths of an em, if the cell holds
    a number in a column of numbers."""


class _Row(msgspec.Struct, frozen=True):
    cells: tuple[Cell, ...]
    lines: Sequence[list[Line]]
    height: float
    number: int
    """Counted from 0, or `_HEAD`."""


class _NumberColumn(NamedTuple):
    """A column whose decimal signs stand below each other; in thousandths of an em."""

    before: float
    tail: float

    @property
    def width(self) -> float:
        """Of both together."""
        return self.before + self.tail


_HEAD = -1
_ZEBRA = 8
"""Every second row of a longer table has a ground."""
_STRETCHED = 0.5
"""A table that needs this share of its column takes all of it."""
_COLUMN_HEAD = "/A<</O/Table/Scope/Column>>"
ROW_HEAD = "/A<</O/Table/Scope/Row>>"


def header_cells(flow: Flow, header: Sequence[Runs]) -> tuple[Cell, ...]:
    """The cells of a header row."""
    prepare, style = flow.typesetter.prepare, flow.styles.cell_head
    return tuple(
        Cell(
            prepare(runs, style.font, flow.right_to_left),
            style,
            "TH",
            _COLUMN_HEAD,
        )
        for runs in header
    )


def body_cells(
    flow: Flow, row: Sequence[Runs], numbers: frozenset[int] = frozenset()
) -> tuple[Cell, ...]:
    """The cells of any other row, of which some may be in columns of numbers."""
    prepare = flow.typesetter.prepare
    right_to_left, style = flow.right_to_left, flow.styles.cell
    font = style.font
    cells = [Cell(prepare(runs, font, right_to_left), style) for runs in row]
    for column in numbers:
        text = plain(row[column])
        if is_number(text):
            tail = flow.typesetter.prepare_text(behind_point(text), font).width
            cells[column] = replace(cells[column], tail=tail)
    return tuple(cells)


class PreparedTable:
    """A table down the column and over pages, or a table for each group of its columns."""

    def __init__(
        self,
        flow: Flow,
        header: tuple[Cell, ...],
        rows: Sequence[tuple[Cell, ...]],
        alignments: Sequence[ColumnAlignment],
        caption: ShapedParagraph | None = None,
        numbers: frozenset[int] = frozenset(),
        *,
        stretched: bool = False,
    ) -> None:
        """Lay out a table.

        Args:
            flow: Where to draw.
            header: The cells of the header row; none for a table without one.
            rows: The cells of the other rows.
            alignments: What the content asks for, by column; the last ones may be left out.
            caption: What stands above it.
            numbers: The columns of numbers.
            stretched: Whether it takes all of the column if it needs most of it.
        """
        columns = list(zip(*[row for row in (header, *rows) if row], strict=True))
        aligned = [*alignments, *[None] * (len(columns) - len(alignments))]
        counted = [
            _number_column(column) if number in numbers else None
            for number, column in enumerate(columns)
        ]
        padding = 2 * GAPS.cell_across + _SPARE
        wanted = [
            max(
                max([_points(cell, cell.paragraph.width) for cell in column]),
                number.width * flow.styles.cell.size / _EM if number else 0.0,
            )
            for column, number in zip(columns, counted, strict=True)
        ]
        natural = sum(wanted) + padding * len(wanted)
        self._flow = flow
        self._is_wide = natural > flow.width
        with self._column():
            width = flow.width
        layout = lay_out_table(
            wanted,
            lambda: [max(map(_needed, column)) for column in columns],
            width,
            padding,
            flow.styles.cell.size,
            1.0 if flow.is_framed else min(flow.theme.least_size / flow.styles.cell.size, 1.0),
            first_labels=all(cell.paragraph.length <= LABEL_MAX for cell in columns[0]),
        )
        self._caption = caption
        self._layout = layout
        self._header = header
        self._rows = rows
        self._alignments = aligned
        self._numbers = counted
        self._is_stretched = stretched and natural >= _STRETCHED * width

    def draw(self) -> None:
        """Draw it."""
        caption = self._caption
        with self._column():
            for part in self._parts():
                part.draw(caption)
                caption = None

    def _parts(self) -> Iterator["_TableFlow"]:
        """One after the other, since each holds all cells of its columns."""
        flow, layout, header, rows = self._flow, self._layout, self._header, self._rows
        if len(layout.groups) == 1:
            if self._is_stretched:
                layout = _stretched(layout, flow.width)
            yield _TableFlow(flow, layout, header, rows, self._alignments, self._numbers)
            return
        for group in layout.groups:
            yield _TableFlow(
                flow,
                TableLayout(layout.scale, (group,)),
                _chosen(header, group) if header else (),
                [_chosen(row, group) for row in rows],
                _chosen(self._alignments, group),
                _chosen(self._numbers, group),
            )

    def _column(self) -> AbstractContextManager[None]:
        """The column in which it stands: that of the text, or all of the page."""
        return self._flow.wide() if self._is_wide else nullcontext()


def _stretched(layout: TableLayout, width: float) -> TableLayout:
    """The layout of a table that takes all of a width, if it is narrower."""
    [group] = layout.groups
    share = max(width / sum(group.widths), 1.0)
    widths = tuple([column * share for column in group.widths])
    return TableLayout(layout.scale, (Group(group.columns, widths),))


def _number_column(cells: Sequence[Cell]) -> _NumberColumn:
    numbers = [(cell.paragraph.width, cell.tail) for cell in cells if cell.tail is not None]
    return _NumberColumn(
        max([width - tail for width, tail in numbers]), max([tail for _, tail in numbers])
    )


def _chosen(row: Sequence[T], group: Group) -> tuple[T, ...]:
    return tuple([row[column] for column in group.columns])


class _TableFlow:
    def __init__(
        self,
        flow: Flow,
        layout: TableLayout,
        header: tuple[Cell, ...],
        rows: Sequence[tuple[Cell, ...]],
        alignments: Sequence[ColumnAlignment],
        numbers: Sequence[_NumberColumn | None],
    ) -> None:
        self._flow = flow
        self._alignments = alignments
        self._numbers = numbers
        scale, [group] = layout
        if scale < 1:
            header, *rows = [_scaled(row, scale) for row in (header, *rows)]
        self._across, self._down = GAPS.cell_across * scale, GAPS.cell_down * scale
        """The space between a cell's edge and its text, at the sides, and above and below."""
        self._widths = group.widths
        self._header = self._lay_out(header, _HEAD) if header else None
        self._repeated = (
            self._header
            if self._header and self._header.height <= flow.height * _REPEATED_HEADER_MAX
            else None
        )
        self._rows = rows

    def draw(self, caption: ShapedParagraph | None) -> None:
        flow, header = self._flow, self._header
        steps: list[Step] = []
        if caption:
            steps.append((ROW, partial(self._show_caption, caption)))
        if header:
            # A head is that of a body.
            steps.append((ROW, partial(self._flow_head, header, "THead" if self._rows else "")))
        if self._rows:
            steps.append((FREE, self._flow_body))
        flow.add_spacing(_BEFORE)
        with flow.structure.element("Table"):
            flow.draw_steps(steps)
        flow.advance(0, after=9)

    def _show_caption(self, caption: ShapedParagraph) -> None:
        flow = self._flow
        flow.add_paragraph(caption, flow.styles.caption, "Caption")
        flow.advance(_BELOW_CAPTION)

    def _flow_head(self, header: _Row, tag: str) -> None:
        flow = self._flow
        flow.add_spacing(0)
        with flow.structure.element(tag) if tag else nullcontext():
            self._flow_row(header)

    def _flow_body(self) -> None:
        flow, rows = self._flow, self._rows
        repeated = partial(self._draw_cells, self._repeated) if self._repeated else None
        flow.add_spacing(0)
        with (
            flow.structure.element("TBody"),
            flow.repeating(repeated) if repeated else nullcontext(),
        ):
            flow.draw_steps(
                [
                    (keep, partial(self._flow_cells, cells, number))
                    for number, (keep, cells) in enumerate(
                        zip(keeps_of_entries(len(rows), ROW), rows, strict=True)
                    )
                ]
            )

    def _flow_cells(self, cells: tuple[Cell, ...], number: int) -> None:
        self._flow_row(self._lay_out(cells, number))

    def _repeated_height(self) -> float:
        """What the header takes of each page."""
        return self._repeated.height if self._repeated else 0.0

    def _lay_out(self, cells: tuple[Cell, ...], number: int) -> _Row:
        padding = 2 * self._across
        lines = [
            cell.paragraph.spread(
                cell.paragraph.lines((width - padding) * _EM / cell.style.size),
                cell.style.leading * _EM / cell.style.size,
            )
            for cell, width in zip(cells, self._widths, strict=True)
        ]
        height = max(
            [
                lines_height(cell_lines, cell.style)
                for cell, cell_lines in zip(cells, lines, strict=True)
            ]
        )
        return _Row(cells, lines, height + 2 * self._down, number)

    def _flow_row(self, row: _Row) -> None:
        flow = self._flow
        on_fresh_page = flow.height - self._repeated_height()
        together = min(ROW.whole * flow.height, on_fresh_page)
        marks = [line for lines in row.lines for line in lines if line.segments]
        height = row.height + flow.notes.needed(marks)
        if height <= flow.available_height or row.height <= together:
            flow.ensure_space(height)
            with flow.structure.element("TR"):
                self._draw_cells(row)
            flow.notes.take(marks)
            return
        style = row.cells[0].style
        padding = 2 * self._down
        rest = row.lines
        with flow.structure.element("TR"):
            while any(rest):
                least = max(lines_height(lines[:2], style) for lines in rest)
                flow.ensure_space(max(least, 2 * style.leading) + padding)
                height = flow.available_height - padding
                counts = [max(lines_fitting(lines, style, height), 1) for lines in rest]
                taken = [lines[:count] for lines, count in zip(rest, counts, strict=True)]
                height = max(lines_height(lines, style) for lines in taken)
                self._draw_cells(_Row(row.cells, taken, height + padding, row.number))
                flow.notes.take([line for lines in taken for line in lines])
                rest = [lines[count:] for lines, count in zip(rest, counts, strict=True)]

    def _draw_cells(self, row: _Row) -> None:
        flow, padding = self._flow, self._across
        whole = sum(self._widths)
        left = flow.x + flow.width - whole if flow.right_to_left else flow.x
        self._draw_ground(row, left, whole)
        top = flow.y - self._down
        x = flow.x + flow.width if flow.right_to_left else flow.x
        for index, (cell, lines) in enumerate(zip(row.cells, row.lines, strict=True)):
            width = self._widths[index]
            if flow.right_to_left:
                x -= width
            start, room = x + padding, width - 2 * padding
            if len(lines) == 1 and cell.tail is not None and (number := self._numbers[index]):
                room = self._number_room(cell, number, room)
            box = TextBox(cell.style, start, top, room, self._alignment(index, cell))
            flow.painter.show_element(lines, box, cell.tag, cell.attributes)
            if cell.bar is not None:
                self._draw_bar(cell.bar, x, top)
            if not flow.right_to_left:
                x += width
        flow.advance(row.height, lines=max(map(len, row.lines)))
        self._draw_rule(row, left, whole)

    def _draw_ground(self, row: _Row, left: float, whole: float) -> None:
        """Draw what is behind a row, and the rule above the table."""
        flow, palette = self._flow, self._flow.palette
        ground = None
        if row.number == _HEAD:
            ground = palette.head
        elif row.number % 2 and len(self._rows) > _ZEBRA:
            ground = palette.faint
        if ground:
            flow.surface.rectangle(left, flow.y - row.height, whole, row.height, ground)
        if row.number == _HEAD or (row.number == 0 and self._header is None):
            thick = flow.theme.rule(RULES.part)
            flow.surface.rectangle(left, flow.y - thick / 2, whole, thick, palette.rule)

    def _draw_rule(self, row: _Row, left: float, whole: float) -> None:
        """Draw the rule below a row that was drawn."""
        flow, palette = self._flow, self._flow.palette
        thickness, colour = RULES.row, palette.line
        if row.number in {_HEAD, len(self._rows) - 1}:
            thickness, colour = RULES.box, palette.rule
        thickness = flow.theme.rule(thickness)
        flow.surface.rectangle(left, flow.y - thickness / 2, whole, thickness, colour)

    def _number_room(self, cell: Cell, number: _NumberColumn, room: float) -> float:
        """The room of a number whose decimal sign stands below those of the others."""
        scale = cell.style.size / _EM
        if self._flow.right_to_left:
            room = number.width * scale
        assert cell.tail is not None
        return room - (number.tail - cell.tail) * scale

    def _draw_bar(self, bar: Bar, x: float, top: float) -> None:
        flow = self._flow
        full = theme.METRIC_BAR
        left = x + self._across + (0.0 if flow.right_to_left else bar.start)
        bottom = top - (flow.styles.cell.leading + theme.METRIC_BAR_HEIGHT) / 2
        flow.surface.rectangle(left, bottom, full, theme.METRIC_BAR_HEIGHT, TOKENS.neutrals.g200)
        filled = full * bar.share
        start = left + full - filled if flow.right_to_left else left
        flow.surface.rectangle(start, bottom, filled, theme.METRIC_BAR_HEIGHT, flow.palette.base)

    def _alignment(self, index: int, cell: Cell) -> Alignment:
        if cell.bar is not None:
            return "right" if self._flow.right_to_left else "left"
        if self._numbers[index]:
            is_head = cell.tail is None
            return "left" if self._flow.right_to_left and is_head else "right"
        asked = self._alignments[index]
        return asked or ("right" if cell.paragraph.right_to_left else "left")


def _scaled(cells: tuple[Cell, ...], scale: float) -> tuple[Cell, ...]:
    return tuple(replace(cell, style=_smaller(cell.style, scale)) for cell in cells)


@cache
def _smaller(style: TextStyle, scale: float) -> TextStyle:
    return replace(style, size=style.size * scale, leading=style.leading * scale)


def _needed(cell: Cell) -> float:
    """The width of what should not be cut; an address may be, after its punctuation."""
    needed = _points(cell, cell.paragraph.widest)
    if needed > _ADDRESS_MAX and any("/" in run.text for run in cell.paragraph.source.runs):
        return _ADDRESS_MAX
    return needed


def _points(cell: Cell, width: float) -> float:
    bar = 0.0 if cell.bar is None else cell.bar.start + theme.METRIC_BAR
    return max(width * cell.style.size / _EM, bar)
