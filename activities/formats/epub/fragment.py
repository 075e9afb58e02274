"""The form in which a chunk goes to the join: an item with the files that it becomes."""

import msgspec

from activities.formats.shared.fragments import Fragments
from activities.formats.shared.xhtml.units import Unit


class Chapter(msgspec.Struct, frozen=True, gc=False):
    """An item, and the pictures that it shows."""

    unit: Unit
    pictures: dict[str, bytes]
    """Data by the name of the file."""
    describes_pictures: bool
    """Whether each of them has a description."""


CHAPTERS = Fragments(Chapter)
