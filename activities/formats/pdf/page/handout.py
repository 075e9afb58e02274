"""How a lesson alone begins: a line about it, its title, and what is learned in two boxes."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from activities.documents.book_labels import BookLabels
from activities.documents.design.tokens import TOKENS
from activities.documents.glance import GlanceSection
from activities.documents.model import Heading, Runs
from activities.documents.plain import plain_runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.marked_list import MarkedList, marked_list
from activities.formats.pdf.page.setting import in_role, set_line, set_text
from activities.formats.pdf.page.surface import rounded

_LINE_BASELINE: Final = 49.0
"""Below the page's upper edge."""
_BAR_TOP: Final = 58.0
_TITLE_GAP, _LEAD_GAP, _AFTER = 9.0, 8.0, 16.0
_HEAD_MAX: Final = 0.6
"""A share of the page; a longer title is set as any other heading."""
_TEXT_SHARE: Final = 0.74
_BETWEEN_BOXES: Final = 13.0
_PADDING: Final = 13.0
_LABEL_AFTER: Final = 6.0
_BOXES_MAX: Final = 0.45
"""A share of the page; what needs more is no box."""


class HandoutHead(NamedTuple):
    """What stands at the top of a lesson."""

    subject: str
    grade: str
    day: str
    title: Heading
    lead: Runs


def draw_handout_head(flow: Flow, on_heading: Callable[[Heading], int], head: HandoutHead) -> bool:
    """Draw the top of a lesson's first page; whether it had room for everything.

    Args:
        flow: At the top of a page.
        on_heading: Called where the title is about to be drawn.
        head: What is shown.

    Returns:
        False where nothing was drawn, because the title or the lead is too long.
    """
    styles, paper, full = flow.styles, flow.theme.paper, flow.full
    title = set_text(flow, head.title.runs, styles.handout_title, full.width, balanced=True)
    lead = set_text(flow, head.lead, styles.lead, full.width * _TEXT_SHARE, balanced=True)
    height = title.height + (lead.height + _LEAD_GAP if head.lead else 0.0)
    if height > paper.height * _HEAD_MAX:
        return False
    _draw_line(flow, head)
    y = paper.height - _BAR_TOP
    bar = TOKENS.rules.bar
    flow.surface.rectangle(full.x, y - bar, full.width, bar, flow.palette.rule)
    y -= bar + _TITLE_GAP
    flow.advance(flow.y - y)
    level = on_heading(head.title)
    flow.surface.place_destinations(head.title.anchors, full.x, y)
    title.show(flow, (full.x, y), full.width, f"H{level}")
    y -= title.height
    if head.lead:
        y -= _LEAD_GAP
        lead.show(flow, (full.x, y), full.width, "P")
        y -= lead.height
    flow.advance(flow.y - y, after=_AFTER)
    return True


def _draw_line(flow: Flow, head: HandoutHead) -> None:
    styles, full = flow.styles, flow.full
    baseline = flow.theme.paper.height - _LINE_BASELINE
    before = 0.0
    small = in_role(styles.glance, "g600")
    for text, style in ((head.subject, styles.glance_number), (head.grade, small)):
        if not text:
            continue
        shown = f"·\u2002{text}" if before else text
        line = set_line(flow, shown, style, full.width * 0.4)
        x = full.x if flow.right_to_left else full.x + before
        line.show(flow, (x, line.top(baseline)), full.width - before, "P")
        before += line.width + 8
    day = set_line(flow, head.day, small, full.width * 0.4)
    day.show(flow, (full.x, day.top(baseline)), full.width, "P", side="end")


def is_told_again(outline: Sequence[GlanceSection], headings: Sequence[Heading]) -> bool:
    """Whether the text has a heading for every section of an outline, so that a list of sections
    says nothing more.
    """
    known = {_comparable(heading) for heading in headings}
    return all(not section.summary and _comparable(section.heading) in known for section in outline)


def _comparable(heading: Heading) -> str:
    return " ".join(plain_runs(heading.runs).casefold().split())


def draw_boxes(flow: Flow, outline: Sequence[GlanceSection], words: BookLabels) -> bool:
    """Draw what all sections are for in two boxes side by side; whether they had room."""
    objectives = tuple(runs for section in outline for runs in section.objectives)
    key_points = tuple(runs for section in outline for runs in section.key_points)
    if not (objectives or key_points):
        return True
    both = bool(objectives and key_points)
    width = (flow.full.width - _BETWEEN_BOXES) / 2 if both else flow.full.width
    inner = width - 2 * _PADDING
    lists = []
    if objectives:
        lists.append((words.able_to, marked_list(flow, objectives, inner, "box")))
    if key_points:
        lists.append((words.remember, marked_list(flow, key_points, inner, "bullet")))
    label = flow.styles.label.leading + _LABEL_AFTER
    height = max(entries.height for _, entries in lists) + label + 2 * _PADDING
    if height > flow.height * _BOXES_MAX:
        return False
    flow.add_spacing(0)
    flow.ensure_space(height)
    for number, (title, entries) in enumerate(lists):
        from_start = number * (width + _BETWEEN_BOXES)
        x = flow.full.x + from_start
        if flow.right_to_left:
            x = flow.full.x + flow.full.width - from_start - width
        _draw_box(flow, x, width, height, entries.mark == "box")
        _draw_entries(flow, title, entries, x + _PADDING, inner)
    for section in outline:
        flow.surface.place_destinations(section.heading.anchors, flow.full.x, flow.y)
    flow.advance(height, after=_AFTER)
    return True


def _draw_box(flow: Flow, x: float, width: float, height: float, is_filled: bool) -> None:
    palette, radius = flow.palette, flow.theme.radii.box
    path = rounded(x, flow.y - height, width, height, (radius,) * 4)
    fill = palette.head if is_filled else None
    flow.surface.shape(path, fill, None if fill else palette.line, TOKENS.rules.box)


def _draw_entries(flow: Flow, title: str, entries: MarkedList, x: float, width: float) -> None:
    label = set_line(flow, title, flow.styles.label, width)
    top = flow.y - _PADDING
    with flow.structure.element("Sect"):
        label.show(flow, (x, top), width, "P")
        entries.draw(flow, x, width, top - label.height - _LABEL_AFTER)
