"""What a book holds, as it is known once all chapters were met."""

from collections.abc import Iterator, Mapping

import msgspec

from activities.documents.labels import UNKNOWN_LANGUAGE
from activities.formats.epub.files import file_name
from activities.formats.epub.fragment import Chapter


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An item as the navigation has it."""

    item_id: str
    file: str
    title: str
    language: str
    attributes: str
    label_attributes: str
    has_maths: bool
    parts: tuple[tuple[str, str], ...]
    """The file and label of each part."""


class Contents:
    """The items, texts and pictures of a book.

    Attributes:
        entries: the items.
        texts: whether there is MathML in each text, by the name of its file, in reading order.
        pictures: the names of the files of pictures.
        describes_pictures: whether each picture has a description.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.texts: dict[str, bool] = {}
        self.pictures: dict[str, None] = {}
        self.describes_pictures = True

    def add(self, chapter: Chapter) -> None:
        """Add an item."""
        unit = chapter.unit
        parts = tuple((file_name(part.id), part.label) for part in unit.parts)
        entry = Entry(
            unit.item_id,
            file_name(unit.id),
            unit.title,
            unit.language,
            unit.attributes,
            unit.label_attributes,
            unit.has_maths,
            parts,
        )
        self.entries.append(entry)
        self.describes_pictures = self.describes_pictures and chapter.describes_pictures

    def new_pictures(self, pictures: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Those that no chapter before has, which are now among the others."""
        for name, data in pictures.items():
            if name not in self.pictures:
                self.pictures[name] = None
                yield name, data

    @property
    def first_language(self) -> str:
        """The language of the first item."""
        return self.entries[0].language if self.entries else UNKNOWN_LANGUAGE
