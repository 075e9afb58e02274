"""Fragments become the file: numbers are given, and the parts of the package written."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.book_labels import book_labels
from activities.documents.classroom import classroom_words
from activities.documents.colophon import shown_day
from activities.documents.design.design import Design
from activities.documents.design.subjects import most_frequent
from activities.documents.design.theme_logo import LOGO_HEIGHT, LOGO_WIDTH
from activities.documents.design.tokens import Accent, AccentName
from activities.documents.direction import is_right_to_left
from activities.documents.labels import UNKNOWN_LANGUAGE, labels
from activities.documents.logo import logo_of
from activities.documents.model import Image
from activities.formats.docx import pictures, sections
from activities.formats.docx.back_matter import BackMatter
from activities.formats.docx.contents import contents
from activities.formats.docx.dead_links import DeadLinks, bookmarks_in
from activities.formats.docx.design import filled_with, twips
from activities.formats.docx.font_table import fonts_of
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
    mark,
)
from activities.formats.docx.front import cover
from activities.formats.docx.numbering import level_override
from activities.formats.docx.page import PAGES, Page
from activities.formats.docx.runs import plain_run
from activities.formats.docx.scripts import east_asian_font_language
from activities.formats.docx.styles import LISTS, NUMBERED_LIST
from activities.formats.docx.template import EAST_ASIA, HYPHENATE, NAMESPACES, template
from activities.formats.protocol import Export
from activities.formats.shared.office_theme import with_theme
from activities.formats.shared.ooxml import XML_DECLARATION, core_properties
from activities.formats.shared.xml_escaping import xml_attribute
from activities.formats.shared.zip_package import Member, Package
from activities.model.book_options import BookOptions
from activities.model.themes import CoverStyle, Theme
from activities.model.warnings import ExportWarning, Place, Report, place_text

_MANY_LANGUAGES = "en"
"""Says what the file itself says where items have several languages."""
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
        export.scratch_file() as key,
        export.scratch_file() as about,
    ):
        page = PAGES[export.options.paper]
        members = dict(template(page).members)
        # More than are used where items had to be left out: the types come first.
        heads = export.items_total + 1
        types = members.pop("[Content_Types].xml").decode()
        # First, because programs tell the kind of a file by its first members.
        package.write("[Content_Types].xml", f"{types}{sections.content_types(heads)}</Types>")
        package.write("_rels/.rels", members.pop("_rels/.rels"))
        merged = _MergedPackage(package, several=export.items_total > 1)
        for fragment in fragments:
            report.check_cancelled()
            merged.add(fragment, text, (key, about), report)
        # An item's title is Markdown, so that of the export may be; the heading is not.
        theme = report.theme
        design = Design(theme)
        style = design.cover(export.options.cover, export.items_total)
        logo = merged.logo(logo_of(theme, report)) if style != "none" else ""
        accent = design.accent(most_frequent(unit.accent for unit in merged.units))
        single = export.items_total == 1 and export.options.title is None and merged.units
        title = merged.units[0].title if single else export.title
        package.write("docProps/core.xml", core_properties(title, export.snapshot_time))
        with package.open("word/document.xml") as document:
            backs = _back_matter(export, theme, merged)
            front = _front(title, export, page, merged, accent, style, logo, backs)
            document.write(f"{_root('document')}<w:body>{front}".encode())
            spools = {"key": key, "about": about}
            waiting = _write_units(
                document, text, spools, merged, export, report, goes_on=bool(backs)
            )
            _write_backs(document, backs, waiting, page)
            document.write(b"</w:body></w:document>")
        own = members["word/theme/theme1.xml"]
        members["word/theme/theme1.xml"] = with_theme(own, accent, fonts_of(theme))
        _complete_parts(members, merged, accent, hyphenate=export.options.hyphenate)
        merged.text_relations |= sections.relationships(heads)
        members["word/_rels/document.xml.rels"] += _relationships(merged.text_relations)
        for name, data in members.items():
            package.write(name, data)
        # They are many, and too short to become much shorter.
        for name, part in _heads(title, theme, merged, heads).items():
            package.write(name, part, packed=False)


def _write_units(
    document: Member,
    text: BinaryIO,
    spools: dict[str, BinaryIO],
    merged: "_MergedPackage",
    export: Export[BookOptions],
    report: Report,
    *,
    goes_on: bool,
) -> dict[str, list[bytes]]:
    """Write each item as a section.

    Args:
        document: where to.
        text: the text of all items.
        spools: what of them stands at the end, by its kind.
        merged: tells how much of these is of which item.
        export: the properties of the file.
        report: is told of links that lead nowhere.
        goes_on: whether something follows.

    Returns:
        What stands at the end of each item that has some.
    """
    page = PAGES[export.options.paper]
    text.seek(0)
    waiting: dict[str, list[bytes]] = {kind: [] for kind in spools}
    for spool in spools.values():
        spool.seek(0)
    for number, unit in enumerate(merged.units, 1):
        report.check_cancelled()
        dead = DeadLinks(merged.bookmarks, unit.item_id)
        xml = dead.removed(text.read(unit.bytes))
        for kind, spool in spools.items():
            if size := unit.back_bytes[kind]:
                waiting[kind].append(_unit_title(unit) + dead.removed(spool.read(size)))
        for note in unit.notes:
            merged.notes[note] = dead.removed(merged.notes[note])
        dead.warn(report, unit.title)
        properties = sections.section(
            page,
            number,
            right_to_left=unit.right_to_left,
            opens_unit=True,
            odd=export.options.facing,
        )
        if goes_on or number < len(merged.units):
            document.write(sections.ended(xml, properties))
        else:
            document.write(xml + properties.encode())
    return waiting


def _write_backs(
    document: Member,
    backs: Sequence[BackMatter],
    waiting: dict[str, list[bytes]],
    page: Page,
) -> None:
    """Write what stands behind the units, each in a section of its own."""
    for place, back in enumerate(backs, 1):
        document.write(back.start())
        *others, last = waiting[back.kind] or [b""]
        for xml in others:
            document.write(xml)
        from_right = _is_right_to_left(back.title)
        properties = sections.section(page, sections.FRONT, right_to_left=from_right)
        if place < len(backs):
            document.write(sections.ended(last, properties))
        else:
            document.write(last + properties.encode())


def _heads(title: str, theme: Theme, merged: "_MergedPackage", heads: int) -> dict[str, str]:
    """The parts with the heads and the foot of all sections."""
    from_right = _is_right_to_left(title)
    units = [unit.head for unit in merged.units]
    units += [""] * (heads - 1 - len(units))
    line = theme.header_text
    parts = [sections.head(title, unit, line, right_to_left=from_right) for unit in ("", *units)]
    parts.append(sections.foot(theme.footer_text, right_to_left=from_right))
    return dict(zip(sections.members(heads), parts, strict=True))


_LOGO_ROOM = pictures.Room(twips(LOGO_WIDTH), twips(LOGO_HEIGHT))


class _Unit(msgspec.Struct, frozen=True):
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


class _MergedPackage:
    """The parts of the package that the items merged so far add to."""

    def __init__(self, package: Package, *, several: bool) -> None:
        self.headings: list[HeadingEntry] = []
        """With the final numbers of their bookmarks."""
        self.units: list[_Unit] = []
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
            self.headings.append(msgspec.structs.replace(heading, bookmark=number))
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
            _Unit(
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


def _is_right_to_left(title: str) -> bool:
    return is_right_to_left(title, otherwise=False)


def _root(name: str) -> str:
    return f"{XML_DECLARATION}<w:{name} {NAMESPACES}>"


def _language(export: Export[BookOptions], merged: _MergedPackage) -> str:
    """That of the words of the file: the one asked for, or that of all items."""
    languages = {language.partition("-")[0] for language in merged.languages}
    common = languages.pop() if len(languages) == 1 else ""
    if common in {"", UNKNOWN_LANGUAGE}:
        common = _MANY_LANGUAGES
    return export.options.language or common


def _back_matter(
    export: Export[BookOptions], theme: Theme, merged: _MergedPackage
) -> list[BackMatter]:
    """What there is behind the units."""
    language = _language(export, merged)
    words, book = classroom_words(language), book_labels(language)
    about = book.about_lesson if export.items_total == 1 else book.about_book
    licence = f"{book.may}: {theme.licence}" if theme.licence else ""
    found = []
    for kind, title, note in (
        ("key", words.answer_key, words.answer_key_note),
        ("about", about, licence),
    ):
        if any(unit.back_bytes[kind] for unit in merged.units):
            found.append(BackMatter(kind, title, note, merged.take_unique()))
    return found


def _unit_title(unit: _Unit) -> bytes:
    """The title of a unit above what stands of it at the end, where there are several."""
    if not unit.head:
        return b""
    direction = "<w:bidi/>" if unit.right_to_left else ""
    style = f'<w:pPr><w:pStyle w:val="KeyUnit"/>{direction}</w:pPr>'
    return f"<w:p>{style}{unit.head}</w:p>".encode()


def _front(
    title: str,
    export: Export[BookOptions],
    page: Page,
    merged: _MergedPackage,
    accent: Accent,
    style: CoverStyle,
    logo: str,
    backs: Sequence[BackMatter],
) -> str:
    several = export.items_total != 1
    front = ""
    if style != "none":
        language = _language(export, merged)
        day = shown_day(export.snapshot_time, language)
        units = book_labels(language).units.format(len(merged.units)) if several else ""
        front += cover(title, units, day, page, accent, is_light=style == "light", logo=logo)
    elif export.options.title is not None:
        direction = "<w:bidi/>" if _is_right_to_left(title) else ""
        label = f'<w:pPr><w:pStyle w:val="UnitLabel"/>{direction}</w:pPr>'
        front += f"<w:p>{label}{plain_run(title)}</w:p>"
    if several:
        words = labels(_language(export, merged))
        from_right = _is_right_to_left(title)
        properties = sections.section(page, sections.FRONT, right_to_left=from_right)
        entries = [*merged.headings, *(back.entry for back in backs)]
        front += contents(words.contents, entries, page)
        front += sections.end_of_section(properties)
    return front


def _complete_parts(
    members: dict[str, bytes], merged: _MergedPackage, accent: Accent, *, hyphenate: bool
) -> None:
    """Complete the parts of the template, and add the notes."""
    members["word/styles.xml"] = filled_with(accent, members["word/styles.xml"])
    east_asia = east_asian_font_language(merged.languages)
    settings = members["word/settings.xml"].replace(HYPHENATE, b"1" if hyphenate else b"0")
    members["word/settings.xml"] = settings.replace(EAST_ASIA, east_asia.encode())
    lists = "".join(merged.lists)
    members["word/numbering.xml"] += f"{lists}</w:numbering>".encode()
    start = (_root("footnotes") + _SEPARATOR_NOTES).encode()
    members["word/footnotes.xml"] = start + b"".join(merged.notes) + b"</w:footnotes>"
    if merged.notes_relations:
        package_relations = f'{XML_DECLARATION}<Relationships xmlns="{_PACKAGE_RELATIONSHIPS}">'
        members["word/_rels/footnotes.xml.rels"] = package_relations.encode() + _relationships(
            merged.notes_relations
        )


def _relationships(elements: dict[str, str]) -> bytes:
    return f"{''.join(elements.values())}</Relationships>".encode()
