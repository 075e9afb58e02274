"""DOCX: WordprocessingML written as text into a package that python-docx shaped.

Chunks become fragments (`fragment.py`) that hold the XML of each item, written by `blocks.py`
and `runs.py`; `package.py` joins them in the template (`template.py`, `styles.py`).
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from activities.content.model import Item
from activities.documents.build import build
from activities.formats.docx.blocks import item_fragment
from activities.formats.docx.fragment import FRAGMENTS
from activities.formats.docx.package import write_package
from activities.formats.docx.page import PAGES
from activities.formats.protocol import Export, RenderOptions, Report


class DocxRenderer:
    """A `ChunkRenderer`."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write the fragment of these items."""
        page = PAGES[options.paper]
        for item in items:
            document = build(item, options, report)
            FRAGMENTS.append(item_fragment(document, page, report), out)
            report.item_done()

    def join(
        self, fragments: Iterator[BinaryIO], export: Export, out: BinaryIO, report: Report
    ) -> None:
        """Write the file."""
        write_package(fragments, export, out, report)


RENDERER = DocxRenderer()
