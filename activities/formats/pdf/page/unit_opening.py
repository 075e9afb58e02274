"""How a unit begins, and its outline: what of both is drawn, and what is left to be drawn."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from activities.documents.book_labels import BookLabels
from activities.documents.glance import Glance, read_glance, split_lead
from activities.documents.model import Block, Document, Heading, Part, Runs
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.glance import GlanceTable
from activities.formats.pdf.page.handout import (
    HandoutHead,
    draw_boxes,
    draw_handout_head,
    is_told_again,
)
from activities.formats.pdf.page.opener import Opening, draw_opener

ABOUT_PARTS = ("metadata", "quality_metrics")
"""Parts that are no chapters, but told on the page about the book."""


class HeadLine(NamedTuple):
    """What stands above the title of a lesson alone."""

    subject: str
    grade: str
    day: str


class UnitOpening:
    """Draws how one unit begins."""

    def __init__(
        self,
        flow: Flow,
        painter: CourseBlockPainter,
        on_heading: Callable[[Heading], int],
        words: BookLabels,
        begin_part: Callable[[str], None],
    ) -> None:
        """Take what the unit is drawn with.

        Args:
            flow: At the top of a page.
            painter: Draws blocks of the unit's outline.
            on_heading: Called where the title is about to be drawn.
            words: In the language of the unit's labels.
            begin_part: Called before a part of the unit is drawn.
        """
        self._flow = flow
        self._painter = painter
        self._on_heading = on_heading
        self._words = words
        self._begin_part = begin_part

    def draw(
        self, document: Document, number: int | None, head_line: HeadLine | None
    ) -> tuple[Part, ...]:
        """Draw the beginning of a unit; the parts that are still to be drawn.

        Args:
            document: The unit.
            number: Its number, if units have numbers.
            head_line: Of a lesson alone, which has no band.
        """
        parts = tuple([part for part in document.parts if part.name not in ABOUT_PARTS])
        outline = parts[0] if parts and parts[0].name == "outline" else None
        lead, blocks = split_lead(outline.blocks) if outline else ((), ())
        if not self._draw_head(document.title, lead, number, head_line):
            blocks = outline.blocks if outline else ()
            if not self._draw_head(document.title, (), number, head_line):
                self._painter.heading(document.title)
        if not outline:
            return parts
        rest = parts[1:]
        if blocks and not self._draw_outline(outline, blocks, rest, number, head_line):
            return (replace(outline, blocks=blocks), *rest)
        return rest

    def _draw_head(
        self, title: Heading, lead: Runs, number: int | None, head_line: HeadLine | None
    ) -> bool:
        if head_line:
            head = HandoutHead(*head_line, title, lead)
            return draw_handout_head(self._flow, self._on_heading, head)
        label = self._words.unit.format(number) if number else ""
        return draw_opener(self._flow, self._on_heading, Opening(label, number, title, lead))

    def _draw_outline(
        self,
        outline: Part,
        blocks: tuple[Block, ...],
        rest: tuple[Part, ...],
        number: int | None,
        head_line: HeadLine | None,
    ) -> bool:
        """Draw an outline at a glance if it can be; whether it was."""
        glance = read_glance(replace(outline, blocks=blocks))
        if glance is None:
            return False
        table = GlanceTable(self._flow, glance.sections, self._words, number)
        if not table.fits:
            return False
        self._begin_part(outline.name)
        with self._flow.structure.element("Sect"):
            self._painter.draw(glance.lead)
            if not (head_line and self._draw_boxes(glance, rest)) and glance.sections:
                table.draw()
        return True

    def _draw_boxes(self, glance: Glance, rest: tuple[Part, ...]) -> bool:
        headings = list(_headings(rest))
        if not is_told_again(glance.sections, headings):
            return False
        return draw_boxes(self._flow, glance.sections, self._words)


def _headings(parts: tuple[Part, ...]) -> Iterator[Heading]:
    for part in parts:
        if part.name == "study_guide":
            for block in part.blocks:
                if isinstance(block, Heading):
                    yield block
