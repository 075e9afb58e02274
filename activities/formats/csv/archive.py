"""The layout of one CSV a part: a zip archive."""

from collections.abc import Iterable
from contextlib import ExitStack
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

import msgspec

from activities.formats.csv.declaration import CsvOptions
from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.zip_package import Package
from activities.model.warnings import Report

_SPOOL_BYTES_MAX = 1024 * 1024
"""Rows of a part beyond this wait on the disk: items bring rows for all parts, and the archive
holds one part after the other."""


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
    """Write a file, which may hold nothing but its head, for each part that was asked for."""
    with ExitStack() as stack:
        spools = {
            name: stack.enter_context(SpooledTemporaryFile(_SPOOL_BYTES_MAX))
            for name in export.options.part_names()
        }
        for item in items:
            report.check_cancelled()
            for name, rows in item.parts.items():
                spools[name].write(rows)
        with Package(out, export.snapshot_time) as package:
            for name, spool in spools.items():
                report.check_cancelled()
                spool.seek(0)
                with package.open(f"{name}.csv") as member:
                    member.write(head)
                    copyfileobj(spool, member)
