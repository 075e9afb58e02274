"""Tables: column widths by content, rows that break across pages, the header on each page."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cache, partial
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Alignment as ColumnAlignment
from activities.documents.model import Runs
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.flow import Flow, lines_fitting, lines_height
from activities.formats.pdf.page.keeps import FREE, ROW, keeps_of_entries
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


class _Row(msgspec.Struct, frozen=True):
    cells: tuple[Cell, ...]
    lines: Sequence[list[Line]]
    height: float


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


def body_cells(flow: Flow, row: Sequence[Runs]) -> tuple[Cell, ...]:
    """The cells of any other row."""
    prepare = flow.typesetter.prepare
    right_to_left, style = flow.right_to_left, flow.styles.cell
    font = style.font
    return tuple([Cell(prepare(runs, font, right_to_left), style) for runs in row])


class PreparedTable:
    """A table down the column and over pages, or a table for each group of its columns."""

    def __init__(
        self,
        flow: Flow,
        header: tuple[Cell, ...],
        rows: Sequence[tuple[Cell, ...]],
        alignments: Sequence[ColumnAlignment],
        caption: ShapedParagraph | None = None,
    ) -> None:
        """Lay out a table.

        Args:
            flow: Where to draw.
            header: The cells of the header row; none for a table without one.
            rows: The cells of the other rows.
            alignments: What the content asks for, by column; the last ones may be left out.
            caption: What stands above it.
        """
        columns = list(zip(*[row for row in (header, *rows) if row], strict=True))
        layout = lay_out_table(
            [max([_points(cell, cell.paragraph.width) for cell in column]) for column in columns],
            lambda: [max(map(_needed, column)) for column in columns],
            flow.width,
            2 * GAPS.cell_across + _SPARE,
            flow.styles.cell.size,
            1.0 if flow.is_framed else min(theme.CELL_SIZE_MIN / flow.styles.cell.size, 1.0),
            first_labels=all(cell.paragraph.length <= LABEL_MAX for cell in columns[0]),
        )
        self._caption = caption
        self._flow = flow
        self._layout = layout
        self._header = header
        self._rows = rows
        self._alignments = [*alignments, *[None] * (len(columns) - len(alignments))]

    def draw(self) -> None:
        """Draw it."""
        caption = self._caption
        for part in self._parts():
            part.draw(caption)
            caption = None

    def _parts(self) -> Iterator["_TableFlow"]:
        """One after the other, since each holds all cells of its columns."""
        flow, layout, header, rows = self._flow, self._layout, self._header, self._rows
        if len(layout.groups) == 1:
            yield _TableFlow(flow, layout, header, rows, self._alignments)
            return
        for group in layout.groups:
            yield _TableFlow(
                flow,
                TableLayout(layout.scale, (group,)),
                _chosen(header, group) if header else (),
                [_chosen(row, group) for row in rows],
                _chosen(self._alignments, group),
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
    ) -> None:
        self._flow = flow
        self._alignments = alignments
        scale, [group] = layout
        if scale < 1:
            header, *rows = [_scaled(row, scale) for row in (header, *rows)]
        self._across, self._down = GAPS.cell_across * scale, GAPS.cell_down * scale
        """The space between a cell's edge and its text, at the sides, and above and below."""
        self._widths = group.widths
        self._header = self._lay_out(header) if header else None
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
                    (keep, partial(self._flow_cells, cells))
                    for keep, cells in zip(keeps_of_entries(len(rows), ROW), rows, strict=True)
                ]
            )

    def _flow_cells(self, cells: tuple[Cell, ...]) -> None:
        self._flow_row(self._lay_out(cells))

    def _repeated_height(self) -> float:
        """What the header takes of each page."""
        return self._repeated.height if self._repeated else 0.0

    def _lay_out(self, cells: tuple[Cell, ...]) -> _Row:
        padding = 2 * self._across
        lines = [
            cell.paragraph.lines((width - padding) * _EM / cell.style.size)
            for cell, width in zip(cells, self._widths, strict=True)
        ]
        height = max(
            [
                lines_height(cell_lines, cell.style)
                for cell, cell_lines in zip(cells, lines, strict=True)
            ]
        )
        return _Row(cells, lines, height + 2 * self._down)

    def _flow_row(self, row: _Row) -> None:
        flow = self._flow
        on_fresh_page = flow.height - self._repeated_height()
        together = min(ROW.whole * flow.height, on_fresh_page)
        if row.height <= flow.available_height or row.height <= together:
            flow.ensure_space(row.height)
            with flow.structure.element("TR"):
                self._draw_cells(row)
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
                self._draw_cells(_Row(row.cells, taken, height + padding))
                rest = [lines[count:] for lines, count in zip(rest, counts, strict=True)]

    def _draw_cells(self, row: _Row) -> None:
        flow, padding = self._flow, self._across
        whole = sum(self._widths)
        left = flow.x + flow.width - whole if flow.right_to_left else flow.x
        if row.cells[0].tag == "TH" and row.cells[-1].tag == "TH":
            ground = flow.palette.head
            if ground:
                flow.surface.rectangle(left, flow.y - row.height, whole, row.height, ground)
        top = flow.y - self._down
        x = flow.x + flow.width if flow.right_to_left else flow.x
        for index, (cell, lines) in enumerate(zip(row.cells, row.lines, strict=True)):
            width = self._widths[index]
            if flow.right_to_left:
                x -= width
            box = TextBox(
                cell.style, x + padding, top, width - 2 * padding, self._alignment(index, cell)
            )
            flow.painter.show_element(lines, box, cell.tag, cell.attributes)
            if cell.bar is not None:
                self._draw_bar(cell.bar, x, top)
            if not flow.right_to_left:
                x += width
        flow.advance(row.height)
        flow.surface.rectangle(left, flow.y, whole, flow.theme.rule(RULES.row), flow.palette.line)

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
        asked = self._alignments[index] if index < len(self._alignments) else None
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
