"""Names and what is said under them, side by side down the column."""

from collections.abc import Sequence
from typing import Final

from activities.documents.colophon import Line
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.setting import set_text
from activities.formats.pdf.page.tables import ROW_HEAD
from activities.formats.pdf.text.paragraph import UNLIMITED

_NAME_MIN, _NAME_MAX = 102.0, 150.0
GUTTER: Final = 16.0
_AFTER: Final = 5.0
_TOGETHER: Final = 2
"""So many lines of a value stand beside its name."""


def draw_facts(flow: Flow, lines: Sequence[Line]) -> None:
    """Draw a table of names and values, in the width that the column has."""
    if not lines:
        return
    width = name_width(flow, [line.name for line in lines])
    with flow.structure.element("Table"), flow.structure.element("TBody"):
        for line in lines:
            flow.surface.check_cancelled()
            with flow.structure.element("TR"):
                _draw_row(flow, line, width)


def name_width(flow: Flow, names: Sequence[str]) -> float:
    """The width of the column of names."""
    style = flow.styles.glance_number
    widest = max([set_text(flow, name, style, UNLIMITED).width for name in names], default=0.0)
    return min(max(widest + 1, _NAME_MIN), _NAME_MAX, flow.width / 2)


def _draw_row(flow: Flow, line: Line, width: float) -> None:
    name = set_text(flow, line.name, flow.styles.glance_number, width)
    text = set_text(flow, line.text, flow.styles.glance, flow.width - width - GUTTER)
    flow.add_spacing(0)
    least = lines_height(text.lines[:_TOGETHER], text.style)
    flow.ensure_space(min(max(name.height, least), flow.height / 2))
    top = flow.y
    x = flow.x + flow.width - width if flow.right_to_left else flow.x
    name.show(flow, (x, top), width, "TH", ROW_HEAD)
    page = flow.page
    with flow.structure.element("TD"), flow.indented(width + GUTTER):
        flow.add_lines(text.lines, text.style, "right" if flow.right_to_left else "left")
    if flow.page == page and top - flow.y < name.height:
        flow.advance(name.height - (top - flow.y))
    flow.advance(0, after=_AFTER)
