"""HTML: a page of XHTML in the syntax of HTML, with its pictures and style in it."""

from collections.abc import Iterable
from typing import BinaryIO, Final

from activities.documents.build import build
from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.xhtml.page import LEVELS_ABOVE, Page, Setting
from activities.formats.shared.xhtml.pictures import data_address
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.units import Unit, write_unit
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import Report

_ALONE: Final = Setting(
    policy="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)


def _render_item(item: Item, options: PictureOptions, report: Report) -> Unit:
    document = build(item, options, report)
    return write_unit(document, PAGE, report, data_address, levels_above=LEVELS_ABOVE)


def _write_page(
    units: Iterable[Unit], export: Export[PictureOptions], out: BinaryIO, report: Report
) -> None:
    # What comes before the items is known only after them.
    with export.scratch_file() as body:
        page = Page(export, report, body, _ALONE)
        for unit in units:
            page.add(unit)
        page.write(out)


RENDERER: Final = ItemFragmentRenderer(Fragments(Unit), _render_item, _write_page)
