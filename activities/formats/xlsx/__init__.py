"""XLSX: an overview and one sheet a part, rows written as text into a workbook that openpyxl
shaped.

Chunks become fragments of finished rows (`rows.py`, `cells.py`); `workbook.py` numbers and
joins them in the shell (`shell.py`). `sheets.py` says what stands in which column.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from activities.content.model import Item
from activities.documents.build import build
from activities.formats.protocol import Export, RenderOptions, Report
from activities.formats.xlsx.rows import FRAGMENTS, item_fragment
from activities.formats.xlsx.workbook import write_workbook


class XlsxRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write the fragment of these items."""
        for item in items:
            document = build(item, options, report)
            FRAGMENTS.append(item_fragment(item, document, report), out)
            report.item_done()

    def join(
        self, fragments: Iterator[BinaryIO], export: Export, out: BinaryIO, report: Report
    ) -> None:
        """Write the file."""
        write_workbook(fragments, export, out, report)


RENDERER = XlsxRenderer()
