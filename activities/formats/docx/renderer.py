"""DOCX: WordprocessingML written as text into a package that python-docx shaped.

Chunks become fragments (`fragment.py`) that hold the XML of each item, written by `blocks.py`
and `runs.py`; `package.py` joins them in the template (`template.py`, `styles.py`).
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from activities.documents.build import build
from activities.formats.docx.blocks import item_fragment
from activities.formats.docx.fragment import FRAGMENTS, ItemFragment
from activities.formats.docx.package import write_package
from activities.formats.docx.page import PAGES
from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.options import PageOptions
from activities.model.warnings import Report


class DocxRenderer:
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[PageOptions], out: BinaryIO, report: Report
    ) -> None:
        """See `WholeRenderer.write`."""
        write_package(_fragments(items, export.options, report), export, out, report)

    def write_chunk(
        self, items: Iterable[Item], options: PageOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write the fragment of these items."""
        for fragment in _fragments(items, options, report):
            FRAGMENTS.append(fragment, out)

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[PageOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """See `ChunkRenderer.join`."""
        write_package(FRAGMENTS.read_all(fragments), export, out, report)


RENDERER = DocxRenderer()


def _fragments(
    items: Iterable[Item], options: PageOptions, report: Report
) -> Iterator[ItemFragment]:
    page = PAGES[options.paper]
    for item in items:
        yield item_fragment(build(item, options, report), page, report)
        report.item_done()
