"""HTML: a page of XHTML in the syntax of HTML, with its pictures and style in it.

Items become fragments with the headings of a file of several; where there is one, its headings move
up by a level when the page is put together.
"""

import re
from collections.abc import Iterable
from typing import BinaryIO, Final

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.build import build
from activities.documents.design.design import Design
from activities.formats.html.page import PAGE_END, Entry, article, page_start
from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.xhtml.dead_links import without_dead_links
from activities.formats.shared.xhtml.pictures import data_address
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.units import Unit, ids_in, write_unit
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import Report

_HEADING = re.compile(rb"(</?h)([3-6])(?=[ >])")


def _render_item(item: Item, options: PictureOptions, report: Report) -> Unit:
    return write_unit(build(item, options, report), PAGE, report, data_address, levels_above=1)


def _write_page(
    units: Iterable[Unit], export: Export[PictureOptions], out: BinaryIO, report: Report
) -> None:
    single = export.items_total == 1 and export.options.title is None
    entries: list[Entry] = []
    written: list[tuple[str, int]] = []
    ids = set[str]()
    # What comes before the items is known only after them.
    with export.scratch_file() as body:
        for unit in units:
            report.check_cancelled()
            xhtml = article(unit, single=single)
            if single:
                xhtml = _HEADING.sub(_raised, xhtml)
            ids.update(ids_in(xhtml))
            entries.append(Entry.of(unit))
            written.append((unit.item_id, body.write(xhtml)))
        title = entries[0].title if single and entries else close_bidi_controls(export.title)
        design = Design(report.theme)
        start = page_start(title, entries, design, export.options.language, single=single)
        out.write(start.encode())
        body.seek(0)
        for entry, (item_id, size) in zip(entries, written, strict=True):
            report.check_cancelled()
            xhtml = without_dead_links(body.read(size), ids, item_id, entry.title, report)
            out.write(xhtml)
        out.write(PAGE_END)


def _raised(found: re.Match[bytes]) -> bytes:
    return b"%b%d" % (found[1], int(found[2]) - 1)


RENDERER: Final = ItemFragmentRenderer(Fragments(Unit), _render_item, _write_page)
