"""The form in which a chunk goes to the join: for each item its XML, with the relationships in it.

The numbers that must be unique in the whole file are not known yet; `MARK` stands around a
placeholder for each. NUL cannot be part of XML, so no text can look like one.
"""

import hashlib

import msgspec

from activities.documents.design.tokens import AccentName
from activities.documents.model import ListStyle
from activities.formats.shared.fragments import Fragments

MARK = "\0"
UNIQUE, NUMBERED, NOTE, LITERAL, UNIT = "u", "n", "f", "t", "s"
"""A bookmark's or drawing's number; a list's `w:numId`; a note's number; the number of a list's
entry as text, which stays empty unless Word cannot number the list; the number of the item among
several, with what follows it."""
CONTENTS_BOOKMARK = "_Toc"
"""Starts the names of bookmarks that Word takes for those of a table of contents."""


def mark(kind: str, number: int) -> str:
    """The placeholder of the item's own `number` of this kind, counted from 0."""
    return f"{MARK}{kind}{number}{MARK}"


def literal_mark(number: int, text: str) -> str:
    """The placeholder for the number of an entry as text, in the item's list `number`."""
    return f"{MARK}{LITERAL}{number}:{text}{MARK}"


def unit_mark(following: str = "") -> str:
    """The placeholder of the item's number in the file, which a single item has none of."""
    return f"{MARK}{UNIT}{following}{MARK}"


def contents_bookmark(unique: int) -> str:
    """A bookmark for an entry of the table of contents to refer to."""
    number = mark(UNIQUE, unique)
    return (
        f'<w:bookmarkStart w:id="{number}" w:name="{CONTENTS_BOOKMARK}{number}"/>'
        f'<w:bookmarkEnd w:id="{number}"/>'
    )


def back_bookmark(number: int) -> str:
    """A bookmark for the entry of what stands behind all items, with its final number."""
    return (
        f'<w:bookmarkStart w:id="{number}" w:name="{CONTENTS_BOOKMARK}{number}"/>'
        f'<w:bookmarkEnd w:id="{number}"/>'
    )


def anchor_bookmark(anchor: str, unique: int) -> str:
    """A bookmark to which links with this anchor lead."""
    number = mark(UNIQUE, unique)
    return (
        f'<w:bookmarkStart w:id="{number}" w:name="{bookmark_name(anchor)}"/>'
        f'<w:bookmarkEnd w:id="{number}"/>'
    )


def bookmark_name(anchor: str) -> str:
    """The name of an anchor's bookmark: Word allows 40 letters, digits and underscores.

    It begins with an underscore, which hides it from the list of the user's own bookmarks.
    """
    return "_A" + hashlib.blake2b(anchor.encode(), digest_size=10).hexdigest()


class Picture(msgspec.Struct, frozen=True):
    """An image file of the package."""

    extension: str
    data: bytes


class Relations(msgspec.Struct, frozen=True):
    """The targets that a piece of XML refers to, by relationship id.

    The ids are made of what they name, so that they need no renumbering and a link or picture
    that comes twice is held once.
    """

    links: dict[str, str] = {}
    pictures: dict[str, Picture] = {}


class HeadingEntry(msgspec.Struct, frozen=True):
    """A heading for the table of contents."""

    level: int
    text: str
    xml: str
    """The text as runs."""
    right_to_left: bool
    bookmark: int
    """The item's own number of the bookmark before it."""
    is_unit: bool = True
    """Whether one of level 1 has a number: not at the end of a book."""


class NumberedList(msgspec.Struct, frozen=True):
    """A list that needs a `w:num` of its own."""

    level: int
    start: int
    style: ListStyle
    delimiter: str


class Term(msgspec.Struct, frozen=True):
    """What the glossary has of a flashcard."""

    order: tuple[tuple[int, int], ...]
    """Compares as the alphabet has it."""
    letter: str
    """Under which it stands."""
    name: bytes
    """A paragraph."""
    meaning: bytes


class ItemFragment(msgspec.Struct, frozen=True):
    """One item of a fragment."""

    language: str
    headings: list[HeadingEntry]
    lists: list[NumberedList]
    unique_numbers: int
    """The number of unique numbers that the item uses."""
    notes: list[bytes]
    """The content of each footnote, in order of their references."""
    text_relations: Relations
    notes_relations: Relations
    text: bytes
    # What follows is empty in fragments of older workers.
    item_id: str = ""
    right_to_left: bool = False
    head: str = ""
    """Its title as runs, as the head of its pages has it."""
    accent: AccentName = "default"
    key: bytes = b""
    """The answers that stand at the end of the file."""
    about: bytes = b""
    """What stands there of metadata."""
    label: bytes = b""
    """The paragraph above its title, where it is one of several."""
    terms: list[Term] = []


FRAGMENTS = Fragments(ItemFragment)
