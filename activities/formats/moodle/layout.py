"""What the two kinds of files of Moodle have in common."""

from collections.abc import Callable
from typing import NamedTuple

from activities.formats.moodle.bank import Question


class Layout(NamedTuple):
    """How a question bank is written."""

    start: str
    category: Callable[[str], str]
    """Writes that what follows is in the category of a path."""
    question: Callable[[Question], str]
    end: str
