"""EPUB: chapters become files of a package, one after the other; what lists them comes last."""

from collections.abc import Iterable
from typing import BinaryIO, Final

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.build import build
from activities.documents.design.design import Design
from activities.documents.design.tokens import AccentName
from activities.documents.model import Image
from activities.formats.epub.contents import Contents, Entry
from activities.formats.epub.files import STYLE, files_of
from activities.formats.epub.fragment import CHAPTERS, Chapter
from activities.formats.epub.package_document import (
    CONTAINER,
    NAV,
    navigation,
    package_document,
)
from activities.formats.protocol import Export
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.xhtml.dead_links import without_dead_links
from activities.formats.shared.xhtml.pictures import PictureFiles
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.style_sheet import style_sheet
from activities.formats.shared.xhtml.units import ids_in, write_unit
from activities.formats.shared.zip_package import Package
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import ExportWarning, Place, Report, place_text

_FOLDER: Final = "EPUB/"


class _DescribedPictures(PictureFiles):
    """Pictures as files that know whether all of them are described."""

    are_described = True

    def __call__(self, image: Image) -> str:
        self.are_described = self.are_described and bool(image.alt.strip())
        return super().__call__(image)


def _render_item(item: Item, options: PictureOptions, report: Report) -> Chapter:
    pictures = _DescribedPictures()
    document = build(item, options, report)
    # Each part is a file, whose highest heading is that of the part.
    unit = write_unit(document, PAGE, report, pictures, levels_above=-1)
    return Chapter(unit, pictures.files, pictures.are_described)


class _Written(msgspec.Struct, frozen=True, gc=False):
    """A text that waits for the end of all items."""

    name: str
    has_maths: bool
    size: int
    entry: int
    """The place of its item."""


def _write_book(
    chapters: Iterable[Chapter], export: Export[PictureOptions], out: BinaryIO, report: Report
) -> None:
    contents = Contents()
    written: list[_Written] = []
    places, accents = set[str](), set[AccentName]()
    with (
        Package(out, export.snapshot_time, report) as package,
        # Which links lead to an item is known only after all of them.
        export.scratch_file() as texts,
    ):
        # First and as it is, because programs tell the kind of the file by it.
        package.write("mimetype", "application/epub+zip", packed=False)
        package.write("META-INF/container.xml", CONTAINER)
        if export.receipt:
            # What is in this folder needs no place in the book (EPUB 3.3, 4.2.6.2).
            package.write("META-INF/receipt.json", export.receipt)
        for chapter in chapters:
            report.check_cancelled()
            for name, data in contents.new_pictures(chapter.pictures):
                package.write(f"{_FOLDER}{name}", data, packed=False)
            for file in files_of(chapter.unit):
                size = texts.write(file.xhtml)
                written.append(_Written(file.name, file.has_maths, size, len(contents.entries)))
                places.update(ids_in(file.xhtml))
            contents.add(chapter)
            accents.add(chapter.unit.accent)
        for entry in contents.entries:
            if entry.has_maths:
                report.warn(_needs_mathml_reader(entry))
        texts.seek(0)
        for each in written:
            report.check_cancelled()
            entry = contents.entries[each.entry]
            xhtml = texts.read(each.size)
            xhtml = without_dead_links(xhtml, places, entry.item_id, entry.title, report)
            package.write(f"{_FOLDER}{each.name}", xhtml)
            contents.texts[each.name] = each.has_maths
        single = export.items_total == 1 and export.options.title is None and contents.entries
        title = contents.entries[0].title if single else close_bidi_controls(export.title)
        language = export.options.language or contents.first_language
        package.write(f"{_FOLDER}{STYLE}", style_sheet(Design(report.theme), accents))
        package.write(f"{_FOLDER}{NAV}", navigation(title, language, contents))
        package.write(
            f"{_FOLDER}package.opf",
            package_document(
                title, language, export.snapshot_time, contents, namespace=report.id_namespace
            ),
        )


def _needs_mathml_reader(entry: Entry) -> ExportWarning:
    """A warning that all items with formulas have in common."""
    return ExportWarning(
        "maths-need-mathml-reader",
        "Items with formulas, which Kindle and many readers on Android show as plain letters, as "
        "they need a reader that shows MathML: {}.",
        places=(Place(entry.item_id, place_text(entry.title)),),
    )


RENDERER: Final = ItemFragmentRenderer(CHAPTERS, _render_item, _write_book)
