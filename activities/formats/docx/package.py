"""Fragments become the file: numbers are given, and the parts of the package written."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.direction import is_right_to_left
from activities.documents.labels import UNKNOWN_LANGUAGE, labels
from activities.formats.docx.contents import contents
from activities.formats.docx.dead_links import DeadLinks, bookmarks_in
from activities.formats.docx.fragment import (
    LITERAL,
    MARK,
    NOTE,
    NUMBERED,
    HeadingEntry,
    ItemFragment,
    NumberedList,
    Relations,
)
from activities.formats.docx.numbering import level_override
from activities.formats.docx.page import PAGES
from activities.formats.docx.runs import plain_run
from activities.formats.docx.scripts import east_asian_font_language
from activities.formats.docx.styles import CONTENTS_LEVELS, NUMBERED_LIST
from activities.formats.docx.template import (
    EAST_ASIA,
    HYPHENATE,
    NAMESPACES,
    TITLE,
    TITLE_DIRECTION,
    template,
)
from activities.formats.protocol import Export
from activities.formats.shared.ooxml import XML_DECLARATION, core_properties
from activities.formats.shared.xml_escaping import xml_attribute, xml_text
from activities.formats.shared.zip_package import Package
from activities.model.book_options import BookOptions
from activities.model.warnings import ExportWarning, Place, Report, place_text

_ITEMS_WITH_PARTS_MAX = 5
"""Up to so many items the contents show their parts."""
_LISTS_MAX = 2000
"""Numbered lists of one file; Word stops numbering them soon after."""
_START_MAX = 32767
"""The first number of a list of Word."""
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SEPARATOR_NOTES = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/>'
    "</w:r></w:p></w:footnote>"
)


def write_package(
    fragments: Iterable[ItemFragment], export: Export[BookOptions], out: BinaryIO, report: Report
) -> None:
    """Write the whole file."""
    with (
        Package(out, export.snapshot_time, report) as package,
        # What comes before the text is known only after it.
        export.scratch_file() as text,
    ):
        blank = template(PAGES[export.options.paper])
        members = dict(blank.members)
        # First, because programs tell the kind of a file by its first members.
        for name in ("[Content_Types].xml", "_rels/.rels"):
            package.write(name, members.pop(name))
        merged = _MergedPackage(package, contents_levels=_contents_levels(export.items_total))
        written: list[_Written] = []
        for fragment in fragments:
            report.check_cancelled()
            first_note = len(merged.notes)
            xml = merged.add(fragment, report)
            notes = range(first_note, len(merged.notes))
            title = fragment.headings[0].text
            written.append(_Written(fragment.item_id, title, text.write(xml), notes))
        # An item's title is Markdown, so that of the export may be; the heading is not.
        single = export.items_total == 1 and export.options.title is None
        title = merged.headings[0].text if single else export.title
        package.write("docProps/core.xml", core_properties(title, export.snapshot_time))
        with package.open("word/document.xml") as document:
            front = _front(title, export, merged)
            document.write(f"{_root('document')}<w:body>{front}".encode())
            text.seek(0)
            for each in written:
                report.check_cancelled()
                dead = DeadLinks(merged.bookmarks, each.item_id)
                document.write(dead.removed(text.read(each.bytes)))
                for note in each.notes:
                    merged.notes[note] = dead.removed(merged.notes[note])
                dead.warn(report, each.title)
            document.write(f"{blank.section}</w:body></w:document>".encode())
        _complete_parts(members, title, merged, hyphenate=export.options.hyphenate)
        for name, data in members.items():
            package.write(name, data)


def _contents_levels(items: int) -> int:
    """Levels of headings in the contents: the more items, the fewer, so that it stays short."""
    if items == 1:
        return CONTENTS_LEVELS
    return 2 if items <= _ITEMS_WITH_PARTS_MAX else 1


class _Written(msgspec.Struct, frozen=True):
    """What of an item waits for the end of all items."""

    item_id: str
    title: str
    bytes: int
    """Of its text."""
    notes: range
    """The places of its footnotes."""


class _MergedPackage:
    """The parts of the package that the items merged so far add to."""

    def __init__(self, package: Package, *, contents_levels: int) -> None:
        self.headings: list[HeadingEntry] = []
        """With the final numbers of their bookmarks."""
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
        self.contents_levels = contents_levels
        self._package = package
        self._pictures: set[str] = set()
        self._unique_numbers = 0

    def add(self, fragment: ItemFragment, report: Report) -> bytes:
        """The text of an item with its final numbers; lists that have none go to the report."""
        fill = _Numbers(
            self._unique_numbers + 1,
            len(self.notes) + 1,
            [self._list_number(entry) for entry in fragment.lists],
        )
        if without_number := fill.lists.count(0):
            report.warn(_literal_lists(fragment, without_number))
        for heading in fragment.headings:
            if heading.level <= self.contents_levels:
                number = heading.bookmark + self._unique_numbers + 1
                self.headings.append(msgspec.structs.replace(heading, bookmark=number))
        for number, note in enumerate(fragment.notes, len(self.notes) + 1):
            self.notes.append(
                b'<w:footnote w:id="%d">%b</w:footnote>' % (number, fill.in_xml(note))
            )
        self._relate(fragment.text_relations, self.text_relations)
        self._relate(fragment.notes_relations, self.notes_relations)
        self._unique_numbers += fragment.unique_numbers
        for xml in (fragment.text, *fragment.notes):
            self.bookmarks.update(bookmarks_in(xml))
        if fragment.language not in self.languages:
            self.languages.append(fragment.language)
        return fill.in_xml(fragment.text)

    def _list_number(self, numbered: NumberedList) -> int:
        """The `w:numId` of a list of its own, or 0 when Word cannot have another."""
        if len(self.lists) >= _LISTS_MAX or numbered.start > _START_MAX:
            return 0
        number = NUMBERED_LIST + 1 + len(self.lists)
        self.lists.append(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="{NUMBERED_LIST}"/>'
            f'<w:lvlOverride w:ilvl="{numbered.level}">'
            f'<w:startOverride w:val="{numbered.start}"/>{level_override(numbered)}'
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

    def __init__(self, first_unique: int, first_note: int, lists: list[int]) -> None:
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
        if kind == NUMBERED:
            return str(self.lists[int(rest)])
        return str(int(rest) + (self._first_note if kind == NOTE else self._first_unique))


def _is_right_to_left(title: str) -> bool:
    return is_right_to_left(title, otherwise=False)


def _root(name: str) -> str:
    return f"{XML_DECLARATION}<w:{name} {NAMESPACES}>"


def _front(title: str, export: Export[BookOptions], merged: _MergedPackage) -> str:
    date = f"{export.snapshot_time:%Y-%m-%d}"
    languages = {language.partition("-")[0] for language in merged.languages}
    common = languages.pop() if len(languages) == 1 else UNKNOWN_LANGUAGE
    words = labels(export.options.language or common)
    direction = "<w:bidi/>" if _is_right_to_left(title) else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Title"/>{direction}</w:pPr>{plain_run(title)}</w:p>'
        f'<w:p><w:pPr><w:pStyle w:val="Subtitle"/>{direction}</w:pPr>{plain_run(date)}</w:p>'
        + contents(words.contents, merged.headings, merged.contents_levels)
    )


def _complete_parts(
    members: dict[str, bytes], title: str, merged: _MergedPackage, *, hyphenate: bool
) -> None:
    """Complete the parts of the template, and add the notes."""
    direction = b"1" if _is_right_to_left(title) else b"0"
    for name, data in members.items():
        directed = data.replace(TITLE_DIRECTION, direction)
        members[name] = directed.replace(TITLE, xml_text(title).encode())
    east_asia = east_asian_font_language(merged.languages)
    settings = members["word/settings.xml"].replace(HYPHENATE, b"1" if hyphenate else b"0")
    members["word/settings.xml"] = settings.replace(EAST_ASIA, east_asia.encode())
    lists = "".join(merged.lists)
    members["word/numbering.xml"] += f"{lists}</w:numbering>".encode()
    members["word/_rels/document.xml.rels"] += _relationships(merged.text_relations)
    start = (_root("footnotes") + _SEPARATOR_NOTES).encode()
    members["word/footnotes.xml"] = start + b"".join(merged.notes) + b"</w:footnotes>"
    if merged.notes_relations:
        package_relations = f'{XML_DECLARATION}<Relationships xmlns="{_PACKAGE_RELATIONSHIPS}">'
        members["word/_rels/footnotes.xml.rels"] = package_relations.encode() + _relationships(
            merged.notes_relations
        )


def _relationships(elements: dict[str, str]) -> bytes:
    return f"{''.join(elements.values())}</Relationships>".encode()
