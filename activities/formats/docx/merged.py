"""What the items merged so far add to the package, with the numbers that are the file's."""

from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.design.theme_logo import LOGO_HEIGHT, LOGO_WIDTH
from activities.documents.design.tokens import AccentName
from activities.documents.model import Image
from activities.formats.docx import pictures
from activities.formats.docx.dead_links import bookmarks_in
from activities.formats.docx.design import twips
from activities.formats.docx.fragment import (
    LITERAL,
    MARK,
    NOTE,
    NUMBERED,
    UNIQUE,
    UNIT,
    HeadingEntry,
    ItemFragment,
    NumberedList,
    Relations,
    Term,
    mark,
)
from activities.formats.docx.numbering import level_override
from activities.formats.docx.runs import plain_run
from activities.formats.docx.styles import LISTS, NUMBERED_LIST
from activities.formats.shared.xml_escaping import xml_attribute
from activities.formats.shared.zip_package import Package
from activities.model.warnings import ExportWarning, Place, Report, place_text

_LISTS_MAX = 2000
"""Numbered lists of one file; Word stops numbering them soon after."""
_START_MAX = 32767
"""The first number of a list of Word."""
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LOGO_ROOM = pictures.Room(twips(LOGO_WIDTH), twips(LOGO_HEIGHT))


class Unit(msgspec.Struct, frozen=True):
    """What of an item waits for the end of all items."""

    item_id: str
    title: str
    right_to_left: bool
    accent: AccentName
    head: str
    """Its number and title as runs."""
    bytes: int
    """Of its text."""
    back_bytes: dict[str, int]
    """Of what stands at the end, by its kind."""
    notes: range
    """The places of its footnotes."""
    bookmark: int
    """Of its title, for references to its page."""
    terms: list[Term]
    """What the glossary has of it."""

    def has(self, kind: str) -> bool:
        """Whether something of this kind stands at the end of the file."""
        return bool(self.terms if kind == "glossary" else self.back_bytes[kind])


