"""The layout of a folder: a list of items, and for each item a folder with a note for each part."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from activities.formats.markdown.blocks import heading_line
from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.markdown.escaping import text, text_in_link
from activities.formats.markdown.fragment import Note
from activities.formats.markdown.links import DEEPER, NOTE
from activities.formats.markdown.names import (
    INDEX,
    MEDIA,
    README,
    address,
    folder_name,
    part_file,
)
from activities.formats.markdown.texts import Place, WaitingTexts
from activities.formats.protocol import Export
from activities.formats.shared.zip_package import Package
from activities.model.warnings import Report


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """An item in the list of all."""

    folder: str
    title: str
    parts: tuple[tuple[str, str], ...]
    """The name and label of each part."""


def write_folder(
    notes: Iterable[Note],
    title: str,
    export: Export[MarkdownOptions],
    out: BinaryIO,
    report: Report,
) -> None:
    """Write a zip of the folder."""
    entries: list[_Entry] = []
    pictures = set[str]()
    with (
        Package(out, export.snapshot_time, report) as package,
        export.scratch_file() as scratch,
    ):
        texts = WaitingTexts(scratch)
        for number, note in enumerate(notes, 1):
            folder = folder_name(number, export.items_total, note.title)
            for name, data in note.pictures.items():
                if name not in pictures:
                    pictures.add(name)
                    package.write(f"{MEDIA}/{name}", data, packed=False)
            parts = tuple((part.name, part.label) for part in note.parts)
            entry = _Entry(folder, note.title, parts)
            entries.append(entry)
            texts.places[note.place] = folder, INDEX, ""
            for file, written in _files_of(note, entry):
                texts.add(written, folder, file, note.item_id, note.title)
        for folder, file, written in texts.finished(_address, report):
            package.write(f"{folder}/{file}", written)
        with package.open(README) as readme:
            for line in _readme(title, entries):
                readme.write(line.encode("utf-8", "replace"))


def _files_of(note: Note, entry: _Entry) -> Iterator[tuple[str, str]]:
    """The name and text of each file of an item, that of the item itself first."""
    listed = "".join(_listed_parts(entry, entry.folder, ""))
    head = heading_line("#", note.heading)
    yield INDEX, f"{note.front_matter}{head}\n" + (f"\n{listed}" if listed else "")
    back = f"[{text_in_link(note.title)}]({INDEX})"
    for part in note.parts:
        heading, rest = part.text.split("\n", 1)
        written = f"{heading}\n\n{back}\n{rest}"
        yield part_file(part.name), written.replace(DEEPER, "").replace(NOTE, "")


def _address(place: Place, folder: str, file: str) -> str:
    its_folder, its_file, name = place
    if name and (its_folder, its_file) == (folder, file):
        return f"#{name}"
    led = address(its_folder, its_file, folder)
    return f"{led}#{name}" if name else led


def _readme(title: str, entries: Iterable[_Entry]) -> Iterator[str]:
    yield f"{heading_line('#', text(title))}\n"
    for number, entry in enumerate(entries, 1):
        led = address(entry.folder, INDEX, "")
        marker = f"{number}. "
        yield "\n" if number == 1 else ""
        yield f"{marker}[{text_in_link(entry.title)}]({led})\n"
        yield from _listed_parts(entry, "", " " * len(marker))


def _listed_parts(entry: _Entry, beside: str, indent: str) -> Iterator[str]:
    for name, label in entry.parts:
        led = address(entry.folder, part_file(name), beside)
        yield f"{indent}- [{text_in_link(label)}]({led})\n"
