"""Fragments become the file: numbers are given, and the parts of the package written."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from activities.documents.book_labels import book_labels
from activities.documents.classroom import classroom_words
from activities.documents.colophon import shown_day
from activities.documents.design.design import Design
from activities.documents.design.subjects import most_frequent
from activities.documents.design.theme_contrast import accent_on
from activities.documents.design.tokens import TOKENS, Accent
from activities.documents.direction import is_right_to_left
from activities.documents.labels import UNKNOWN_LANGUAGE, labels
from activities.documents.logo import logo_of
from activities.formats.docx import sections
from activities.formats.docx.back_matter import BackMatter
from activities.formats.docx.contents import contents, run_from_right
from activities.formats.docx.dead_links import DeadLinks
from activities.formats.docx.design import filled_with
from activities.formats.docx.font_table import fonts_of
from activities.formats.docx.fragment import HeadingEntry, ItemFragment
from activities.formats.docx.front import cover
from activities.formats.docx.glossary import glossary
from activities.formats.docx.merged import MergedPackage, Unit
from activities.formats.docx.page import Page, page_of
from activities.formats.docx.runs import plain_run
from activities.formats.docx.scripts import east_asian_font_language
from activities.formats.docx.template import EAST_ASIA, HYPHENATE, NAMESPACES, template
from activities.formats.protocol import Export
from activities.formats.shared.office_theme import with_theme
from activities.formats.shared.ooxml import XML_DECLARATION, core_properties
from activities.formats.shared.zip_package import Member, Package
from activities.model.book_options import BookOptions
from activities.model.themes import CoverStyle, Theme
from activities.model.warnings import Report

_MANY_LANGUAGES = "en"
"""Says what the file itself says where items have several languages."""
_PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_GROUND = f'<w:background w:color="{TOKENS.neutrals.paper.digits}" w:themeColor="background1"/>'
"""Of pages that are not white."""
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
        options = export.options
        page = page_of(options.paper, options.look)
        members = dict(template(page).members)
        # More than are used where items had to be left out: the types come first.
        heads = export.items_total + 1
        types = members.pop("[Content_Types].xml").decode()
        # First, because programs tell the kind of a file by its first members.
        package.write("[Content_Types].xml", f"{types}{sections.content_types(heads)}</Types>")
        package.write("_rels/.rels", members.pop("_rels/.rels"))
        merged = MergedPackage(package, page.list_indent, several=export.items_total > 1)
        for fragment in fragments:
            report.check_cancelled()
            merged.add(fragment, text, (key, about), report)
        # An item's title is Markdown, so that of the export may be; the heading is not.
        theme = report.theme
        design = Design(theme)
        style = design.cover(export.options.cover, export.items_total)
        if style == "full" and not page.look.grounds:
            style = "light"
        logo = merged.logo(logo_of(theme, report)) if style != "none" else ""
        accent = design.accent(most_frequent(unit.accent for unit in merged.units))
        if page.look.ground == "paper":
            accent = accent_on(accent, design.tokens.neutrals.shade)
        single = export.items_total == 1 and export.options.title is None and merged.units
        title = merged.units[0].title if single else export.title
        several = export.items_total != 1
        package.write("docProps/core.xml", core_properties(title, export.snapshot_time))
        with package.open("word/document.xml") as document:
            backs = _back_matter(export, theme, merged)
            heading = labels(_language(export, merged)).contents
            entries = [*merged.headings, *(back.entry for back in backs)]
            from_right = run_from_right(heading, entries)
            front = _front(title, export, page, merged, accent, style, logo, from_right=from_right)
            if several:
                front += _contents(heading, entries, page, from_right=from_right)
            ground = _GROUND if page.look.ground == "paper" else ""
            document.write(f"{_root('document')}{ground}<w:body>{front}".encode())
            spools = {"key": key, "about": about}
            waiting = _write_units(
                document, text, spools, merged, export, report, goes_on=bool(backs)
            )
            if options.glossary:
                waiting["glossary"] = [_glossary(export, merged, page)]
            _write_backs(document, backs, waiting, page, from_right=from_right)
            document.write(b"</w:body></w:document>")
        own = members["word/theme/theme1.xml"]
        members["word/theme/theme1.xml"] = with_theme(
            own, accent, fonts_of(theme, page.look), page.look.ground
        )
        _complete_parts(members, merged, accent, hyphenate=export.options.hyphenate)
        merged.text_relations |= sections.relationships(heads)
        members["word/_rels/document.xml.rels"] += _relationships(merged.text_relations)
        for name, data in members.items():
            package.write(name, data)
        # They are many, and too short to become much shorter.
        for name, part in _heads(title, theme, merged, heads, from_right=from_right).items():
            package.write(name, part, packed=False)


def _write_units(
    document: Member,
    text: BinaryIO,
    spools: dict[str, BinaryIO],
    merged: MergedPackage,
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
    page = page_of(export.options.paper, export.options.look)
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
            document.write(sections.lowered(xml) + properties.encode())
    return waiting


def _write_backs(
    document: Member,
    backs: Sequence[BackMatter],
    waiting: dict[str, list[bytes]],
    page: Page,
    *,
    from_right: bool,
) -> None:
    """Write what stands behind the units, each in a section of its own."""
    for place, back in enumerate(backs, 1):
        document.write(back.start())
        *others, last = waiting[back.kind] or [b""]
        for xml in others:
            document.write(xml)
        properties = sections.section(
            page, sections.FRONT, right_to_left=from_right, goes_on=back.goes_on
        )
        if place < len(backs):
            document.write(sections.ended(last, properties))
        else:
            document.write(sections.lowered(last) + properties.encode())


def _heads(
    title: str, theme: Theme, merged: MergedPackage, heads: int, *, from_right: bool
) -> dict[str, str]:
    """The parts with the heads and the foot of all sections.

    A head begins in the side column of its section, which is at either side.
    """
    units = [("", from_right), *((unit.head, unit.right_to_left) for unit in merged.units)]
    units += [("", False)] * (heads - len(units))
    line = theme.header_text
    parts = [sections.head(title, unit, line, right_to_left=side) for unit, side in units]
    parts.append(sections.foot(theme.footer_text, right_to_left=_is_right_to_left(title)))
    return dict(zip(sections.members(heads), parts, strict=True))


def _is_right_to_left(title: str) -> bool:
    return is_right_to_left(title, otherwise=False)


def _root(name: str) -> str:
    return f"{XML_DECLARATION}<w:{name} {NAMESPACES}>"


def _language(export: Export[BookOptions], merged: MergedPackage) -> str:
    """That of the words of the file: the one asked for, or that of all items."""
    languages = {language.partition("-")[0] for language in merged.languages}
    common = languages.pop() if len(languages) == 1 else ""
    if common in {"", UNKNOWN_LANGUAGE}:
        common = _MANY_LANGUAGES
    return export.options.language or common


def _back_matter(
    export: Export[BookOptions], theme: Theme, merged: MergedPackage
) -> list[BackMatter]:
    """What there is behind the units."""
    language = _language(export, merged)
    words, book = classroom_words(language), book_labels(language)
    about = book.about_lesson if export.items_total == 1 else book.about_book
    licence = f"{book.may}: {theme.licence}" if theme.licence else ""
    found = []
    for kind, title, note in (
        ("key", words.answer_key, words.answer_key_note),
        ("glossary", words.glossary, ""),
        ("about", about, licence),
    ):
        if any(unit.has(kind) for unit in merged.units):
            goes_on = kind == "about" and export.items_total == 1
            found.append(BackMatter(kind, title, note, merged.take_unique(), goes_on))
    return found


def _glossary(export: Export[BookOptions], merged: MergedPackage, page: Page) -> bytes:
    language = _language(export, merged)
    title = classroom_words(language).glossary
    label = book_labels(language).unit if export.items_total > 1 else ""
    return glossary(merged, page, label, from_right=_is_right_to_left(title))


def _unit_title(unit: Unit) -> bytes:
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
    merged: MergedPackage,
    accent: Accent,
    style: CoverStyle,
    logo: str,
    *,
    from_right: bool,
) -> str:
    """The cover, or without one the title where it is not that of the only item."""
    several = export.items_total != 1
    if style != "none":
        language = _language(export, merged)
        day = shown_day(export.snapshot_time, language)
        units = book_labels(language).units.format(len(merged.units)) if several else ""
        return cover(title, units, day, page, accent, is_light=style == "light", logo=logo)
    if export.options.title is not None:
        # It begins in the side column of its section, which otherwise is that of the only unit.
        side = from_right if several else any(unit.right_to_left for unit in merged.units)
        direction = "<w:bidi/>" if side else ""
        label = f'<w:pPr><w:pStyle w:val="UnitLabel"/>{direction}</w:pPr>'
        return f"<w:p>{label}{plain_run(title)}</w:p>"
    return ""


def _contents(
    heading: str, entries: Sequence[HeadingEntry], page: Page, *, from_right: bool
) -> str:
    """The contents, with the end of their section."""
    properties = sections.section(page, sections.FRONT, right_to_left=from_right)
    listed = contents(heading, entries, from_right=from_right)
    return listed + sections.end_of_section(properties)


def _complete_parts(
    members: dict[str, bytes], merged: MergedPackage, accent: Accent, *, hyphenate: bool
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
