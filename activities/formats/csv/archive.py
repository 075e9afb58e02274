"""The layout of one CSV a part: a zip archive."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from activities.formats.csv.declaration import CsvOptions
from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.zip_package import Package
from activities.model.warnings import Report


class ItemRows(msgspec.Struct, frozen=True):
    """The rows of one item, encoded, by part."""

    parts: dict[str, bytes]


FRAGMENTS = Fragments(ItemRows)


def write_archive(
    items: Iterable[ItemRows],
    head: bytes,
    export: Export[CsvOptions],
    out: BinaryIO,
    report: Report,
) -> None:
    """Write a file, which may hold nothing but its head, for each part that was asked for.

    Items bring rows for all parts, and the archive holds one part after the other: the rows wait in
    a scratch file.
    """
    places: dict[str, list[tuple[int, int]]] = {name: [] for name in export.options.part_names()}
    with export.scratch_file() as rows_so_far:
        for item in items:
            report.check_cancelled()
            for name, rows in item.parts.items():
                places[name].append((rows_so_far.tell(), len(rows)))
                rows_so_far.write(rows)
        with Package(out, export.snapshot_time, report) as package:
            for name, found in places.items():
                with package.open(f"{name}.csv") as member:
                    member.write(head)
                    for place, length in found:
                        report.check_cancelled()
                        rows_so_far.seek(place)
                        member.write(rows_so_far.read(length))
