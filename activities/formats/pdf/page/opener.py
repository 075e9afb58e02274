"""How a unit begins: a band with its number, its title and what it is about."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Final, NamedTuple

from activities.documents.design.tokens import TOKENS
from activities.documents.model import Heading, Runs
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import (
    SetText,
    scaled,
    set_line,
    set_text,
)
from activities.formats.pdf.page.shapes import clipped, outlined, rectangle
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.text.paragraph import UNLIMITED

LONG_TITLE: Final = 45
"""From so many characters on, a title is set smaller."""
_TOP: Final = 64.0
"""Between the page's upper edge and the label."""
_LABEL_GAP, _LEAD_GAP, _PADDING = 2.0, 14.0, 30.0
_BAND_MIN: Final = 176.0
_BAND_MAX: Final = 0.6
"""A share of the page; what needs more is no band."""
_TEXT_SHARE: Final = 0.74
"""Of the width, which is for the lead; the rest is the numeral's."""
_TITLE_SHARE: Final = 0.8
_NUMERAL_DROP: Final = 4.0
"""By so much the numeral ends below the band, which cuts it."""
_NUMERAL_DIGITS: Final = 2
"""Numerals of more digits are smaller."""
_AFTER: Final = 16.0


class Opening(NamedTuple):
    """What a band shows."""

    label: str
    """Such as Unit 1; empty for none."""
    number: int | None
    title: Heading
    lead: Runs


def draw_opener(flow: Flow, on_heading: Callable[[Heading], int], opening: Opening) -> bool:
    """Draw the band at the top of a page; whether it had room for everything.

    Args:
        flow: At the top of a page.
        on_heading: Called where the title is about to be drawn.
        opening: What is shown.

    Returns:
        False where nothing was drawn, because the title or the lead is too long.
    """
    styles, paper = flow.styles, flow.theme.paper
    label = set_line(flow, opening.label, styles.unit_label, paper.full)
    style = title_style(flow, opening.title)
    width = paper.full * _TITLE_SHARE if opening.number else paper.full
    title = set_text(flow, opening.title.runs, style, width, balanced=True)
    lead = set_text(flow, opening.lead, styles.lead, paper.full * _TEXT_SHARE, balanced=True)
    texts = [title.height]
    if opening.label:
        texts.append(label.height + _LABEL_GAP)
    if opening.lead:
        texts.append(lead.height + _LEAD_GAP)
    height = max(_TOP + sum(texts) + _PADDING, _BAND_MIN)
    if height > paper.height * _BAND_MAX:
        return False
    _draw_band(flow, opening, height)
    left = flow.full.x
    y = paper.height - _TOP
    if opening.label:
        label.show(flow, (left, y), paper.full, "P")
        y -= label.height + _LABEL_GAP
    flow.advance(flow.y - y)
    level = on_heading(opening.title)
    flow.surface.place_destinations(opening.title.anchors, left, y)
    title.show(flow, (left, y), paper.full, f"H{level}")
    y -= title.height + _LEAD_GAP
    if opening.lead:
        lead.show(flow, (left, y), paper.full, "P")
    flow.advance(flow.y - (paper.height - height - TOKENS.rules.opener), after=_AFTER)
    return True


def title_style(flow: Flow, title: Heading) -> TextStyle:
    """How a unit's title is set, which its length decides."""
    length = sum(len(run.text) for run in title.runs)
    return flow.styles.heading_1_long if length >= LONG_TITLE else flow.styles.heading_1


def _draw_band(flow: Flow, opening: Opening, height: float) -> None:
    surface, palette, paper = flow.surface, flow.palette, flow.theme.paper
    bottom = paper.height - height
    if palette.head:
        surface.rectangle(flow.edge, bottom, paper.width, height, palette.head)
    if opening.number and (palette.soft or not flow.theme.look.coloured):
        numeral = _numeral(flow, opening.number)
        left = flow.full.x
        if not flow.right_to_left:
            left += flow.full.width - numeral.width
        band = rectangle(flow.edge, bottom, paper.width, height)
        with ExitStack() as drawn:
            drawn.enter_context(clipped(surface, band))
            drawn.enter_context(flow.structure.artifact())
            if not palette.soft:
                drawn.enter_context(outlined(surface, palette.edge, TOKENS.rules.part))
            numeral.show(flow, (left, numeral.top(bottom - _NUMERAL_DROP)), numeral.width)
    rule = TOKENS.rules.opener
    surface.rectangle(flow.edge, bottom - rule, paper.width, rule, palette.rule)


def _numeral(flow: Flow, number: int) -> SetText:
    style, digits = flow.styles.unit_numeral, len(str(number))
    if digits > _NUMERAL_DIGITS:
        style = scaled(style, _NUMERAL_DIGITS / digits)
    return set_line(flow, str(number), style, UNLIMITED)
