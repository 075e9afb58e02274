"""Headings on the page: titles and parts across it, sections in the text with their number beside.

Where there is no side column, or none beside what is drawn, a number stands before its title.
"""

from activities.documents.headings import numbered
from activities.documents.model import PART_LEVEL, Heading, Runs
from activities.formats.pdf.page.balanced import balanced_lines
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import RULES, TextStyle, in_base
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

_EM = 1000
LEVELS = 6
_LONG_TITLE = 45
"""Characters of a title that is set smaller."""
_BELOW_RULE = 5.0


class Title:
    """A heading that is about to be drawn in the column as it is now."""

    def __init__(self, flow: Flow, heading: Heading, style: TextStyle | None = None) -> None:
        """Take a heading, in the style of its level or in another one."""
        self._flow = flow
        self.style = style or style_of(flow, heading)
        self._has_rule = heading.level == PART_LEVEL and style is None
        self._beside = heading.shown_number if flow.side and heading.level > PART_LEVEL else ""
        """The number in the side column."""
        self.runs: Runs = heading.runs if self._beside else numbered(heading)
        self._lines: list[Line] = []
        self._alignment: Alignment = "left"

    def set(self, paragraph: ShapedParagraph) -> None:
        """Take its text, shaped."""
        em = _EM / self.style.size
        self._lines = balanced_lines(paragraph, self._flow.width * em, self.style.leading * em)
        self._alignment = "right" if paragraph.right_to_left else "left"

    @property
    def height(self) -> float:
        """What it takes, without what is free above and below it."""
        rule = _BELOW_RULE if self._has_rule else 0.0
        return lines_height(self._lines, self.style) + rule

    def draw(self, tag: str) -> None:
        """Draw it, with the rule above the title of a part."""
        flow, style = self._flow, self.style
        if self._has_rule:
            thickness = flow.theme.rule(RULES.part)
            flow.surface.rectangle(
                flow.x, flow.y - thickness, flow.width, thickness, flow.palette.rule
            )
            flow.advance(_BELOW_RULE)
        if not self._beside:
            flow.add_element(self._lines, style, self._alignment, tag)
        else:
            with flow.structure.element(tag):
                show_beside(flow, self._beside, in_base(style))
                flow.add_lines(self._lines, style, self._alignment)
        flow.advance(0, after=style.after)


def style_of(flow: Flow, heading: Heading) -> TextStyle:
    """The style of a heading, by its level, and of a title by its length."""
    styles = flow.styles
    if heading.level == 1 and sum([len(run.text) for run in heading.runs]) >= _LONG_TITLE:
        return styles.heading_1_long
    return styles.headings[min(heading.level, LEVELS) - 1]


def show_beside(flow: Flow, text: str, style: TextStyle, *, at_end: bool = False) -> None:
    """Draw a short text in the side column, at the height of the column's next line.

    Args:
        flow: Where to draw.
        text: The text.
        style: Its style.
        at_end: Whether it stands near the text and not where the page begins.
    """
    side = flow.side
    assert side
    paragraph = flow.typesetter.prepare_text(text, style.font, flow.right_to_left)
    line = paragraph.lines(UNLIMITED)[0]
    alignment: Alignment = "right" if flow.right_to_left != at_end else "left"
    flow.painter.show([line], TextBox(style, side.x, flow.y, side.width, alignment))
