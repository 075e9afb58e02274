"""JSON lines (jsonlines.org): each line is an item as the JSON export has it.

`load_content.py` takes the file as it is. A fragment is some of its lines.
"""

from collections.abc import Iterable, Iterator
from shutil import copyfileobj
from typing import BinaryIO, Final

from activities.formats.protocol import Export
from activities.formats.shared.item_json import append_json, exported
from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.warnings import Report

_COPY_BYTES = 1024 * 1024


class _JsonLinesRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            report.check_cancelled()
            line = bytearray()
            append_json(exported(item, options), line, report)
            line += b"\n"
            out.write(line)
            report.item_done()

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[RenderOptions],  # noqa: ARG002 - the file says nothing of itself
        out: BinaryIO,
        report: Report,
    ) -> None:
        for fragment in fragments:
            report.check_cancelled()
            copyfileobj(fragment, out, _COPY_BYTES)


RENDERER: Final = _JsonLinesRenderer()
