"""The form in which a chunk goes to the join: an item as a module of the course."""

import msgspec

from activities.documents.model import Image
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.xhtml.pictures import picture_name

WEB_RESOURCES = "web_resources/"
"""The folder that texts name by `FILE_BASE`."""
FILE_BASE = "$IMS-CC-FILEBASE$/"
MEDIA = "media/"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What a module shows: a page or a quiz."""

    id: str
    title: str
    is_quiz: bool
    text: bytes
    pictures: tuple[str, ...]
    """The names of the files of those that it shows."""

    @property
    def path(self) -> str:
        """Its file."""
        return f"quizzes/{self.id}.xml" if self.is_quiz else WEB_RESOURCES + page_name(self.id)


class Module(msgspec.Struct, frozen=True, gc=False):
    """An item."""

    item_id: str
    id: str
    place: str
    """The id of the element of its title, to which links lead."""
    title: str
    language: str
    entries: tuple[Entry, ...]
    questions: bytes
    """Those of the bank."""
    questions_pictures: tuple[str, ...]
    pictures: dict[str, bytes]
    """The data of all pictures by the names of their files."""


MODULES = Fragments(Module)


def page_name(entry_id: str) -> str:
    """The name of the file of a page."""
    return f"{entry_id}.html"


class ShownPictures:
    """The pictures of a module, and which of them each of its entries shows; see `PictureAddress`.

    Attributes:
        files: the data of all by name, in the order in which they were met.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._shown: dict[str, None] = {}

    def __call__(self, image: Image) -> str:
        """The address of a picture, which is now among the files."""
        name = picture_name(image)
        self.files[name] = image.data
        self._shown[name] = None
        return f"{FILE_BASE}{MEDIA}{name}"

    def taken(self) -> tuple[str, ...]:
        """The names of those that were shown since it was asked before."""
        shown = tuple(self._shown)
        self._shown.clear()
        return shown
