"""Texts of a page's own design: short, of one kind of type, at a place, in a colour."""

from functools import cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from activities.documents.design.tokens import ColourRole
from activities.documents.model import Runs
from activities.formats.pdf.page.balanced import balanced_lines
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.text_painter import ASCENT, Alignment, TextBox
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import ShapedParagraph

_EM = 1000
Side = Literal["start", "end"]


@cache
def scaled(style: TextStyle, scale: float) -> TextStyle:
    """The same text, larger or smaller."""
    return replace(style, size=style.size * scale, leading=style.leading * scale)


@cache
def in_role(style: TextStyle, role: ColourRole) -> TextStyle:
    """The same text in another colour."""
    return replace(style, colour=role)


class SetText(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A text in lines, ready to be drawn."""

    lines: list[Line]
    style: TextStyle
    right_to_left: bool

    @property
    def height(self) -> float:
        """The height of all lines in points."""
        return lines_height(self.lines, self.style)

    @property
    def width(self) -> float:
        """The width of the longest line in points."""
        widest = max([line.width for line in self.lines], default=0.0)
        return widest * self.style.size / _EM

    def top(self, baseline: float) -> float:
        """Where the top of the text is if this is the baseline of its first line."""
        style = self.style
        return baseline + (style.leading - style.size) / 2 + style.size * ASCENT

    def show(
        self,
        flow: Flow,
        place: tuple[float, float],
        width: float,
        tag: str = "",
        attributes: str = "",
        *,
        side: Side = "start",
    ) -> None:
        """Draw it.

        Args:
            flow: On whose page.
            place: The upper left corner.
            width: From the left to the right edge of its column.
            tag: The type of an element of its own; empty for the current one.
            attributes: Further entries of the element's dictionary.
            side: Where in the column it stands, in the direction of the flow.
        """
        at_right = flow.right_to_left == (side == "start")
        alignment: Alignment = "right" if at_right else "left"
        box = TextBox(self.style, *place, width, alignment)
        if tag:
            flow.painter.show_element(self.lines, box, tag, attributes)
        else:
            flow.painter.show(self.lines, box)


def shaped(flow: Flow, text: str | Runs, style: TextStyle) -> ShapedParagraph:
    """A text before it is broken into lines."""
    if isinstance(text, str):
        return flow.typesetter.prepare_text(text, style.font, flow.right_to_left)
    return flow.typesetter.prepare(text, style.font, flow.right_to_left)


def set_text(
    flow: Flow, text: str | Runs, style: TextStyle, width: float, *, balanced: bool = False
) -> SetText:
    """Set a text in as many lines as it needs.

    Args:
        flow: What it is drawn on.
        text: What it says.
        style: How it is set.
        width: No line is wider.
        balanced: Whether the lines are as narrow as their number allows.
    """
    return set_paragraph(shaped(flow, text, style), style, width, balanced=balanced)


def set_paragraph(
    paragraph: ShapedParagraph, style: TextStyle, width: float, *, balanced: bool = False
) -> SetText:
    """Set a text that is shaped already; see `set_text`."""
    limit, leading = width * _EM / style.size, style.leading * _EM / style.size
    if balanced:
        lines = balanced_lines(paragraph, limit, leading)
    else:
        lines = paragraph.spread(paragraph.lines(limit), leading)
    return SetText(lines, style, paragraph.right_to_left)


def set_line(flow: Flow, text: str | Runs, style: TextStyle, width: float) -> SetText:
    """Set a text on one line; what does not fit is replaced by an ellipsis."""
    limit = width * _EM / style.size
    if isinstance(text, str):
        typesetter = flow.typesetter
        line, right_to_left = typesetter.cut_label(text, style.font, flow.right_to_left, limit)
        return SetText([line], style, right_to_left)
    paragraph = shaped(flow, text, style)
    return SetText([paragraph.cut(limit)], style, paragraph.right_to_left)
