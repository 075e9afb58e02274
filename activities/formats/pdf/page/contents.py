"""The contents pages: drawn last, when every page number is known, and put first.

How many pages they take is known before: one line an entry. Should items be left out after that,
there are fewer entries, and the pages stay as many, since all others are numbered.
"""

from typing import NamedTuple

from activities.documents.model import Runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.text_painter import TextBox
from activities.formats.pdf.page.theme import TextStyle, followed
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

_EM = 1000
_GAP = 8.0


class Entry(NamedTuple):
    """A line of the contents."""

    runs: Runs
    right_to_left: bool
    level: int
    """0 for the outermost."""
    page: int
    destination: str
    element: int
    """The object number of the heading in the structure, if there is one."""


def pages_needed(entries: int, flow: Flow) -> int:
    """How many pages so many entries take."""
    leading = _entry_style(flow).leading
    on_first = int((flow.height - _title_height(flow)) / leading)
    on_others = int(flow.height / leading)
    return 1 + -(-max(entries - on_first, 0) // on_others)


def _entry_style(flow: Flow) -> TextStyle:
    return flow.styles.body


def _title_style(flow: Flow) -> TextStyle:
    return followed(flow.styles.back_matter, 14.0)


def _title_height(flow: Flow) -> float:
    style = _title_style(flow)
    return style.leading + style.after


def draw_contents(flow: Flow, title: ShapedParagraph, entries: list[Entry], pages: int) -> None:
    """Draw the contents on so many pages of their own, enough for the entries."""
    style = _title_style(flow)
    line = title.cut(flow.width * _EM / style.size)
    with flow.structure.element("H1"):
        flow.add_lines([line], style, "right" if title.right_to_left else "left")
    flow.add_spacing(style.after)
    if entries:
        _draw_entries(flow, entries, pages)
    flow.leave_pages_blank(pages)


def _draw_entries(flow: Flow, entries: list[Entry], pages: int) -> None:
    with flow.structure.element("TOC"):
        for number, entry in enumerate(entries):
            if len(entries) - number <= pages - flow.page:
                # No page stays blank as long as there is an entry for it.
                flow.break_page()
            flow.ensure_space(_entry_style(flow).leading)
            # PDF/UA-2 wants to know the heading itself (ISO 14289-2, 8.2.5.8).
            heading = f"/Ref[{entry.element} 0 R]" if flow.surface.links_to_elements else ""
            with (
                flow.structure.element("TOCI", heading),
                flow.structure.element("Reference"),
                flow.structure.element("Link"),
            ):
                _draw_entry(flow, entry)


def _draw_entry(flow: Flow, entry: Entry) -> None:
    style = _entry_style(flow)
    scale = style.size / _EM
    indent = entry.level * flow.theme.list_indent
    (number,) = flow.typesetter.prepare_text(str(entry.page), style.font).lines(UNLIMITED)
    number_width = number.width * scale
    available = flow.width - indent - number_width - 2 * _GAP
    title = flow.typesetter.prepare(entry.runs, style.font, entry.right_to_left)
    line = title.cut(available / scale)
    width = line.width * scale
    if entry.right_to_left:
        start, number_x = flow.x + flow.width - indent - width, flow.x
        leader = (number_x + number_width + _GAP, start - _GAP)
    else:
        start, number_x = flow.x + indent, flow.x + flow.width - number_width
        leader = (start + width + _GAP, number_x - _GAP)
    flow.painter.show([line], TextBox(style, start, flow.y, width))
    flow.painter.show([number], TextBox(style, number_x, flow.y, number_width))
    flow.surface.dot_leader(*leader, flow.y - style.leading / 2 - style.size * 0.3)
    box = (flow.x, flow.y - style.leading, flow.x + flow.width, flow.y)
    flow.surface.link(f"#{entry.destination}", box, str(entry.page))
    flow.advance(style.leading)
