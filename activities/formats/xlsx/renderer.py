"""XLSX: an overview and one sheet a part, rows written as text into a workbook that openpyxl
shaped.

Chunks become fragments of finished rows (`rows.py`, `cells.py`); `workbook.py` numbers
them and merges them into a template (`workbook_template.py`). `sheets.py` has the columns.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from activities.documents.build import build
from activities.formats.protocol import Export
from activities.formats.xlsx.rows import FRAGMENTS, ItemFragment, item_fragment
from activities.formats.xlsx.workbook import write_workbook
from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.warnings import Report


class XlsxRenderer:
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[RenderOptions], out: BinaryIO, report: Report
    ) -> None:
        """See `WholeRenderer.write`."""
        write_workbook(_fragments(items, export.options, report), export, out, report)

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write the fragment of these items."""
        for fragment in _fragments(items, options, report):
            FRAGMENTS.append(fragment, out)

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[RenderOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """See `ChunkRenderer.join`."""
        write_workbook(FRAGMENTS.read_all(fragments), export, out, report)


RENDERER = XlsxRenderer()


def _fragments(
    items: Iterable[Item], options: RenderOptions, report: Report
) -> Iterator[ItemFragment]:
    for item in items:
        yield item_fragment(item, build(item, options, report), report)
        report.item_done()
