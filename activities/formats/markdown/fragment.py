"""The form in which a chunk goes to the join: an item as the texts of its parts."""

import msgspec

from activities.formats.shared.fragments import Fragments


class PartText(msgspec.Struct, frozen=True, gc=False):
    """A part of an item."""

    name: str
    label: str
    """Its heading, as text."""
    text: str


class Note(msgspec.Struct, frozen=True, gc=False):
    """An item."""

    item_id: str
    place: str
    """The id of its title, to which links lead."""
    title: str
    """As a line of text."""
    heading: str
    """As Markdown."""
    front_matter: str
    parts: tuple[PartText, ...]
    pictures: dict[str, bytes]
    """Data by the name of the file."""


NOTES = Fragments(Note)
