"""Texts of units that stand behind all units: each is set in its own language and colour."""

from collections.abc import Callable
from typing import NamedTuple

from activities.documents.model import Runs
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.theme import Palette


class UnitText(NamedTuple):
    """A unit as what comes behind all units knows it."""

    number: int | None
    """None where there is but one."""
    title: Runs
    language: str
    """The BCP 47 tag."""
    right_to_left: bool
    palette: Palette
    page: int
    """Where what is spoken of begins."""
    destination: str
    """The name of that place, for links."""
    begin: Callable[[str], CourseBlockPainter]
    """Lets what is set be in the language of the unit, and of a part of it; gives what draws the
    blocks of that."""

    def enter(self, flow: Flow, part: str) -> CourseBlockPainter:
        """Let what is drawn be of a part of the unit; what draws its blocks."""
        painter = self.begin(part)
        flow.right_to_left = self.right_to_left
        flow.palette = self.palette
        return painter
