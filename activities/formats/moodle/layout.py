"""What the two kinds of files of Moodle have in common."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from activities.formats.moodle.bank import Question


class Layout(NamedTuple):
    """How a question bank is written."""

    start: str
    category: Callable[[str, Sequence[str]], str]
    """Writes that what follows is in the category of a path, and lines that tell of it."""
    question: Callable[[Question], str]
    end: str
