"""Markdown: items become notes, and these the files of a folder or one after the other in a file.

Where links lead is known only after all items, which wait for that in a scratch file.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.build import build
from activities.documents.link_targets import item_anchor
from activities.formats.markdown import front_matter
from activities.formats.markdown.blocks import MarkdownWriter
from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.markdown.file import write_file
from activities.formats.markdown.folder import write_folder
from activities.formats.markdown.fragment import NOTES, Note, PartText
from activities.formats.markdown.names import MEDIA
from activities.formats.protocol import Export
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.xhtml.pictures import PictureFiles, data_address
from activities.formats.shared.xhtml.places import element_id
from activities.formats.shared.xhtml.units import line_of_title
from activities.model.content import Item
from activities.model.warnings import Report


def _render_item(item: Item, options: MarkdownOptions, report: Report) -> Note:
    is_folder = options.markdown_layout == "folder"
    document = build(item, options, report)
    pictures = PictureFiles(f"../{MEDIA}/")
    # In a folder each part is a file, whose highest heading is that of the part.
    writer = MarkdownWriter(
        document,
        report,
        pictures if is_folder else data_address,
        levels_above=-1 if is_folder else 0,
    )
    title = line_of_title(document)
    heading = writer.line(document.title.runs)
    parts = tuple(
        PartText(part.name, document.labels.part(part.name), writer.part(part))
        for part in document.parts
    )
    writer.warnings.flush(report, document.title.runs)
    return Note(
        item_id=item.id,
        place=element_id(item_anchor(item.id)),
        title=title,
        heading=heading,
        front_matter=front_matter.of_item(
            item, document, title, with_metadata=options.include_metadata
        ),
        parts=parts,
        pictures=pictures.files,
    )


def _write(
    notes: Iterable[Note], export: Export[MarkdownOptions], out: BinaryIO, report: Report
) -> None:
    write = write_folder if export.options.markdown_layout == "folder" else write_file
    write(_watched(notes, report), close_bidi_controls(export.title), export, out, report)


def _watched(notes: Iterable[Note], report: Report) -> Iterator[Note]:
    for note in notes:
        report.check_cancelled()
        yield note


RENDERER: Final = ItemFragmentRenderer(NOTES, _render_item, _write)
