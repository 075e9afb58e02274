"""The layout of one file: the items one after the other."""

from collections.abc import Iterable
from typing import BinaryIO

from activities.formats.markdown import front_matter
from activities.formats.markdown.blocks import heading_line
from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.markdown.escaping import text
from activities.formats.markdown.fragment import Note
from activities.formats.markdown.links import DEEPER, NOTE, place
from activities.formats.markdown.texts import Place, WaitingTexts
from activities.formats.protocol import Export
from activities.model.warnings import Report


def write_file(
    notes: Iterable[Note],
    title: str,
    export: Export[MarkdownOptions],
    out: BinaryIO,
    report: Report,
) -> None:
    """Write the file. It has a title of its own unless it is one item."""
    is_titled = export.items_total != 1 or export.options.title is not None
    deeper = "#" if is_titled else ""
    with export.scratch_file() as scratch:
        texts = WaitingTexts(scratch)
        for number, note in enumerate(notes, 1):
            head = heading_line(f"{DEEPER}#", place(note.place) + note.heading)
            item = "\n".join([f"{head}\n", *(part.text for part in note.parts)])
            item = item.replace(DEEPER, deeper).replace(NOTE, f"{number}-" if is_titled else "")
            before = "\n" if is_titled or number > 1 else note.front_matter
            texts.add(before + item, "", "", note.item_id, note.title)
        if is_titled:
            head = heading_line("#", text(title))
            out.write(f"{front_matter.of_file(title)}{head}\n".encode("utf-8", "replace"))
        out.writelines(written.encode() for _, _, written in texts.finished(_address, report))


def _address(target: Place, _folder: str, _file: str) -> str:
    return f"#{target[2]}"