class MergedPackage:
    """The parts of the package that the items merged so far add to."""

    def __init__(self, package: Package, list_step: int, *, several: bool) -> None:
        self.headings: list[HeadingEntry] = []
        """With the final numbers of their bookmarks."""
        self.units: list[Unit] = []
        self.languages: list[str] = []
        """Each language once, in order."""
        self.lists: list[str] = []
        """The `w:num` elements of `numbering.xml`."""
        self.notes: list[bytes] = []
        """The `w:footnote` elements of `footnotes.xml`."""
        self.bookmarks: set[bytes] = set()
        """The names of those to which links lead."""
        self.text_relations: dict[str, str] = {}
        """`Relationship` elements by id."""
        self.notes_relations: dict[str, str] = {}
        self._package = package
        self._list_step = list_step
        self._several = several
        self._pictures: set[str] = set()
        self._unique_numbers = 0

    def add(
        self,
        fragment: ItemFragment,
        text: BinaryIO,
        backs: tuple[BinaryIO, BinaryIO],
        report: Report,
    ) -> None:
        """Write the text of an item and what of it stands at the end with their final numbers;
        lists that have none go to the report.
        """
        key, about = backs
        unit = len(self.units) + 1 if self._several else 0
        fill = _Numbers(
            self._unique_numbers + 1,
            len(self.notes) + 1,
            [self._list_number(entry) for entry in fragment.lists],
            unit,
        )
        if without_number := fill.lists.count(0):
            report.warn(_literal_lists(fragment, without_number))
        for heading in fragment.headings:
            number = heading.bookmark + self._unique_numbers + 1
            self.headings.append(replace(heading, bookmark=number))
        bookmark = self.headings[-len(fragment.headings)].bookmark
        first_note = len(self.notes)
        for number, note in enumerate(fragment.notes, first_note + 1):
            self.notes.append(
                b'<w:footnote w:id="%d">%b</w:footnote>' % (number, fill.in_xml(note))
            )
        self._relate(fragment.text_relations, self.text_relations)
        self._relate(fragment.notes_relations, self.notes_relations)
        self._unique_numbers += fragment.unique_numbers
        for xml in (fragment.text, fragment.key, fragment.about, *fragment.notes):
            self.bookmarks.update(bookmarks_in(xml))
        if fragment.language not in self.languages:
            self.languages.append(fragment.language)
        label = fragment.label if unit else b""
        self.units.append(
            Unit(
                item_id=fragment.item_id,
                title=fragment.headings[0].text,
                right_to_left=fragment.right_to_left,
                accent=fragment.accent,
                head=plain_run(f"{unit}\u2002") + fragment.head if unit else "",
                bytes=text.write(fill.in_xml(label + fragment.text)),
                back_bytes={
                    "key": key.write(fill.in_xml(fragment.key)),
                    "about": about.write(fill.in_xml(fragment.about)),
                },
                notes=range(first_note, len(self.notes)),
                bookmark=bookmark,
                terms=[
                    replace(term, name=fill.in_xml(term.name), meaning=fill.in_xml(term.meaning))
                    for term in fragment.terms
                ],
            )
        )

    def logo(self, image: Image | None) -> str:
        """The drawing of a logo, which stands in no item; empty without one."""
        if image is None:
            return ""
        self._unique_numbers += 1
        key = pictures.relation_id(image.data)
        self._relate(Relations({}, {key: pictures.picture(image)}), self.text_relations)
        number = str(self._unique_numbers)
        return pictures.drawing(image, key, 0, _LOGO_ROOM).replace(mark(UNIQUE, 0), number)

    def take_unique(self) -> int:
        """A number that no item has."""
        self._unique_numbers += 1
        return self._unique_numbers

    def _list_number(self, numbered: NumberedList) -> int:
        """The `w:numId` of a list of its own, or 0 when Word cannot have another."""
        if len(self.lists) >= _LISTS_MAX or numbered.start > _START_MAX:
            return 0
        number = LISTS + len(self.lists)
        level = level_override(numbered, self._list_step)
        self.lists.append(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="{NUMBERED_LIST}"/>'
            f'<w:lvlOverride w:ilvl="{numbered.level}">'
            f'<w:startOverride w:val="{numbered.start}"/>{level}'
            "</w:lvlOverride></w:num>"
        )
        return number

    def _relate(self, relations: Relations, elements: dict[str, str]) -> None:
        for key, address in relations.links.items():
            elements[key] = (
                f'<Relationship Id="{key}" Type="{_RELATIONSHIPS}/hyperlink"'
                f' Target="{xml_attribute(address)}" TargetMode="External"/>'
            )
        for key, picture in relations.pictures.items():
            name = f"media/{key}.{picture.extension}"
            if key not in self._pictures:
                self._pictures.add(key)
                self._package.write(f"word/{name}", picture.data, packed=False)
            elements[key] = (
                f'<Relationship Id="{key}" Type="{_RELATIONSHIPS}/image" Target="{name}"/>'
            )


def _literal_lists(fragment: ItemFragment, count: int) -> ExportWarning:
    title = close_bidi_controls(place_text(fragment.headings[0].text))
    return ExportWarning(
        "list-numbers-as-text",
        f"Numbered lists whose numbers are text, because Word cannot number more than {_LISTS_MAX} "
        f"lists, or from more than {_START_MAX} on: {{}}.",
        fragment.item_id,
        count=count,
        places=(Place(fragment.item_id, title),),
    )


class _Numbers:
    """Fills in the final numbers of one item."""

    def __init__(self, first_unique: int, first_note: int, lists: list[int], unit: int) -> None:
        """Know the first numbers, those of lists, and that of the unit: 0 for one without."""
        self._unit = unit
        self._first_unique = first_unique
        self._first_note = first_note
        self.lists = lists

    def in_xml(self, xml: bytes) -> bytes:
        pieces = xml.split(MARK.encode())
        pieces[1::2] = [self._filled(piece.decode()).encode() for piece in pieces[1::2]]
        return b"".join(pieces)

    def _filled(self, mark: str) -> str:
        kind, rest = mark[0], mark[1:]
        if kind == LITERAL:
            number, _, value = rest.partition(":")
            return "" if self.lists[int(number)] else plain_run(f"{value}\t")
        if kind == UNIT:
            return f"{self._unit}{rest}" if self._unit else ""
        if kind == NUMBERED:
            return str(self.lists[int(rest)])
        return str(int(rest) + (self._first_note if kind == NOTE else self._first_unique))
